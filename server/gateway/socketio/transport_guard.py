"""What only a wire can know of a Socket.IO client's WebSocket: its control frames, and when it takes more again."""

from collections.abc import Callable, MutableMapping
from typing import Any

import structlog

from server.gateway.limits import SessionLimits
from server.gateway.transport.asgi import Receive
from server.gateway.transport.websocket_protocol import GatewaySocket
from tradeterm.protocol.vocabulary import CloseCode

log = structlog.get_logger(__name__)


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


def counted(receive: Receive, watch: TransportGuard) -> Receive:
    async def count() -> MutableMapping[str, Any]:
        message = await receive()
        if message["type"] == "websocket.receive":
            watch.count()
        return message

    return count
