"""The endpoint of Socket.IO, `/socket.io`: python-socketio does handshake, polling and upgrade, the journal the rest.

Nothing is emitted through python-socketio: it would forget what a client that is away misses. The answer to a CONNECT
carries the `pid` from which the client's own connection-state recovery goes on, also after a restart of the server.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import Any, Final
from urllib.parse import parse_qs

import socketio
import structlog
from engineio.payload import Payload

from server.gateway.limits import Limits, SessionLimits
from server.gateway.socketio.clients import SocketIoClients
from server.gateway.socketio.recovery import ForgedEvent, serializer
from server.gateway.socketio.session import EngineSession
from server.gateway.socketio.sessions import EngineSessions
from server.gateway.socketio.transport_guard import NO_PACKET, TransportGuard, counted, is_packet, split
from server.gateway.streams.hub import Hub
from server.gateway.transport.asgi import (
    BAD_REQUEST,
    FORBIDDEN,
    TOO_MANY,
    Receive,
    Scope,
    Send,
    address_of,
    header,
    is_allowed_origin,
    refuse,
)
from server.gateway.transport.websocket_protocol import EXTENSION, GatewaySocket
from server.identity.authenticator import Identity
from server.identity.sign_in_guard import address_key
from server.identity.tokens import Refusal
from tradeterm.protocol.vocabulary import CloseCode

log = structlog.get_logger(__name__)

PATH: Final = "/socket.io"
# A dead line is noticed after 15 s; with longer pings some clients took a minute to notice a bad upgrade.
PING_S, PING_TIMEOUT_S = 5, 10
UPGRADE_S: Final = 2.0
PATIENT_POLLS_S: Final = 0.5
SLOW_POLL_S: Final = 0.1
SWEEP_S: Final = 1.0
NORMAL: Final = 1000
POST_S: Final = 2.0
PACKETS_A_POST: Final = 512  # every subscription that there may be, left and asked for again
Payload.max_decode_packets = PACKETS_A_POST  # of more than sixteen engineio heard none, and said that all was well


class SocketIoEndpoint:
    """The ASGI application behind `/socket.io`, for polls and WebSockets alike."""

    def __init__(
        self,
        *,
        hub: Hub,
        check: Callable[[str], Identity | Refusal],
        limits: Limits,
        session_limits: SessionLimits,
        allow_origins: Iterable[str] = (),
    ) -> None:
        """`check` says whose an access token is."""
        self._hub, self._limits, self._session_limits = hub, limits, session_limits
        self._allow_origins = tuple(allow_origins)
        self._sio = _server(session_limits.frame_bytes, self._allow_origins, lambda sid: self._clients.answered(sid))
        self._sessions = EngineSessions(self._sio.eio, hub.clock, session_limits.sign_in_s)
        self._clients = SocketIoClients(
            sessions=self._sessions,
            engine_id_of=lambda sid: self._sio.manager.eio_sid_from_sid(sid, "/"),
            hub=hub,
            check=check,
            limits=limits,
            subscriptions=session_limits.subscriptions,
        )
        _precede(self._sio.eio, self._sessions)
        for handler in (
            self._clients.connect,
            self._clients.disconnect,
            self._clients.subscribe,
            self._clients.unsubscribe,
        ):
            self._sio.on(handler.__name__, handler)

    # ------------------------------------------------------------ HTTP and WebSocket

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        session_id = _session_id(scope)
        refusal = self._refusal(scope, session_id)
        if refusal is not None:
            await _turn_away(scope, receive, send, refusal)
        elif scope["type"] == "websocket":
            await self._websocket(scope, receive, send, session_id)
        else:
            await self._patience(scope, session_id)
            await self._http(scope, receive, send, session_id)

    def budget_of(self, scope: Scope) -> str | None:
        """Under what a request is counted whose session somebody has signed in; None for a stranger's."""
        session = self._sessions.get(_session_id(scope))
        return None if session is None or session.peer is None else session.peer.identity.budget

    async def _http(self, scope: Scope, receive: Receive, send: Send, session_id: str | None) -> None:
        """After a bad packet engineio waits until the session's queue was polled, which may be never."""
        says = scope["method"] == "POST" and session_id is not None
        try:
            async with asyncio.timeout(POST_S if says else None):
                if says:
                    receive, packets = await split(receive, self._session_limits.frame_bytes)
                    if len(packets) > PACKETS_A_POST or not all(map(is_packet, packets)):
                        self._sessions.end(session_id or "", CloseCode.MALFORMED, NO_PACKET)
                        return await _turn_away(scope, receive, send, BAD_REQUEST)
                await self._sio.handle_request(scope, receive, send)
        except TimeoutError:
            await _turn_away(scope, receive, send, BAD_REQUEST)

    def _refusal(self, scope: Scope, session_id: str | None) -> int | None:
        """The HTTP status that a request is turned away with."""
        address = address_of(scope)
        if not is_allowed_origin(scope, self._allow_origins):
            log.info("socket_refused", why="origin", origin=header(scope, b"origin"), address=address)
            return FORBIDDEN
        if "j" in _query(scope):
            return BAD_REQUEST  # a page that loads us as a script would get round Origin
        if session_id is not None:
            return self._foreign_or_flooding(scope, session_id, address)
        if self._limits.connection(address):
            log.info("socket_refused", why="too many new sockets", address=address)
            return TOO_MANY
        return None

    def _foreign_or_flooding(self, scope: Scope, session_id: str, address: str) -> int | None:
        """A session's id alone is not enough to go on with it: it stands in URLs, which are logged. The address that
        opened it must ask; another is answered as for a session that there is not."""
        session = self._sessions.get(session_id)
        if session is None or session.address != address_key(address):
            return BAD_REQUEST
        if scope.get("method") == "POST" and session.posts.take(self._hub.clock.monotonic()):
            return TOO_MANY
        return None

    async def _patience(self, scope: Scope, session_id: str | None) -> None:
        """While an upgrade is under way every poll is answered at once: a client must not spin on that."""
        session = self._sessions.get(session_id)
        since = session.upgrading_since if session is not None else None
        if since is not None and scope["method"] == "GET" and self._hub.clock.monotonic() - since > PATIENT_POLLS_S:
            await asyncio.sleep(SLOW_POLL_S)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send, session_id: str | None) -> None:
        wire: GatewaySocket = scope["extensions"][EXTENSION]["wire"]
        watch = wire.listener = TransportGuard(wire, self._session_limits, self._hub.clock.monotonic)
        session = self._sessions.get(session_id)
        try:
            if session is None:
                await self._sio.handle_request(scope, counted(receive, watch), send)
            elif session.upgrading_since is not None or self._has_socket(session):
                await _turn_away(scope, receive, send, BAD_REQUEST)
            else:
                await self._upgrade(scope, counted(receive, watch), send, session)
        finally:
            wire.listener = None
            if wire.handshake_complete:
                wire.close(NORMAL, "")

    def _has_socket(self, session: EngineSession) -> bool:
        """engineio would refuse another one too, after which the server complains of an unanswered handshake."""
        engine = self._sessions.socket_of(session)
        return engine is None or engine.upgraded

    async def _upgrade(self, scope: Scope, receive: Receive, send: Send, session: EngineSession) -> None:
        """engineio has no time limit for an upgrade, and forgets to end one that died early: both are done here."""
        wire: GatewaySocket = scope["extensions"][EXTENSION]["wire"]
        engine = self._sessions.socket_of(session)
        before, watch = session.watch, wire.listener
        assert isinstance(watch, TransportGuard)
        session.watch, session.upgrading_since = watch, self._hub.clock.monotonic()
        late = asyncio.get_running_loop().call_later(UPGRADE_S, _give_up, session, engine, wire)
        try:
            await self._sio.handle_request(scope, receive, send)
        finally:
            late.cancel()
            session.upgrading_since = None
            if engine is not None and not engine.upgraded:
                engine.upgrading = False
            if session.watch is watch:
                session.watch = before

    # ------------------------------------------------------------ for as long as the server runs

    async def run(self) -> None:
        """Look for sessions that nobody signs in, for ever: for the server's task group."""
        while True:
            await asyncio.sleep(SWEEP_S)
            self.sweep()

    def sweep(self) -> None:
        """End the sessions that nobody has signed in for too long, and forget those that are over."""
        self._sessions.sweep()

    def drain(self) -> None:
        """The server is stopping: end what nobody has signed in; the hub ends the others."""
        self._sessions.drain()


