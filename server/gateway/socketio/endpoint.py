"""The endpoint of Socket.IO, `/socket.io`: python-socketio does handshake, polling and upgrade, the journal the rest.

Nothing is emitted through python-socketio: it would forget what a client that is away misses. The answer to a CONNECT
carries the `pid` from which the client's own connection-state recovery goes on, also after a restart of the server.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, Final
from urllib.parse import parse_qs

import socketio
import structlog
from socketio.exceptions import ConnectionRefusedError as Refused

from server.gateway.commands.unanswered import AWAY
from server.gateway.limits import MAX_NAME, MAX_TOKEN, Limits, SessionLimits
from server.gateway.socketio.connection import SocketIoConnection
from server.gateway.socketio.engineio_wire import EngineIoWire
from server.gateway.socketio.recovery import ForgedEvent, serializer, start_of
from server.gateway.socketio.session import EngineSession
from server.gateway.socketio.transport_guard import TransportGuard, counted
from server.gateway.streams.hub import Hub
from server.gateway.transport.asgi import (
    BAD_REQUEST,
    FORBIDDEN,
    TOO_MANY,
    Receive,
    Scope,
    Send,
    header,
    is_allowed_origin,
    refuse,
)
from server.gateway.transport.websocket_protocol import EXTENSION, GatewaySocket
from server.identity.authenticator import Identity
from server.identity.sign_in_guard import address_key
from server.identity.tokens import Refusal
from server.ports import DatabaseAway
from tradeterm.protocol.vocabulary import CloseCode, ErrorCode, Role

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
BINARY_PACKETS: Final = ("5", "6")  # BINARY_EVENT and BINARY_ACK
QUEUED_PACKETS: Final = 1_000  # of what a client was answered and has not read


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
        self._hub, self._check, self._limits, self._session_limits = hub, check, limits, session_limits
        self._allow_origins = tuple(allow_origins)
        self._sessions: dict[str, EngineSession] = {}  # by engineio's id
        self._sio = self._server()

    def _server(self) -> Any:
        quiet = logging.getLogger(__name__)
        quiet.setLevel(logging.CRITICAL)  # it logs every hostile packet with its traceback
        server = socketio.AsyncServer(
            async_mode="asgi",
            serializer=serializer(self._answered),
            async_handlers=False,
            ping_interval=PING_S,
            ping_timeout=PING_TIMEOUT_S,
            max_http_buffer_size=self._session_limits.frame_bytes,
            http_compression=False,
            cors_allowed_origins=list(self._allow_origins),
            logger=quiet,
            engineio_logger=quiet,
        )
        self._precede(server.eio)
        server.on("connect", self._connect)
        server.on("disconnect", self._disconnected)
        server.on("subscribe", self._subscribe)
        server.on("unsubscribe", self._unsubscribe)
        return server

    def _precede(self, engine: Any) -> None:
        """Hear what engineio tells before python-socketio does: what is kept here lives just as long as the session."""
        opened, said, ended = (engine.handlers[event] for event in ("connect", "message", "disconnect"))

        async def connect(engine_id: str, environ: dict[str, Any]) -> Any:
            self._opened(engine_id, environ["asgi.scope"])
            return await opened(engine_id, environ)

        async def message(engine_id: str, packet: Any) -> Any:
            if self._may_say(engine_id, packet):
                try:
                    return await said(engine_id, packet)
                except ForgedEvent:
                    self._end(engine_id, CloseCode.MALFORMED, "an event has a name that is not a client's to use")
            return None

        async def disconnect(engine_id: str, reason: str) -> Any:
            try:
                return await ended(engine_id, reason)
            finally:
                self._ended(engine_id)

        for handler in (connect, message, disconnect):
            engine.on(handler.__name__, handler)

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
            await self._http(scope, receive, send)

    def budget_of(self, scope: Scope) -> str | None:
        """Under what a request is counted whose session somebody has signed in; None for a stranger's."""
        session = self._sessions.get(_session_id(scope) or "")
        return None if session is None or session.peer is None else session.peer.identity.budget

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        """After a bad packet engineio waits until the session's queue was polled, which may be never."""
        limit = POST_S if scope["method"] == "POST" else None
        try:
            async with asyncio.timeout(limit):
                await self._sio.handle_request(scope, receive, send)
        except TimeoutError:
            await _turn_away(scope, receive, send, BAD_REQUEST)

    def _refusal(self, scope: Scope, session_id: str | None) -> int | None:
        """The HTTP status that a request is turned away with."""
        address = _address(scope)
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
        session = self._sessions.get(session_id or "")
        since = session.upgrading_since if session is not None else None
        if since is not None and scope["method"] == "GET" and self._hub.clock.monotonic() - since > PATIENT_POLLS_S:
            await asyncio.sleep(SLOW_POLL_S)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send, session_id: str | None) -> None:
        wire: GatewaySocket = scope["extensions"][EXTENSION]["wire"]
        watch = wire.listener = TransportGuard(wire, self._session_limits, self._hub.clock.monotonic)
        session = self._sessions.get(session_id or "")
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
        engine = self._sio.eio.sockets.get(session.engine_id)
        return engine is None or engine.upgraded

    async def _upgrade(self, scope: Scope, receive: Receive, send: Send, session: EngineSession) -> None:
        """engineio has no time limit for an upgrade, and forgets to end one that died early: both are done here."""
        wire: GatewaySocket = scope["extensions"][EXTENSION]["wire"]
        engine = self._sio.eio.sockets.get(session.engine_id)
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

    # ------------------------------------------------------------ what engineio tells

    def _opened(self, engine_id: str, scope: Scope) -> None:
        now = self._hub.clock.monotonic()
        session = EngineSession(engine_id, _address(scope), now)
        if scope["type"] == "websocket":
            session.watch = scope["extensions"][EXTENSION]["wire"].listener
        self._sessions[engine_id] = session

    def _may_say(self, engine_id: str, packet: Any) -> bool:
        """Whether python-socketio gets a message. Nothing here is binary, and it would keep every attachment that a
        client announces; and what it answers waits in a queue without a bound for who does not read."""
        engine = self._sio.eio.sockets.get(engine_id)
        if engine is None or engine_id not in self._sessions:
            return False  # what still came in the same body as the session's end
        if not isinstance(packet, str) or packet[:1] in BINARY_PACKETS:
            self._end(engine_id, CloseCode.MALFORMED, "there are no binary packets here")
            return False
        if engine.queue.qsize() > QUEUED_PACKETS:
            self._end(engine_id, CloseCode.SLOW, "the answers are not read")
            return False
        return True

    def _ended(self, engine_id: str) -> None:
        session = self._sessions.pop(engine_id, None)
        if session is not None:
            if session.peer is not None:
                session.peer.gone()
            session.watch = None

    # ------------------------------------------------------------ what python-socketio tells

    def _connect(self, sid: str, environ: dict[str, Any], auth: Any) -> None:
        try:
            self._enter(sid, environ["asgi.scope"], auth if isinstance(auth, dict) else {})
        except Refused:
            raise
        except DatabaseAway:
            raise _refused(ErrorCode.BUSY, AWAY) from None
        except Exception:
            log.exception("socket_failed", socket=sid)
            raise _refused(ErrorCode.INTERNAL, "the server made a mistake") from None

    def _enter(self, sid: str, scope: Scope, auth: dict[str, Any]) -> None:
        address = _address(scope)
        identity = self._identity(auth.get("token"), address)
        if not self._limits.enter(identity.budget):
            log.info("socket_refused", why="too many sockets", user=identity.user, address=address)
            raise _refused(ErrorCode.RATE_LIMITED, "this user has as many sockets as may be")
        session = self._session(sid)
        assert session is not None
        session.peer = SocketIoConnection(
            sid,
            identity,
            self._hub,
            self._session_limits.subscriptions,
            gone=lambda: self._left(session, identity.budget),
            wire=lambda drained: self._engine_wire(session, address, drained),
        )
        session.start = start_of(self._hub, identity, auth)
        log.info("socket_signed_in", user=identity.user, role=identity.role, socket=sid, address=address)

    def _engine_wire(self, session: EngineSession, address: str, drained: Callable[[], None]) -> EngineIoWire:
        def direct() -> GatewaySocket | None:
            if session.watch is None:
                return None
            session.watch.on_drained = drained
            return session.watch.wire

        return EngineIoWire(self._sio.eio.sockets[session.engine_id], address, direct, drained)

    def _identity(self, token: Any, address: str) -> Identity:
        found = self._check(token) if isinstance(token, str) and len(token) <= MAX_TOKEN else Refusal.BAD
        if isinstance(found, Identity):
            return found
        log.info("socket_refused", why=f"token {found.value}", address=address)
        if found.passes:
            raise _refused(ErrorCode.EXPIRED, "the token's time is over; get another")
        raise _refused(ErrorCode.UNAUTHENTICATED, "the token is not good")

    def _answered(self, sid: str) -> str | None:
        """The answer to the CONNECT is being written: its `pid`. What is streamed from the next turn on comes after it."""
        session = self._session(sid)
        if session is None or session.start is None:
            return None
        start, session.start = session.start, None
        asyncio.get_running_loop().call_soon(self._begin, sid, start.place)
        return start.pid

    def _begin(self, sid: str, place: int) -> None:
        peer = self._peer(sid)
        if peer is not None and peer.identity.role is not Role.ADMIN:
            peer.stream_from(place)

    def _disconnected(self, sid: str, reason: str) -> None:
        peer = self._peer(sid)
        if peer is not None:
            peer.gone()

    def _left(self, session: EngineSession, budget: str) -> None:
        session.peer, session.start = None, None
        session.stranger_since = self._hub.clock.monotonic()
        self._limits.leave(budget)

    async def _subscribe(self, sid: str, *said: Any) -> None:
        with suppress(DatabaseAway):  # then what is shown first is older, or the connection ends with the server
            await self._hub.view.settled()
        peer, name = self._peer(sid), _channel(said)
        if peer is not None:
            peer.subscribe(name) if name else peer.refuse_shape()

    def _unsubscribe(self, sid: str, *said: Any) -> None:
        peer, name = self._peer(sid), _channel(said)
        if peer is not None:
            peer.unsubscribe(name) if name else peer.refuse_shape()

    def _session(self, sid: str) -> EngineSession | None:
        return self._sessions.get(self._sio.manager.eio_sid_from_sid(sid, "/") or "")

    def _peer(self, sid: str) -> SocketIoConnection | None:
        session = self._session(sid)
        return session.peer if session is not None else None

    # ------------------------------------------------------------ for as long as the server runs

    async def run(self) -> None:
        """Look for sessions that nobody signs in, for ever: for the server's task group."""
        while True:
            await asyncio.sleep(SWEEP_S)
            self.sweep()

    def sweep(self) -> None:
        """End the sessions that nobody has signed in for too long, and forget those that are over: engineio looks for
        them now and then."""
        sockets = self._sio.eio.sockets
        for engine_id in [one for one, engine in sockets.items() if engine.closed and one not in self._sessions]:
            del sockets[engine_id]
        now = self._hub.clock.monotonic()
        for session in self._strangers():
            if now - session.stranger_since >= self._session_limits.sign_in_s:
                self._end(session.engine_id, CloseCode.SIGN_IN_TIMEOUT, "no sign-in in time")

    def drain(self) -> None:
        """The server is stopping: end what nobody has signed in; the hub ends the others."""
        for session in self._strangers():
            self._end(session.engine_id, CloseCode.STOPPING, "the server is stopping")

    def _strangers(self) -> list[EngineSession]:
        return [one for one in self._sessions.values() if one.peer is None]

    def _end(self, engine_id: str, code: CloseCode, reason: str) -> None:
        """End a session for a reason of ours, whoever is signed in on it."""
        session, engine = self._sessions.get(engine_id), self._sio.eio.sockets.get(engine_id)
        if session is None or engine is None or engine.closing:
            return
        if session.peer is not None:
            session.peer.close(code, reason)
            return
        log.info("socket_closed", code=int(code), reason=reason, address=session.opened_by, kind="socketio")
        self._engine_wire(session, session.opened_by, _nothing).close(code, reason)


def _give_up(session: EngineSession, engine: Any, wire: GatewaySocket) -> None:
    session.upgrading_since = None
    if engine is not None and not engine.upgraded:
        wire.close(NORMAL, "the upgrade took too long")


def _nothing() -> None:
    """Nobody waits for such a wire."""


def _refused(code: ErrorCode, message: str) -> Exception:
    refused: Exception = Refused(message, {"code": code.value})
    return refused


def _channel(said: tuple[Any, ...]) -> str | None:
    name = said[0].get("channel") if said and isinstance(said[0], dict) else None
    return name if isinstance(name, str) and 0 < len(name) <= MAX_NAME else None


def _query(scope: Scope) -> dict[str, list[str]]:
    return parse_qs(scope["query_string"].decode("latin-1"))


def _session_id(scope: Scope) -> str | None:
    found = _query(scope).get("sid")
    return found[0] if found else None


def _address(scope: Scope) -> str:
    client = scope.get("client")
    return client[0] if client else ""


async def _turn_away(scope: Scope, receive: Receive, send: Send, status: int) -> None:
    """Answer with HTTP, a handshake too."""
    if scope["type"] == "websocket":
        await receive()
        await refuse(send, status)
    else:
        await refuse(send, status, "http")
