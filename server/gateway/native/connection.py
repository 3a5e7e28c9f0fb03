"""One native WebSocket: carries out what its session decides, on its wire, its streams and the executor's inbox.

It waits for nothing: a command's answer comes back by callback, a wire that refuses is written to again when it drains.
"""

import asyncio
from collections import deque
from typing import Final

import structlog

from server.gateway.commands.unanswered import AWAY
from server.gateway.limits import Limits
from server.gateway.native import messages
from server.gateway.native.commands_in_flight import CommandsInFlight
from server.gateway.native.decisions import (
    Acknowledge,
    Action,
    Close,
    HeartbeatDue,
    Perform,
    ReadMarket,
    ReadTrading,
    Send,
    SignedIn,
    StopReading,
)
from server.gateway.native.dialect import NATIVE
from server.gateway.native.session import Session
from server.gateway.native.trading_stream import TradingStream
from server.gateway.streams.hub import Hub, SocketStatus
from server.gateway.streams.journal_stream import LastWordWire, Reader
from server.gateway.streams.socket_streams import SocketStreams
from server.identity.authenticator import Identity
from server.ports import DatabaseAway, Orders
from tradeterm.protocol.vocabulary import CloseCode

log = structlog.get_logger(__name__)

OUTBOX_BYTES: Final = 4 << 20