def _server(frame_bytes: int, allow_origins: tuple[str, ...], answered: Callable[[str], str | None]) -> Any:
    """python-socketio's server; `answered` gives the `pid` that stands in the answer to a CONNECT."""
    quiet = logging.getLogger(__name__)
    quiet.setLevel(logging.CRITICAL)  # it logs every hostile packet with its traceback
    return socketio.AsyncServer(
        async_mode="asgi",
        serializer=serializer(answered),
        async_handlers=False,
        ping_interval=PING_S,
        ping_timeout=PING_TIMEOUT_S,
        max_http_buffer_size=frame_bytes,
        http_compression=False,
        cors_allowed_origins=list(allow_origins),
        logger=quiet,
        engineio_logger=quiet,
    )


def _precede(engine: Any, sessions: EngineSessions) -> None:
    """Hear what engineio tells before python-socketio does: what is kept of a session lives just as long as it."""
    opened, said, ended = (engine.handlers[event] for event in ("connect", "message", "disconnect"))

    async def connect(engine_id: str, environ: dict[str, Any]) -> Any:
        sessions.opened(engine_id, environ["asgi.scope"])
        return await opened(engine_id, environ)

    async def message(engine_id: str, packet: Any) -> Any:
        if sessions.may_say(engine_id, packet):
            try:
                return await said(engine_id, packet)
            except ForgedEvent:
                sessions.end(engine_id, CloseCode.MALFORMED, "an event has a name that is not a client's to use")
        return None

    async def disconnect(engine_id: str, reason: str) -> Any:
        try:
            return await ended(engine_id, reason)
        finally:
            sessions.ended(engine_id)

    for handler in (connect, message, disconnect):
        engine.on(handler.__name__, handler)


def _give_up(session: EngineSession, engine: Any, wire: GatewaySocket) -> None:
    session.upgrading_since = None
    if engine is not None and not engine.upgraded:
        wire.close(NORMAL, "the upgrade took too long")


def _query(scope: Scope) -> dict[str, list[str]]:
    return parse_qs(scope["query_string"].decode("latin-1"))


def _session_id(scope: Scope) -> str | None:
    found = _query(scope).get("sid")
    return found[0] if found else None


async def _turn_away(scope: Scope, receive: Receive, send: Send, status: int) -> None:
    """Answer with HTTP, a handshake too."""
    if scope["type"] == "websocket":
        await receive()
        await refuse(send, status)
    else:
        await refuse(send, status, "http")
