"""Who is signed in by a CONNECT, and what they ask for: the handlers of what python-socketio tells.

`sid` is python-socketio's id of a client; engineio's id of the session below it is another.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import structlog
from socketio.exceptions import ConnectionRefusedError as Refused

from server.gateway.commands.unanswered import AWAY
from server.gateway.limits import MAX_NAME, MAX_TOKEN, Limits
from server.gateway.socketio.connection import SocketIoConnection
from server.gateway.socketio.recovery import start_of
from server.gateway.socketio.session import EngineSession
from server.gateway.socketio.sessions import EngineSessions
from server.gateway.streams.hub import Hub
from server.gateway.transport.asgi import Scope, address_of
from server.identity.authenticator import Identity
from server.identity.tokens import Refusal
from server.ports import DatabaseAway
from tradeterm.protocol.vocabulary import ErrorCode, Role

log = structlog.get_logger(__name__)


class SocketIoClients:
    """`engine_id_of` finds the session of a `sid`; `check` says whose an access token is."""

    def __init__(
        self,
        *,
        sessions: EngineSessions,
        engine_id_of: Callable[[str], str | None],
        hub: Hub,
        check: Callable[[str], Identity | Refusal],
        limits: Limits,
        subscriptions: int,
    ) -> None:
        """`subscriptions`: how many channels one client may have."""
        self._sessions, self._engine_id_of, self._hub = sessions, engine_id_of, hub
        self._check, self._limits, self._subscriptions = check, limits, subscriptions

    def connect(self, sid: str, environ: dict[str, Any], auth: Any) -> None:
        """Sign a client in, or refuse it with a code and a sentence."""
        try:
            self._enter(sid, environ["asgi.scope"], auth if isinstance(auth, dict) else {})
        except Refused:
            raise
        except DatabaseAway:
            raise _refused(ErrorCode.BUSY, AWAY) from None
        except Exception:
            log.exception("socket_failed", socket=sid)
            raise _refused(ErrorCode.INTERNAL, "the server made a mistake") from None

    def answered(self, sid: str) -> str | None:
        """The answer to the CONNECT is being written: its `pid`. What is streamed from the next turn on comes after it."""
        session = self._session(sid)
        if session is None or session.start is None:
            return None
        start, session.start = session.start, None
        asyncio.get_running_loop().call_soon(self._begin, sid)
        return start.pid

    def disconnect(self, sid: str, reason: str) -> None:
        peer = self._peer(sid)
        if peer is not None:
            peer.gone()

    async def subscribe(self, sid: str, *said: Any) -> None:
        with suppress(DatabaseAway):  # then what is shown first is older, or the connection ends with the server
            await self._hub.view.settled()
        peer, name = self._peer(sid), _channel(said)
        if peer is not None:
            peer.subscribe(name) if name else peer.refuse_shape()

    def unsubscribe(self, sid: str, *said: Any) -> None:
        peer, name = self._peer(sid), _channel(said)
        if peer is not None:
            peer.unsubscribe(name) if name else peer.refuse_shape()

    def _enter(self, sid: str, scope: Scope, auth: dict[str, Any]) -> None:
        address = address_of(scope)
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
            self._subscriptions,
            gone=lambda: self._left(session, identity.budget),
            wire=lambda drained: self._sessions.wire_of(session, address, drained),
        )
        session.start = start_of(self._hub, identity, auth)
        if identity.role is not Role.ADMIN:
            session.peer.stream_soon(session.start.place)
        log.info("socket_signed_in", user=identity.user, role=identity.role, socket=sid, address=address)

    def _identity(self, token: Any, address: str) -> Identity:
        found = self._check(token) if isinstance(token, str) and len(token) <= MAX_TOKEN else Refusal.BAD
        if isinstance(found, Identity):
            return found
        log.info("socket_refused", why=f"token {found.value}", address=address)
        if found.passes:
            raise _refused(ErrorCode.EXPIRED, "the token's time is over; get another")
        raise _refused(ErrorCode.UNAUTHENTICATED, "the token is not good")

    def _begin(self, sid: str) -> None:
        peer = self._peer(sid)
        if peer is not None:
            peer.begin()

    def _left(self, session: EngineSession, budget: str) -> None:
        session.peer, session.start = None, None
        session.stranger_since = self._hub.clock.monotonic()
        self._limits.leave(budget)

    def _session(self, sid: str) -> EngineSession | None:
        return self._sessions.get(self._engine_id_of(sid))

    def _peer(self, sid: str) -> SocketIoConnection | None:
        session = self._session(sid)
        return session.peer if session is not None else None


def _refused(code: ErrorCode, message: str) -> Exception:
    refused: Exception = Refused(message, {"code": code.value})
    return refused


def _channel(said: tuple[Any, ...]) -> str | None:
    name = said[0].get("channel") if said and isinstance(said[0], dict) else None
    return name if isinstance(name, str) and 0 < len(name) <= MAX_NAME else None
