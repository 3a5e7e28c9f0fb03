"""What only a wire can know of a Socket.IO client's WebSocket: its control frames, and when it takes more again."""

from collections.abc import Callable, MutableMapping
from typing import Any, Final

import structlog
from engineio.packet import Packet

from server.gateway.limits import SessionLimits
from server.gateway.transport.asgi import Receive
from server.gateway.transport.websocket_protocol import GatewaySocket
from tradeterm.protocol.vocabulary import CloseCode

log = structlog.get_logger(__name__)

NO_PACKET: Final = "this is no packet of Engine.IO"
SEPARATOR: Final = "\x1e"  # of packets in one body


class TransportGuard:
    """What only a wire can know of a WebSocket, before and after somebody writes to it directly."""

    def __init__(self, wire: GatewaySocket, limits: SessionLimits, now: Callable[[], float]) -> None:
        self.wire = wire
        self.on_drained: Callable[[], None] = lambda: None
        self._now = now
        self._messages = limits.messages(now())

    def pinged(self) -> None:
        self.count()

    def drained(self) -> None:
        self.on_drained()

    def failed(self, code: int, reason: str) -> None:
        log.info("socket_closed", code=code, reason=reason, address=self.wire.address, kind="socketio")

    def count(self) -> None:
        """One message or control frame came; too many close the socket."""
        if self._messages.take(self._now()):
            log.info("socket_closed", code=int(CloseCode.TOO_MANY_MESSAGES), address=self.wire.address, kind="socketio")
            self.wire.close(CloseCode.TOO_MANY_MESSAGES, "too many messages")

    def unreadable(self) -> None:
        """Close a client that said what is no packet."""
        self.failed(int(CloseCode.MALFORMED), NO_PACKET)
        self.wire.close(CloseCode.MALFORMED, NO_PACKET)


def is_packet(text: str) -> bool:
    """Whether engineio can read it. It looks into messages as if they were JSON, and ends in a traceback for some."""
    try:
        Packet(encoded_packet=text)
    except (ValueError, RecursionError):
        return False
    return True


async def split(receive: Receive, most: int) -> tuple[Receive, list[str]]:
    """The packets of a POST's body, and what gives that body again. Of more than `most` bytes none is looked at: they are
    refused by their number."""
    came, size = [await receive()], 0
    while came[-1].get("more_body") and (size := size + len(came[-1].get("body", b""))) <= most:
        came.append(await receive())
    body = b"".join(one.get("body", b"") for one in came).decode(errors="replace")

    async def again() -> MutableMapping[str, Any]:
        return came.pop(0) if came else await receive()

    return again, body.split(SEPARATOR) if body and len(body) <= most else []


def counted(receive: Receive, watch: TransportGuard) -> Receive:
    """What comes, counted; of what is no packet engineio hears nothing but that the socket has closed."""

    async def count() -> MutableMapping[str, Any]:
        message = await receive()
        if message["type"] == "websocket.receive":
            watch.count()
            if not is_packet(message.get("text") or "") and message.get("bytes") is None:
                watch.unreadable()
                return {"type": "websocket.disconnect", "code": int(CloseCode.MALFORMED)}
        return message

    return count
