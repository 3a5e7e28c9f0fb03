"""How the world is let in: REST, WebSocket, Socket.IO, sign-in and limits."""
