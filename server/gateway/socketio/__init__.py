"""Socket.IO: the same streams for its clients, with its recovery."""
