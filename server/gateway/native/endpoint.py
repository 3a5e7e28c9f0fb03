"""The endpoint of the native WebSocket, `/ws`: takes a handshake, makes a peer, and hands it what comes in.

It waits for the next message and for nothing else, because uvicorn reads no further until it does. After the accept
everything is written through the wire, never through ASGI: a waiting ASGI send would be overtaken.
"""

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, Final

import structlog

from server.gateway.limits import Limits
from server.gateway.native.connection import Peer
from server.gateway.native.session import SUB_PROTOCOL, Session
from server.gateway.streams.hub import Hub
from server.gateway.transport.websocket_protocol import EXTENSION, GatewaySocket
from server.ports import Ids, Orders
from tradeterm.protocol.vocabulary import CloseCode

log = structlog.get_logger(__name__)

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
FORBIDDEN: Final = 403
TOO_MANY: Final = 429


def header(scope: Scope, name: bytes) -> str | None:
    """The first header of that name, which is given in lower case."""
    for key, value in scope["headers"]:
        if key.lower() == name:
            text: str = value.decode("latin-1")
            return text
    return None


def is_allowed_origin(scope: Scope, allowed: Iterable[str]) -> bool:
    """A page says where it comes from and must be on the list; programs say nothing and may pass."""
    origin = header(scope, b"origin")
    return origin is None or origin.rstrip("/").lower() in {one.rstrip("/").lower() for one in allowed}


class SocketEndpoint:
    """The ASGI application behind `/ws`."""

    def __init__(
        self,
        *,
        hub: Hub,
        orders: Orders,
        limits: Limits,
        ids: Ids,
        session: Callable[[str, float], Session],
        allow_origins: Iterable[str] = (),
    ) -> None:
        """`session(socket_id, now)` makes the protocol side of a new socket."""
        self._hub = hub
        self._orders = orders
        self._limits = limits
        self._ids = ids
        self._session = session
        self._allow_origins = tuple(allow_origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        wire: GatewaySocket = scope["extensions"][EXTENSION]["wire"]
        await receive()
        refusal = self._refusal(scope, wire)
        if refusal is not None:
            await _refuse(send, refusal)
            return
        offered = SUB_PROTOCOL in scope["subprotocols"]
        await send({"type": "websocket.accept", "subprotocol": SUB_PROTOCOL if offered else None})
        peer = Peer(
            self._session(self._ids.new(), self._hub.clock.monotonic()), wire, self._hub, self._orders, self._limits
        )
        wire.listener = peer
        try:
            self._sign_in(scope, peer)
            await _listen(receive, peer)
        except Exception:
            log.exception("socket_failed", socket=peer.socket_id)
            peer.close(CloseCode.INTERNAL, "the server made a mistake")
        finally:
            wire.listener = None
            peer.gone()

    def _refusal(self, scope: Scope, wire: GatewaySocket) -> int | None:
        """The HTTP status that the handshake is turned away with."""
        if not is_allowed_origin(scope, self._allow_origins):
            log.info("socket_refused", why="origin", origin=header(scope, b"origin"), address=wire.address)
            return FORBIDDEN
        if self._limits.connection(wire.address):
            log.info("socket_refused", why="too many new sockets", address=wire.address)
            return TOO_MANY
        return None

    def _sign_in(self, scope: Scope, peer: Peer) -> None:
        kind, _, token = (header(scope, b"authorization") or "").partition(" ")
        if kind.lower() == "bearer":
            peer.sign_in(token.strip())


async def _listen(receive: Receive, peer: Peer) -> None:
    while True:
        message = await receive()
        if message["type"] == "websocket.disconnect":
            return
        text = message.get("text")
        peer.receive(message["bytes"] if text is None else text)


async def _refuse(send: Send, status: int) -> None:
    """Answer the handshake with HTTP."""
    await send({"type": "websocket.http.response.start", "status": status, "headers": []})
    await send({"type": "websocket.http.response.body", "body": b""})
