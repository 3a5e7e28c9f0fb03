"""One native WebSocket: carries out what its session decides, on its wire, its streams and the executor's inbox.

It waits for nothing: a command's answer comes back by callback, a wire that refuses is written to again when it drains.
"""

import asyncio
from collections import deque
from functools import partial
from typing import Final

import structlog

from server.domain.commands import Command
from server.gateway.commands.ended import of_ended
from server.gateway.commands.from_body import BadRequest
from server.gateway.commands.unanswered import AWAY, RETRY_S, unanswered
from server.gateway.limits import Limits
from server.gateway.native import messages
from server.gateway.native.commands import command_of, result_data
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
from server.gateway.native.dialect import NATIVE, NativeAccount, NativeMonitor
from server.gateway.native.messages import Id
from server.gateway.native.session import Session
from server.gateway.streams.channels import TRADING
from server.gateway.streams.epoch import EVERYBODY
from server.gateway.streams.hub import Hub, SocketStatus
from server.gateway.streams.journal_stream import LastWordWire, MonitorFeed, Reader
from server.gateway.streams.position import StreamPosition, cursor_text, parse_cursor
from server.gateway.streams.resume import Start, start_of
from server.gateway.streams.socket_streams import SocketStreams
from server.gateway.transport.frames import text_frame
from server.identity.authenticator import Identity
from server.ports import Answer, Busy, DatabaseAway, Orders, Stopping
from tradeterm.protocol.vocabulary import CloseCode, ErrorCode, Role

log = structlog.get_logger(__name__)

COMMANDS_IN_FLIGHT: Final = 64
OUTBOX_BYTES: Final = 4 << 20
BUSY_MS: Final = 1_000


