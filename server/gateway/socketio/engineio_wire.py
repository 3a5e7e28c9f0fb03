"""One Engine.IO session as a wire: packets for its polls, and once it is upgraded frames straight to the transport.

What is said is not known here. Nothing private of engineio is touched: its queue takes packets, and a packet that tells
when it is encoded marks the moment from which nothing is before a raw write.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, Final

from engineio.packet import MESSAGE, NOOP, Packet

from server.gateway.transport.websocket_protocol import GatewaySocket

QUEUE_BYTES: Final = 256 * 1024
PACKETS_A_POLL: Final = 12  # with a ping and an answer or two: Python's clients break off at more than sixteen
_SHORT, _MEDIUM = 126, 127


def payloads(frames: bytes) -> Iterator[bytes]:
    """The payloads of joined text frames of ours."""
    at = 0
    while at < len(frames):
        size = frames[at + 1]
        start = at + 2
        if size == _SHORT:
            start, size = at + 4, int.from_bytes(frames[at + 2 : at + 4], "big")
        elif size == _MEDIUM:
            start, size = at + 10, int.from_bytes(frames[at + 2 : at + 10], "big")
        at = start + size
        yield frames[start:at]


class _Queued(Packet):  # type: ignore[misc]  # engineio has no types
    """A packet in engineio's queue that tells when it leaves it."""

    def __init__(self, kind: int, text: str | None, left: Callable[[bool], None]) -> None:
        super().__init__(kind, text)
        self._left: Callable[[bool], None] | None = left

    def encode(self, b64: bool = False) -> Any:
        """`b64` is said by who answers a poll, and not by who writes to a WebSocket."""
        left, self._left = self._left, None
        if left is not None:
            left(b64)
        return super().encode(b64=b64)


class EngineIoWire:
    """The wire of one session. `drained()` is called when it takes more after it had refused."""

    def __init__(
        self, session: Any, address: str, direct: Callable[[], GatewaySocket | None], drained: Callable[[], None]
    ) -> None:
        """`session` is engineio's; `direct` gives the socket that it runs on once it is upgraded."""
        self._session = session
        self._address = address
        self._direct = direct
        self._drained = drained
        self._socket: GatewaySocket | None = None
        self._marked = False
        self._queued = 0  # bytes: in engineio's queue, and what waits for a place in it
        self._in_queue = 0  # packets
        self._waiting: deque[bytes] = deque()
        self._refused = False
        self._closing: asyncio.Task[None] | None = None

    @property
    def address(self) -> str:
        return self._address

    @property
    def kind(self) -> str:
        return "socketio-websocket" if self._session.upgraded else "socketio-polling"

    @property
    def ready(self) -> bool:
        if self._socket is not None:
            return self._socket.ready
        if self._marked or self._session.closing or self._session.closed:
            return False
        if self._session.upgraded:
            self._mark()
            return False
        return self._queued < QUEUE_BYTES

    def write(self, data: bytes) -> bool:
        if not self.ready:
            self._refused = True
            return False
        if self._socket is not None:
            return self._socket.write(data)
        for payload in payloads(data):
            self._queued += len(payload)
            self._waiting.append(payload)
        self._fill()
        return True

    def _fill(self) -> None:
        """Let into engineio's queue what one poll may take, for it takes all that is there; a WebSocket has no such bound."""
        while self._waiting and (self._in_queue < PACKETS_A_POLL or self._session.upgraded):
            self._queue(self._waiting.popleft())

    def _queue(self, payload: bytes) -> None:
        size = len(payload)
        self._in_queue += 1
        # The first character is the packet's type, which engineio writes itself.
        self._session.queue.put_nowait(_Queued(MESSAGE, payload[1:].decode(), lambda _: self._left(size)))

    def _left(self, size: int) -> None:
        self._queued -= size
        self._in_queue -= 1
        if self._waiting:
            asyncio.get_running_loop().call_soon(self._fill)
        if self._refused and self._queued < QUEUE_BYTES:
            self._refused = False
            asyncio.get_running_loop().call_soon(self._drained)

    def _mark(self) -> None:
        """Everything before this packet is written when it is encoded: from then on there is no queue between."""
        self._marked = True
        self._fill()
        self._session.queue.put_nowait(_Queued(NOOP, None, self._passed))

    def _passed(self, to_poll: bool) -> None:
        if to_poll:
            # A poll that was still waiting took it: the writer has not come to it yet.
            self._marked = False
            return
        self._socket = self._direct()
        if self._socket is not None:
            asyncio.get_running_loop().call_soon(self._drained)

    def close(self, code: int, reason: str) -> None:
        """End the session in a way that lets the client come back; never waits for it."""
        socket = self._direct() if self._session.upgraded else None
        if socket is not None:
            socket.close(code, reason)
        elif self._closing is None:
            while self._waiting:
                self._queue(self._waiting.popleft())
            self._closing = asyncio.ensure_future(self._session.close(wait=False))
