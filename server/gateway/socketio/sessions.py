"""The Engine.IO sessions that there are, whoever is signed in on them: begun and ended as engineio tells, and ended by us."""

from collections.abc import Callable
from typing import Any, Final

import structlog

from server.gateway.socketio.engineio_wire import EngineIoWire
from server.gateway.socketio.session import EngineSession
from server.gateway.transport.asgi import Scope, address_of
from server.gateway.transport.websocket_protocol import EXTENSION, GatewaySocket
from server.ports import Clock
from tradeterm.protocol.vocabulary import CloseCode

log = structlog.get_logger(__name__)

BINARY_PACKETS: Final = ("5", "6")  # BINARY_EVENT and BINARY_ACK
QUEUED_PACKETS: Final = 1_000  # of what a client was answered and has not read


class EngineSessions:
    """`engine` is python-engineio's server, which has a socket for each of them."""

    def __init__(self, engine: Any, clock: Clock, sign_in_s: float) -> None:
        """`sign_in_s`: how long a session may be nobody's."""
        self._engine, self._clock, self._sign_in_s = engine, clock, sign_in_s
        self._sessions: dict[str, EngineSession] = {}  # by engineio's id

    def get(self, engine_id: str | None) -> EngineSession | None:
        return self._sessions.get(engine_id or "")

    def socket_of(self, session: EngineSession) -> Any:
        """engineio's own; None once it has let go of it."""
        return self._engine.sockets.get(session.engine_id)

    def wire_of(self, session: EngineSession, address: str, drained: Callable[[], None]) -> EngineIoWire:
        """A wire that writes into the session, past python-socketio."""

        def direct() -> GatewaySocket | None:
            if session.watch is None:
                return None
            session.watch.on_drained = drained
            return session.watch.wire

        return EngineIoWire(self._engine.sockets[session.engine_id], address, direct, drained)

    # ------------------------------------------------------------ what engineio tells

    def opened(self, engine_id: str, scope: Scope) -> None:
        session = EngineSession(engine_id, address_of(scope), self._clock.monotonic())
        if scope["type"] == "websocket":
            session.watch = scope["extensions"][EXTENSION]["wire"].listener
        self._sessions[engine_id] = session

    def may_say(self, engine_id: str, packet: Any) -> bool:
        """Whether python-socketio gets a message. Nothing here is binary, and it would keep every attachment that a
        client announces; and what it answers waits in a queue without a bound for who does not read."""
        engine, session = self._engine.sockets.get(engine_id), self._sessions.get(engine_id)
        if engine is None or session is None or session.is_ending:
            return False  # what still came in the same body as the session's end
        if not isinstance(packet, str) or packet[:1] in BINARY_PACKETS:
            self.end(engine_id, CloseCode.MALFORMED, "there are no binary packets here")
            return False
        if engine.queue.qsize() > QUEUED_PACKETS:
            self.end(engine_id, CloseCode.SLOW, "the answers are not read")
            return False
        # On a WebSocket its guard counts them.
        if not engine.upgraded and session.posts.take(self._clock.monotonic()):
            self.end(engine_id, CloseCode.TOO_MANY_MESSAGES, "too many messages")
            return False
        return True

    def ended(self, engine_id: str) -> None:
        session = self._sessions.pop(engine_id, None)
        if session is not None:
            if session.peer is not None:
                session.peer.gone()
            session.watch = None

    # ------------------------------------------------------------ ended by us

    def end(self, engine_id: str, code: CloseCode, reason: str) -> None:
        """End a session for a reason of ours, whoever is signed in on it."""
        session, engine = self._sessions.get(engine_id), self._engine.sockets.get(engine_id)
        if session is None or engine is None or engine.closing or session.is_ending:
            return
        session.is_ending = True
        if session.peer is not None:
            session.peer.close(code, reason)
            return
        log.info("socket_closed", code=int(code), reason=reason, address=session.opened_by, kind="socketio")
        self.wire_of(session, session.opened_by, _nothing).close(code, reason)

    def sweep(self) -> None:
        """End the sessions that nobody has signed in for too long, and forget those that are over: engineio looks for
        them now and then."""
        sockets = self._engine.sockets
        for engine_id in [one for one, engine in sockets.items() if engine.closed and one not in self._sessions]:
            del sockets[engine_id]
        now = self._clock.monotonic()
        for session in self._strangers():
            if now - session.stranger_since >= self._sign_in_s:
                self.end(session.engine_id, CloseCode.SIGN_IN_TIMEOUT, "no sign-in in time")

    def drain(self) -> None:
        """The server is stopping: end what nobody has signed in; the hub ends the others."""
        for session in self._strangers():
            self.end(session.engine_id, CloseCode.STOPPING, "the server is stopping")

    def _strangers(self) -> list[EngineSession]:
        return [one for one in self._sessions.values() if one.peer is None]


def _nothing() -> None:
    """Nobody waits for such a wire."""
