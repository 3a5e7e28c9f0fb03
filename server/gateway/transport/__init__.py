"""Below every dialect: the HTTP and WebSocket protocols, and what ASGI needs."""
