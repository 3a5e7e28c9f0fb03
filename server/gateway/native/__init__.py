"""The native WebSocket: its session without I/O, its messages, its connection."""
