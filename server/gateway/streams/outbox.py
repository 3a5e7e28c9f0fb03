"""A wire that also takes what must not be lost: kept while the wire refuses, up to a size, and nothing overtakes it."""

from collections import deque
from collections.abc import Callable

from server.gateway.streams.journal_stream import Writable


class Outbox:
    """In front of one wire. `full()` is called when more waits than may."""

    def __init__(self, wire: Writable, size: int, full: Callable[[], None]) -> None:
        """`size` in bytes."""
        self._wire = wire
        self._size = size
        self._full = full
        self._waiting: deque[bytes] = deque()
        self._bytes = 0

    @property
    def ready(self) -> bool:
        return not self._waiting and self._wire.ready

    def write(self, data: bytes) -> bool:
        """Write behind what waits: refused while anything does."""
        return not self._waiting and self._wire.write(data)

    def send(self, frame: bytes) -> None:
        """Write a frame now or later."""
        if self.write(frame):
            return
        self._waiting.append(frame)
        self._bytes += len(frame)
        if self._bytes > self._size:
            self._full()

    def drain(self) -> bool:
        """The wire takes more again: write what waits. True when nothing waits any more."""
        while self._waiting and self._wire.write(self._waiting[0]):
            self._bytes -= len(self._waiting.popleft())
        return not self._waiting

    def emptied(self) -> bytes:
        """Everything that waits, which waits no longer."""
        waiting = b"".join(self._waiting)
        self.clear()
        return waiting

    def clear(self) -> None:
        self._waiting.clear()
        self._bytes = 0