class NativeConnection:
    """A client on `/ws`, from the accepted handshake to the close."""

    def __init__(self, session: Session, wire: LastWordWire, hub: Hub, orders: Orders, limits: Limits) -> None:
        self.socket_id = session.session_id
        self.address = wire.address
        self._session = session
        self._wire = wire
        self._hub = hub
        self._limits = limits
        self._since = hub.clock.now()
        self._streams = SocketStreams(hub, wire, OUTBOX_BYTES, self._unread)
        self._trading = TradingStream(hub, self._streams)
        self._commands = CommandsInFlight(hub, orders, limits, self._streams.send)
        self._held: deque[Action] | None = None
        self._resuming: asyncio.Future[None] | None = None
        self._entered: str | None = None
        self._closed = False
        hub.connect(self)

    # ------------------------------------------------------------ from the socket

    def receive(self, message: str | bytes) -> None:
        clock = self._hub.clock
        self._carry_out(self._session.receive(message, clock.monotonic(), clock.now()))

    def hear(self, message: str) -> None:
        """The same straight from the wire, which must not meet an exception."""
        try:
            self.receive(message)
        except Exception as error:
            self.fail(error)

    def fail(self, error: Exception) -> None:
        """Something could not be handled: the socket is closed, and nothing else."""
        if isinstance(error, DatabaseAway):
            self.close(CloseCode.INTERNAL, AWAY)
            return
        log.error("socket_failed", socket=self.socket_id, exc_info=error)
        self.close(CloseCode.INTERNAL, "the server made a mistake")

    def sign_in(self, token: str) -> None:
        """The handshake brought a token."""
        clock = self._hub.clock
        self._carry_out(self._session.sign_in(token, clock.monotonic(), clock.now()))

    def pinged(self) -> None:
        """A control frame came: a sign of life that counts as a message."""
        if not self._session.heard_from(self._hub.clock.monotonic()):
            self.close(CloseCode.TOO_MANY_MESSAGES, "too many messages")

    def drained(self) -> None:
        """The wire takes more again."""
        self._streams.drained()

    def failed(self, code: int, reason: str) -> None:
        """The client broke WebSocket's own protocol; the wire has closed it."""
        self._log_close(code, reason)
        self.gone()

    def gone(self) -> None:
        """The socket is closed, by whomever: let go of everything."""
        self._closed = True
        self._session.closed = True
        self._hub.disconnect(self)
        self._streams.close()
        self._held = None
        if self._entered is not None:
            self._limits.leave(self._entered)
            self._entered = None

    # ------------------------------------------------------------ to the socket

    def send(self, message: bytes) -> None:
        self._streams.send(message)

    def _unread(self) -> None:
        self.close(CloseCode.SLOW, "the answers are not read")

    def close(self, code: int, reason: str) -> None:
        """Close for a reason of ours: said to the client and to the log. Never waits for the reader."""
        if self._closed:
            return
        self._log_close(code, reason)
        if code != CloseCode.SLOW and (unread := self._streams.unsent()):
            self._wire.write_last(unread)  # what was carried out is answered
        self._wire.close(code, reason)
        self.gone()

    def _log_close(self, code: int, reason: str) -> None:
        identity = self._session.identity
        log.info(
            "socket_closed",
            code=int(code),
            reason=reason,
            user=identity.user if identity else None,
            session=identity.session_id if identity else None,
            socket=self.socket_id,
            address=self.address,
        )

    # ------------------------------------------------------------ from the hub

    def status(self) -> SocketStatus:
        identity, trading = self._session.identity, self._streams.trading
        flow = trading.flow if trading else None
        return SocketStatus(
            socket_id=self.socket_id,
            user=identity.user if identity else None,
            role=identity.role if identity else None,
            session_id=identity.session_id if identity else None,
            address=self.address,
            kind="websocket",
            since=self._since,
            channels=tuple(sorted(self._session.channels)),
            events_sent=flow.events if flow else 0,
            events_unacknowledged=flow.unacknowledged if flow else 0,
        )

    def belongs_to(self, session_id: str) -> bool:
        identity = self._session.identity
        return identity is not None and identity.session_id == session_id

    def revoke(self) -> None:
        self._carry_out(self._session.revoked())

    def reads(self, stream: Reader) -> bool:
        return self._streams.trading is stream

    def tick(self, now: float) -> None:
        self._carry_out(self._session.tick(now))
        if not self._closed and (self._streams.is_stalled(now) or self._trading.is_behind(now)):
            self.close(CloseCode.SLOW, "the reader stays behind")

    # ------------------------------------------------------------ what the session decides

    def _carry_out(self, actions: list[Action]) -> None:
        """In order: what wants to see the state while a commit is under way waits for its end, and all else behind it."""
        if self._held is not None and not any(isinstance(action, Close) for action in actions):
            self._held.extend(actions)
            return
        for at, action in enumerate(actions):
            if self._closed:
                return
            if isinstance(action, ReadTrading | ReadMarket) and not self._hub.view.is_settled:
                self._held = deque(actions[at:])
                self._resuming = asyncio.ensure_future(self._carry_on(self._held))
                return
            self._act(action)

    async def _carry_on(self, held: deque[Action]) -> None:
        """Carry out what waited for the end of a commit."""
        try:
            await self._hub.view.settled()
            self._held = None
            self._carry_out(list(held))
        except Exception as error:
            self.fail(error)

    def _act(self, action: Action) -> None:
        match action:
            case Perform():
                self._commands.perform(action, self._signed_in().user)
            case Send(message):
                self.send(message)
            case Close(code, reason):
                self.close(code, reason)
            case SignedIn(identity):
                self._enter(identity)
            case ReadTrading(request, position):
                self._trading.read_from(position, self._signed_in(), request)
            case ReadMarket(request, channel):
                self._streams.stop(channel.name)
                self.send(messages.subscribed(request, channel.name, "snapshot"))
                self._streams.read_market(channel, NATIVE)
            case StopReading(request, name):
                self._streams.stop(name)
                self.send(messages.unsubscribed(request, name))
            case Acknowledge(position):
                self._trading.acknowledge(position)
            case HeartbeatDue():
                self.send(messages.heartbeat(self._hub.clock.now(), self._trading.heads()))

    def _signed_in(self) -> Identity:
        identity = self._session.identity
        assert identity is not None, "the session says so before it decides anything else"
        return identity

    def _enter(self, identity: Identity) -> None:
        if not self._limits.enter(identity.budget):
            self.close(CloseCode.TOO_MANY_CONNECTIONS, "this user has as many sockets as may be")
            return
        self._entered = identity.budget
        log.info(
            "socket_signed_in", user=identity.user, role=identity.role, socket=self.socket_id, address=self.address
        )
