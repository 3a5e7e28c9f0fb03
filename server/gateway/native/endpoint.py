"""The endpoint of the native WebSocket, `/ws`: takes a handshake, makes a peer, and hands it what comes in.

Texts come straight from the wire. It waits for what else comes and for nothing else, because uvicorn reads no further
until it does. After the accept everything is written through the wire, never through ASGI: a waiting ASGI send would be
overtaken.
"""

from collections.abc import Callable, Iterable

import structlog

from server.gateway.limits import Limits
from server.gateway.native.connection import NativeConnection
from server.gateway.native.session import SUB_PROTOCOL, Session
from server.gateway.streams.hub import Hub
from server.gateway.transport.asgi import (
    FORBIDDEN,
    TOO_MANY,
    Receive,
    Scope,
    Send,
    bearer_token,
    header,
    is_allowed_origin,
    refuse,
)
from server.gateway.transport.websocket_protocol import EXTENSION, GatewaySocket
from server.ports import Ids, Orders

log = structlog.get_logger(__name__)


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
            await refuse(send, refusal)
            return
        offered = SUB_PROTOCOL in scope["subprotocols"]
        await send({"type": "websocket.accept", "subprotocol": SUB_PROTOCOL if offered else None})
        peer = NativeConnection(
            self._session(self._ids.new(), self._hub.clock.monotonic()), wire, self._hub, self._orders, self._limits
        )
        wire.listener = peer
        try:
            self._sign_in(scope, peer)
            wire.on_text = peer.hear
            await _listen(receive, peer)
        except Exception as error:
            peer.fail(error)
        finally:
            wire.listener = wire.on_text = None
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

    def _sign_in(self, scope: Scope, peer: NativeConnection) -> None:
        token = bearer_token(scope)
        if token is not None:
            peer.sign_in(token)


async def _listen(receive: Receive, peer: NativeConnection) -> None:
    """What came before the wire knew whom to tell, what is no text, and the end."""
    while True:
        message = await receive()
        if message["type"] == "websocket.disconnect":
            return
        text = message.get("text")
        peer.receive(message["bytes"] if text is None else text)
