"""Socket.IO: the same streams for its clients, with its recovery."""

from tradeterm.lean_imports import without

# A server of it is no client of anything.
with without("aiohttp", "requests", "websocket"):
    import socketio as socketio
