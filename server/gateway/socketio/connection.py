"""One Socket.IO client: its own stream from the connect on, market channels when asked for, nothing to acknowledge.

Beside it `/ws` has `native.connection`; both read the same journal through the same hub.
"""

from collections.abc import Callable
from typing import Any, Final

import orjson
import structlog

from server.gateway.socketio.dialect import MARKETS, SocketIoAccount, SocketIoMonitor, event_payload
from server.gateway.socketio.engineio_wire import EngineIoWire
from server.gateway.streams.channels import TRADING, MarketChannel, parse_market_channel
from server.gateway.streams.epoch import EVERYBODY
from server.gateway.streams.hub import Hub, SocketStatus
from server.gateway.streams.journal_stream import JournalFeed, Reader
from server.gateway.streams.socket_streams import SocketStreams
from server.identity.authenticator import Identity
from tradeterm.protocol.foreign_text import sentence
from tradeterm.protocol.vocabulary import CloseCode, ErrorCode, Role

log = structlog.get_logger(__name__)

OUTBOX_BYTES: Final = 256 * 1024


class SocketIoConnection:
    """A signed-in client, from the answered CONNECT to the end of its session."""

    def __init__(
        self,
        socket_id: str,
        identity: Identity,
        hub: Hub,
        subscriptions: int,
        gone: Callable[[], None],
        wire: Callable[[Callable[[], None]], EngineIoWire],
    ) -> None:
        """`wire(drained)` makes its wire; `gone()` is called once, when it is over."""
        self.socket_id = socket_id
        self.identity = identity
        self._hub = hub
        self._subscriptions = subscriptions
        self._gone = gone
        self._wire = wire(self.drained)
        self.address = self._wire.address
        self._streams = SocketStreams(hub, self._wire, OUTBOX_BYTES, self._unread)
        self._since = hub.clock.now()
        # By steady time: the wall's clock may be set while the socket is open.
        self._ends = hub.clock.monotonic() + (identity.expires_at - self._since).total_seconds()
        self._begins_at: int | None = None
        self._closed = False
        hub.connect(self)

    # ------------------------------------------------------------ from and to the wire

    def drained(self) -> None:
        """The wire takes more again."""
        self._streams.drained()

    def _unread(self) -> None:
        self.close(CloseCode.SLOW, "the answers are not read")

    def close(self, code: int, reason: str) -> None:
        """End the connection for a reason of ours; the client may come back and is told then."""
        if self._closed:
            return
        log.info(
            "socket_closed",
            code=int(code),
            reason=reason,
            user=self.identity.user,
            session=self.identity.session_id,
            socket=self.socket_id,
            address=self.address,
        )
        self._wire.close(code, reason)
        self.gone()

    def gone(self) -> None:
        """The session is over, whoever ended it: let go of everything."""
        if self._closed:
            return
        self._closed = True
        self._hub.disconnect(self)
        self._streams.close()
        self._gone()

    # ------------------------------------------------------------ from the hub

    def status(self) -> SocketStatus:
        trading = self._streams.trading
        channels = [*self._streams.markets, *([TRADING] if trading else [])]
        return SocketStatus(
            socket_id=self.socket_id,
            user=self.identity.user,
            role=self.identity.role,
            session_id=self.identity.session_id,
            address=self.address,
            kind=self._wire.kind,
            since=self._since,
            channels=tuple(sorted(channels)),
            events_sent=trading.flow.events if trading else 0,
            events_unacknowledged=0,
        )

    def belongs_to(self, session_id: str) -> bool:
        return self.identity.session_id == session_id

    def revoke(self) -> None:
        self.close(CloseCode.SESSION_REVOKED, "the session has ended")

    def reads(self, stream: Reader) -> bool:
        return self._streams.trading is stream

    def fail(self, error: Exception) -> None:
        """Something of it could not be handled: it is closed, and nothing else."""
        log.error("socket_failed", socket=self.socket_id, exc_info=error)
        self.close(CloseCode.INTERNAL, "the server made a mistake")

    def tick(self, now: float) -> None:
        if now >= self._ends:
            self.close(CloseCode.TOKEN_EXPIRED, "the token has expired")
        elif self._streams.is_stalled(now):
            self.close(CloseCode.SLOW, "the reader stays behind")

    # ------------------------------------------------------------ channels

    def stream_soon(self, place: int) -> None:
        """Have the own stream (for a monitor, everybody's) read from a place on, once `begin` is called: what comes in one
        poll with the CONNECT is heard before its answer has gone out."""
        self._begins_at = place

    def begin(self) -> None:
        """The CONNECT is answered."""
        if self._begins_at is not None:
            self._stream_from(self._begins_at)

    def _stream_from(self, place: int) -> None:
        self._begins_at = None
        hub = self._hub
        is_monitor = self.identity.role is Role.MONITOR
        feed: JournalFeed = (
            hub.monitor_feed(SocketIoMonitor) if is_monitor else hub.account_feed(self.identity.user, SocketIoAccount)
        )
        self._streams.trading = Reader(feed, self._streams, place, _no_marker)
        hub.join(self._streams.trading)

    def subscribe(self, name: str) -> None:
        if name == TRADING and self.identity.role is not Role.ADMIN:
            if self._streams.trading is None and self._begins_at is None:
                self._stream_from(head_of(self._hub, self.identity))
        elif (channel := self._market(name)) is None:
            self._refuse(ErrorCode.FORBIDDEN, "this is not yours to use")
            return
        elif name not in self._streams.markets:
            if len(self._streams.markets) >= self._subscriptions:
                self._refuse(
                    ErrorCode.RATE_LIMITED, f"{self._subscriptions} subscriptions are all that a socket may have"
                )
                return
            self._streams.read_market(channel, MARKETS)
        self._answer("subscribed", {"channel": name})

    def unsubscribe(self, name: str) -> None:
        if name == TRADING:
            self._begins_at = None
        self._streams.stop(name)
        self._answer("unsubscribed", {"channel": name})

    def refuse_shape(self) -> None:
        self._refuse(ErrorCode.VALIDATION_FAILED, 'say which channel: {"channel": …}')

    def _market(self, name: str) -> MarketChannel | None:
        channel = parse_market_channel(name)
        return channel if channel is not None and channel.symbol in self._hub.view.markets() else None

    def _refuse(self, code: ErrorCode, message: str) -> None:
        self._answer("error", {"code": code, "message": sentence(message)})

    def _answer(self, event: str, said: dict[str, Any]) -> None:
        self._streams.send(event_payload(event, orjson.dumps(said)))


def history_of(identity: Identity) -> str:
    """Whose history a user reads."""
    return EVERYBODY if identity.role is Role.MONITOR else identity.user


def head_of(hub: Hub, identity: Identity) -> int:
    """The newest place of the history that a user reads."""
    return hub.history.head_cursor() if identity.role is Role.MONITOR else hub.view.head(identity.user)


def reaches_back(hub: Hub, identity: Identity, place: int) -> bool:
    """Whether everything after a place is still in the journal."""
    if identity.role is Role.MONITOR:
        return [one.cursor for one in hub.history.all_events(place, 1)] == [place + 1]
    return [one.seq for one in hub.history.events(identity.user, place, 1)] == [place + 1]


def _no_marker(place: int) -> bytes:
    return b""