class NativeConnection:
    """A client on `/ws`, from the accepted handshake to the close."""

    def __init__(self, session: Session, wire: LastWordWire, hub: Hub, orders: Orders, limits: Limits) -> None:
        self.socket_id = session.session_id
        self.address = wire.address
        self._session = session
        self._wire = wire
        self._hub = hub
        self._orders = orders
        self._limits = limits
        self._since = hub.clock.now()
        self._streams = SocketStreams(hub, wire, OUTBOX_BYTES, self._unread)
        self._in_flight = 0
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

    def tick(self, now: float) -> None:
        self._carry_out(self._session.tick(now))
        if not self._closed and self._is_slow(now):
            self.close(CloseCode.SLOW, "the reader stays behind")

    def _is_slow(self, now: float) -> bool:
        """Too much unacknowledged for too long, or a wire that has taken nothing for as long."""
        trading = self._streams.trading
        return self._streams.is_stalled(now) or (
            trading is not None and trading.flow.is_behind(now, self._hub.allowance)
        )

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
        except DatabaseAway:
            self.close(CloseCode.INTERNAL, AWAY)

    def _act(self, action: Action) -> None:
        match action:
            case Send(message):
                self.send(message)
            case Close(code, reason):
                self.close(code, reason)
            case SignedIn(identity):
                self._enter(identity)
            case ReadTrading(request, place):
                self._read_trading(request, place)
            case ReadMarket(request, channel):
                self._streams.stop(channel.name)
                self.send(messages.subscribed(request, channel.name, "snapshot"))
                self._streams.read_market(channel, NATIVE)
            case StopReading(request, name):
                self._streams.stop(name)
                self.send(messages.unsubscribed(request, name))
            case Acknowledge(place):
                self._acknowledge(place)
            case Perform():
                self._perform(action)
            case HeartbeatDue():
                self.send(messages.heartbeat(self._hub.clock.now(), self._heads()))

    def _enter(self, identity: Identity) -> None:
        if not self._limits.enter(identity.budget):
            self.close(CloseCode.TOO_MANY_CONNECTIONS, "this user has as many sockets as may be")
            return
        self._entered = identity.budget
        log.info(
            "socket_signed_in", user=identity.user, role=identity.role, socket=self.socket_id, address=self.address
        )

    def _heads(self) -> dict[str, int | str]:
        """How far this socket has been written to: a client that has less has lost something."""
        trading = self._streams.trading
        return {} if trading is None else {TRADING: self._wire_place(trading.shown)}

    def _wire_place(self, place: int) -> int | str:
        trading = self._streams.trading
        is_monitor = trading is not None and isinstance(trading.feed, MonitorFeed)
        return cursor_text(self._hub.epoch.of(EVERYBODY), place) if is_monitor else place

    def _read_trading(self, request: Id, place: StreamPosition | None) -> None:
        identity, hub = self._session.identity, self._hub
        assert identity is not None
        self._streams.leave_trading()
        # What is committed and not yet out belongs to those who were here before.
        hub.flush()
        is_monitor = identity.role is Role.MONITOR
        feed = hub.monitor_feed(NativeMonitor) if is_monitor else hub.account_feed(identity.user, NativeAccount)
        history = EVERYBODY if is_monitor else identity.user
        start = start_of(
            place, is_monitor=is_monitor, may_renew=identity.may_trade, feed=feed, epoch=hub.epoch, account=history
        )
        reader = self._streams.trading = Reader(feed, self._streams, start.place, self._live)
        head = self._wire_place(start.head)
        stream = start.described(hub.epoch.of(history), head)
        self.send(messages.subscribed(request, TRADING, start.mode, stream=stream))
        if start.mode == "snapshot":
            self._send_snapshot(identity, start)
        hub.join(reader)

    def _send_snapshot(self, identity: Identity, start: Start) -> None:
        """Everything as it is at the head, which nothing can move in this turn."""
        view = self._hub.view
        if identity.role is Role.MONITOR:
            names = [name for name in view.accounts() if not name.startswith(":")]
            seen = ("orders", "positions")
            found = [(name, {key: view.snapshot(name)[1].get(key, []) for key in seen}) for name in names]
            as_of = self._wire_place(start.place)
            pages = messages.snapshot(TRADING, as_of, list(found))
        else:
            seq, contents = view.snapshot(identity.user)
            pages = messages.snapshot(TRADING, seq, [(None, contents)])
        for message in pages:
            self.send(message)

    def _live(self, place: int) -> bytes:
        return text_frame(messages.live(TRADING, self._wire_place(place)))

    def _acknowledge(self, place: StreamPosition) -> None:
        trading = self._streams.trading
        if trading is None:
            return
        if place.seq is not None:
            trading.flow.ack(place.seq)
        elif place.cursor is not None and (parsed := parse_cursor(place.cursor)):
            trading.flow.ack(parsed[1])

    # ------------------------------------------------------------ commands

    def _perform(self, perform: Perform) -> None:
        identity, request = self._session.identity, perform.request
        assert identity is not None
        try:
            command, leaving = command_of(identity.user, perform, self._hub.view.markets())
        except BadRequest as bad:
            self.send(messages.error(bad.code, bad.text, request=request))
            return
        wait_s = self._limits.command(identity.user, relief=leaving)
        if wait_s or self._in_flight >= COMMANDS_IN_FLIGHT:
            self._rate_limited(request, int(wait_s * 1000) + 1)
            return
        try:
            self._orders.offer(command, partial(self._told, command, request))
        except Busy:
            self._rate_limited(request, BUSY_MS)
        except (DatabaseAway, Stopping) as error:
            self.send(_failure(error, request))
        else:
            self._in_flight += 1

    def _rate_limited(self, request: Id, retry_ms: int) -> None:
        self.send(messages.error(ErrorCode.RATE_LIMITED, "too many commands", request=request, retry_ms=retry_ms))

    def _told(self, command: Command, request: Id, outcome: Answer | Exception) -> None:
        self._in_flight -= 1
        if isinstance(outcome, Answer) and outcome.code is None:
            self.send(messages.result(request, result_data(command, outcome.body or b"{}"), outcome.seq))
        else:
            # What became of an order that has ended is read from the database: not within the executor's turn.
            asyncio.get_running_loop().call_soon(self._refused, command, request, outcome)

    def _refused(self, command: Command, request: Id, outcome: Answer | Exception) -> None:
        try:
            if isinstance(outcome, Exception):
                raise outcome
            answer = of_ended(self._hub.history, command, outcome)
        except Exception as error:
            self.send(_failure(error, request))
            return
        self.send(messages.error(answer.code or "", answer.message or "", request=request, details=answer.details))


def _failure(error: BaseException, request: Id) -> bytes:
    """What a command without an answer is told."""
    known = unanswered(error)
    if known is None:
        return messages.error(ErrorCode.INTERNAL, "the outcome is not known", request=request)
    return messages.error(*known, request=request, retry_ms=int(RETRY_S * 1000))
