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
from socketio.exceptions import ConnectionRefusedError as Refused

from server.gateway.limits import MAX_NAME, MAX_TOKEN, Buckets, Limits, SessionLimits
from server.gateway.socketio.connection import SocketIoPeer
from server.gateway.socketio.engineio_wire import EngineWire
from server.gateway.socketio.recovery import Start, serializer, start_of
from server.gateway.socketio.transport_guard import Watch, counted
from server.gateway.streams.hub import Hub
from server.gateway.transport.asgi import FORBIDDEN, TOO_MANY, Receive, Scope, Send, header, is_allowed_origin
from server.gateway.transport.websocket_protocol import EXTENSION, GatewaySocket
from server.identity.authenticator import Identity
from server.identity.tokens import Refusal
from tradeterm.protocol.vocabulary import CloseCode, ErrorCode, Role

log = structlog.get_logger(__name__)

PATH: Final = "/socket.io"
# A dead line is noticed after 15 s; with longer pings some clients took a minute to notice a bad upgrade.
PING_S, PING_TIMEOUT_S = 5, 10
UPGRADE_S: Final = 2.0
PATIENT_POLLS_S: Final = 0.5
SLOW_POLL_S: Final = 0.1
SWEEP_S: Final = 1.0
BAD_REQUEST: Final = 400
NORMAL: Final = 1000
POSTS_PER_S, POSTS_BURST = 50, 200
POST_S: Final = 2.0


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
        self._starts: dict[str, Start] = {}  # by Socket.IO's id, until the CONNECT is answered
        self._peers: dict[str, SocketIoPeer] = {}  # by engineio's id
        self._watches: dict[str, Watch] = {}  # the WebSocket that a session was upgraded to, or begun on
        self._upgrading: dict[str, float] = {}  # since when
        self._strangers: dict[str, float] = {}  # sessions that nobody has signed in, since when
        self._posts = Buckets(POSTS_PER_S, POSTS_BURST, hub.clock)
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
        server.on("connect", self._connect)
        server.on("disconnect", self._disconnected)
        server.on("subscribe", self._subscribe)
        server.on("unsubscribe", self._unsubscribe)
        return server

    # ------------------------------------------------------------ HTTP and WebSocket

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        query = parse_qs(scope["query_string"].decode("latin-1"))
        session_id = query.get("sid", [None])[0]
        refusal = self._refusal(scope, query, session_id)
        if refusal is not None:
            await _turn_away(scope, receive, send, refusal)
        elif scope["type"] == "websocket":
            await self._websocket(scope, receive, send, session_id)
        else:
            await self._patience(scope, session_id)
            await self._http(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        """After a bad packet engineio waits until the session's queue was polled, which may be never."""
        limit = POST_S if scope["method"] == "POST" else None
        try:
            async with asyncio.timeout(limit):
                await self._sio.handle_request(scope, receive, send)
        except TimeoutError:
            await _turn_away(scope, receive, send, BAD_REQUEST)

    def _refusal(self, scope: Scope, query: dict[str, list[str]], session_id: str | None) -> int | None:
        """The HTTP status that a request is turned away with."""
        address = _address(scope)
        if not is_allowed_origin(scope, self._allow_origins):
            log.info("socket_refused", why="origin", origin=header(scope, b"origin"), address=address)
            return FORBIDDEN
        if "j" in query:
            return BAD_REQUEST  # a page that loads us as a script would get round Origin
        if session_id is None and self._limits.connection(address):
            log.info("socket_refused", why="too many new sockets", address=address)
            return TOO_MANY
        if session_id is not None and scope.get("method") == "POST" and self._posts.take(session_id):
            return TOO_MANY
        return None

    async def _patience(self, scope: Scope, session_id: str | None) -> None:
        """While an upgrade is under way every poll is answered at once: a client must not spin on that."""
        since = self._upgrading.get(session_id or "")
        if since is not None and scope["method"] == "GET" and self._hub.clock.monotonic() - since > PATIENT_POLLS_S:
            await asyncio.sleep(SLOW_POLL_S)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send, session_id: str | None) -> None:
        wire: GatewaySocket = scope["extensions"][EXTENSION]["wire"]
        watch = wire.listener = Watch(wire, self._session_limits, self._hub.clock.monotonic)
        try:
            if session_id is None:
                await self._sio.handle_request(scope, counted(receive, watch), send)
            elif session_id in self._upgrading:
                await _turn_away(scope, receive, send, BAD_REQUEST)
            else:
                await self._upgrade(scope, counted(receive, watch), send, session_id)
        finally:
            wire.listener = None
            if wire.handshake_complete:
                wire.close(NORMAL, "")

    async def _upgrade(self, scope: Scope, receive: Receive, send: Send, session_id: str) -> None:
        """engineio has no time limit for an upgrade, and forgets to end one that died early: both are done here."""
        wire: GatewaySocket = scope["extensions"][EXTENSION]["wire"]
        session = self._sio.eio.sockets.get(session_id)
        watch = wire.listener
        assert isinstance(watch, Watch)
        before = self._watches.get(session_id)
        self._upgrading[session_id] = self._hub.clock.monotonic()
        self._watches[session_id] = watch
        late = asyncio.get_running_loop().call_later(UPGRADE_S, self._give_up, session_id, session, wire)
        try:
            await self._sio.handle_request(scope, receive, send)
        finally:
            late.cancel()
            self._upgrading.pop(session_id, None)
            if session is not None and not session.upgraded:
                session.upgrading = False
            if self._watches.get(session_id) is watch:
                if before is not None:
                    self._watches[session_id] = before
                else:
                    del self._watches[session_id]

    def _give_up(self, session_id: str, session: Any, wire: GatewaySocket) -> None:
        self._upgrading.pop(session_id, None)
        if session is not None and not session.upgraded:
            wire.close(NORMAL, "the upgrade took too long")

    # ------------------------------------------------------------ what python-socketio tells

    def _connect(self, sid: str, environ: dict[str, Any], auth: Any) -> None:
        try:
            self._enter(sid, environ["asgi.scope"], auth if isinstance(auth, dict) else {})
        except Refused:
            raise
        except Exception:
            log.exception("socket_failed", socket=sid)
            raise _refused(ErrorCode.INTERNAL, "the server made a mistake") from None

    def _enter(self, sid: str, scope: Scope, auth: dict[str, Any]) -> None:
        address = _address(scope)
        identity = self._identity(auth.get("token"), address)
        if not self._limits.enter(identity.user):
            log.info("socket_refused", why="too many sockets", user=identity.user, address=address)
            raise _refused(ErrorCode.RATE_LIMITED, "this user has as many sockets as may be")
        engine_id = self._sio.manager.eio_sid_from_sid(sid, "/")
        if scope["type"] == "websocket":
            self._watches.setdefault(engine_id, scope["extensions"][EXTENSION]["wire"].listener)
        self._peers[engine_id] = SocketIoPeer(
            sid,
            identity,
            self._hub,
            self._session_limits.subscriptions,
            gone=lambda: self._left(engine_id, identity.user),
            wire=lambda drained: self._engine_wire(engine_id, address, drained),
        )
        self._starts[sid] = start_of(self._hub, identity, auth)
        log.info("socket_signed_in", user=identity.user, role=identity.role, socket=sid, address=address)

    def _engine_wire(self, engine_id: str, address: str, drained: Callable[[], None]) -> EngineWire:
        def direct() -> GatewaySocket | None:
            watch = self._watches.get(engine_id)
            if watch is None:
                return None
            watch.on_drained = drained
            return watch.wire

        return EngineWire(self._sio.eio.sockets[engine_id], address, direct, drained)

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
        start = self._starts.pop(sid, None)
        if start is None:
            return None
        asyncio.get_running_loop().call_soon(self._begin, sid, start.place)
        return start.pid

    def _begin(self, sid: str, place: int) -> None:
        peer = self._peer(sid)
        if peer is not None and peer.identity.role is not Role.ADMIN:
            peer.stream_from(place)

    def _disconnected(self, sid: str, reason: str) -> None:
        self._starts.pop(sid, None)
        peer = self._peer(sid)
        if peer is not None:
            peer.gone()

    def _left(self, engine_id: str, user: str) -> None:
        self._peers.pop(engine_id, None)
        self._limits.leave(user)

    def _subscribe(self, sid: str, *said: Any) -> None:
        peer, name = self._peer(sid), _channel(said)
        if peer is not None:
            peer.subscribe(name) if name else peer.refuse_shape()

    def _unsubscribe(self, sid: str, *said: Any) -> None:
        peer, name = self._peer(sid), _channel(said)
        if peer is not None:
            peer.unsubscribe(name) if name else peer.refuse_shape()

    def _peer(self, sid: str) -> SocketIoPeer | None:
        return self._peers.get(self._sio.manager.eio_sid_from_sid(sid, "/") or "")

    # ------------------------------------------------------------ for as long as the server runs

    async def run(self) -> None:
        """Look for sessions that nobody signs in, for ever: for the server's task group."""
        while True:
            await asyncio.sleep(SWEEP_S)
            self.sweep()

    def sweep(self) -> None:
        """End the sessions that nobody has signed in for too long."""
        now, sessions = self._hub.clock.monotonic(), self._sio.eio.sockets
        strangers = {one: self._strangers.get(one, now) for one in sessions if one not in self._peers}
        for engine_id, since in strangers.items():
            if now - since >= self._session_limits.sign_in_s:
                self._end(engine_id, CloseCode.SIGN_IN_TIMEOUT, "no sign-in in time")
        self._strangers = strangers

    def drain(self) -> None:
        """The server is stopping: end what nobody has signed in; the hub ends the others."""
        for engine_id in [one for one in self._sio.eio.sockets if one not in self._peers]:
            self._end(engine_id, CloseCode.STOPPING, "the server is stopping")

    def _end(self, engine_id: str, code: CloseCode, reason: str) -> None:
        session = self._sio.eio.sockets.get(engine_id)
        if session is not None and not session.closing:
            self._engine_wire(engine_id, "", lambda: None).close(code, reason)


def _refused(code: ErrorCode, message: str) -> Exception:
    refused: Exception = Refused(message, {"code": code.value})
    return refused


def _channel(said: tuple[Any, ...]) -> str | None:
    name = said[0].get("channel") if said and isinstance(said[0], dict) else None
    return name if isinstance(name, str) and 0 < len(name) <= MAX_NAME else None


def _address(scope: Scope) -> str:
    client = scope.get("client")
    return client[0] if client else ""


async def _turn_away(scope: Scope, receive: Receive, send: Send, status: int) -> None:
    """Answer with HTTP, a handshake too."""
    kind = "http"
    if scope["type"] == "websocket":
        await receive()
        kind = "websocket.http"
    await send({"type": f"{kind}.response.start", "status": status, "headers": []})
    await send({"type": f"{kind}.response.body", "body": b""})
