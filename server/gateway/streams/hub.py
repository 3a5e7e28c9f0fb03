"""The one place that knows every socket: commits and market changes in, each to those who read them, once.

It writes through wires and knows neither ASGI nor uvicorn. What is journaled is never queued here: a reader that does
not keep up is pulled from the journal when its wire takes more.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial
from typing import Any, Protocol

import structlog

from server.gateway.streams.ack_window import LagLimit
from server.gateway.streams.channels import MarketChannel
from server.gateway.streams.epoch import EVERYBODY, Epoch
from server.gateway.streams.journal_stream import (
    AccountFeed,
    Dialect,
    FeedBatch,
    MonitorFeed,
    Reader,
    SureWire,
    rows_by_account,
)
from server.gateway.streams.market_stream import Change, MarketDialect, MarketFeed, MarketReading
from server.ports import Clock, DatabaseAway, EventRow, History, MarketData, View
from tradeterm.protocol.times import time_text
from tradeterm.protocol.vocabulary import CloseCode, EventName
from tradeterm.protocol.wire import wire_name

log = structlog.get_logger(__name__)

TICK_S = 0.5
DialectMaker = Callable[[Callable[[], str]], Dialect]  # from what tells the epoch
PAGES_A_TURN = 4  # pages from the journal between two looks at the sockets: a few milliseconds


@dataclass(frozen=True, slots=True)
class SocketStatus:
    """One connected socket, as an admin sees it."""

    socket_id: str
    user: str | None
    role: str | None
    session_id: str | None
    address: str
    kind: str
    since: datetime
    channels: tuple[str, ...]
    events_sent: int
    events_unacknowledged: int

    def as_wire(self) -> dict[str, Any]:
        """As REST shows it."""
        return {wire_name(key): value for key, value in asdict(self).items()} | {"since": time_text(self.since)}


class Connection(Protocol):
    """One socket, whatever it speaks."""

    socket_id: str

    def status(self) -> SocketStatus: ...

    def belongs_to(self, session_id: str) -> bool: ...

    def tick(self, now: float) -> None: ...

    def close(self, code: CloseCode, reason: str) -> None: ...

    def revoke(self) -> None: ...

    def reads(self, stream: Reader) -> bool:
        """Whether it is this one's trading stream."""
        ...

    def fail(self, error: Exception) -> None:
        """Something of it could not be handled: it is closed, and nothing else. It comes back and begins anew."""
        ...


class Hub:
    """Listens to the bus and to the market data, on behalf of every socket."""

    def __init__(
        self,
        *,
        view: View,
        history: History,
        market_data: MarketData,
        clock: Clock,
        epoch: Epoch,
        allowance: LagLimit | None = None,
        soon: Callable[[Callable[[], None]], object] | None = None,
    ) -> None:
        """`soon` calls a function back in the loop's next turn."""
        self.view = view
        self.history = history
        self.market_data = market_data
        self.clock = clock
        self.epoch = epoch
        self.allowance = allowance or LagLimit()
        self._soon = soon or (lambda callback: asyncio.get_running_loop().call_soon(callback))
        self._connections: dict[str, Connection] = {}
        self._accounts: dict[str, dict[DialectMaker, AccountFeed]] = {}
        self._monitors: dict[DialectMaker, MonitorFeed] = {}
        self._markets: dict[str, dict[MarketDialect, MarketFeed]] = {}
        self._dirty: dict[AccountFeed | MonitorFeed | MarketFeed, None] = {}
        self._lagging: deque[Reader] = deque()
        self._stranded: list[Reader] = []  # to be pulled when the database is back
        self._flush_asked = False
        self._pump_asked = False

    # ------------------------------------------------------------ connections

    def connect(self, connection: Connection) -> None:
        self._connections[connection.socket_id] = connection

    def disconnect(self, connection: Connection) -> None:
        self._connections.pop(connection.socket_id, None)

    def statuses(self) -> list[SocketStatus]:
        """Every connected socket, for an admin."""
        return [connection.status() for connection in self._connections.values()]

    def revoke(self, session_id: str) -> None:
        """Close what the session holds open."""
        for connection in list(self._connections.values()):
            if connection.belongs_to(session_id):
                connection.revoke()

    def close_all(self, code: CloseCode, reason: str) -> None:
        """Say good-bye to everybody, after what was committed has gone out."""
        self.flush()
        for connection in list(self._connections.values()):
            connection.close(code, reason)

    def tick(self) -> None:
        """Time has passed: heartbeats, deadlines, slow readers, and readers that a lost bus message left behind."""
        self.flush()
        now = self.clock.monotonic()
        for connection in list(self._connections.values()):
            try:
                connection.tick(now)
            except Exception as error:
                connection.fail(error)
        stranded, self._stranded = self._stranded, []
        for stream in stranded:
            self.lag(stream)
        feeds: list[AccountFeed | MonitorFeed] = [*self._monitors.values()]
        for dialects in self._accounts.values():
            feeds.extend(dialects.values())
        with suppress(DatabaseAway):
            for feed in feeds:
                if feed.readers:
                    self._find_left_behind(feed, feed.head())

    def _find_left_behind(self, feed: AccountFeed | MonitorFeed, head: int) -> None:
        for stream in feed.readers:
            if stream.flow.place < head:
                self.lag(stream)

    # ------------------------------------------------------------ the bus

    def deliver(self, events: Sequence[EventRow]) -> None:
        """Take what a commit brought, and send it out. The journal is read for the monitors in the loop's next turn."""
        for account, rows in rows_by_account(events, self._accounts).items():
            for feed in self._accounts[account].values():
                feed.collect(rows)
                self._dirty[feed] = None
        self.flush()
        for monitors in self._monitors.values():
            self._mark(monitors)

    def tell(self, account: str, event: EventName, data: bytes, as_of: int) -> None:
        for feed in self._accounts.get(account, {}).values():
            feed.tell(event, data, as_of)
            self._mark(feed)

    def hears(self, account: str) -> bool:
        return account in self._accounts

    def market_event(self, channel: str, event: str, key: str, data: bytes) -> None:
        for feed in self._markets.get(channel, {}).values():
            feed.collect(Change(event, key, data))
            self._mark(feed)

    def _mark(self, feed: AccountFeed | MonitorFeed | MarketFeed) -> None:
        self._dirty[feed] = None
        if not self._flush_asked:
            self._flush_asked = True
            self._soon(self.flush)

    def flush(self) -> None:
        """Write what waits to everybody who stands right before it."""
        self._flush_asked = False
        while self._dirty:
            feed, _ = self._dirty.popitem()
            try:
                if isinstance(feed, MarketFeed):
                    feed.flush()
                else:
                    self._offer(feed.take(), feed)
            except DatabaseAway:
                pass  # monitors read it; once it is back the tick finds them left behind
            except Exception:
                log.exception("a feed could not be told", feed=type(feed).__name__)  # nor does that stop the others

    def _offer(self, batch: FeedBatch | None, feed: AccountFeed | MonitorFeed) -> None:
        if batch is None:
            return
        for stream in feed.readers:
            if not stream.offer(batch):
                self.lag(stream)

    # ------------------------------------------------------------ streams of the journal

    def account_feed(self, account: str, dialect: DialectMaker) -> AccountFeed:
        """The feed of one account for one kind of client; made when the first one asks."""
        feeds = self._accounts.setdefault(account, {})
        feed = feeds.get(dialect)
        if feed is None:
            feed = feeds[dialect] = AccountFeed(
                account, self.history, self.view, dialect(partial(self.epoch.of, account))
            )
        return feed

    def monitor_feed(self, dialect: DialectMaker) -> MonitorFeed:
        feed = self._monitors.get(dialect)
        if feed is None:
            feed = self._monitors[dialect] = MonitorFeed(self.history, dialect(partial(self.epoch.of, EVERYBODY)))
        return feed

    def join(self, stream: Reader) -> None:
        """Let a stream begin at its place. What waits goes out first: it belongs to those who were here."""
        self.flush()
        stream.feed.readers[stream] = None
        if self._pull(stream):
            self.lag(stream)

    def leave(self, stream: Reader) -> None:
        stream.feed.readers.pop(stream, None)
        feed = stream.feed
        if isinstance(feed, AccountFeed) and not feed.readers:
            self._forget(feed)

    def _forget(self, feed: AccountFeed) -> None:
        self._dirty.pop(feed, None)
        feeds = self._accounts.get(feed.account, {})
        for dialect in [dialect for dialect, held in feeds.items() if held is feed]:
            del feeds[dialect]
        if not feeds:
            self._accounts.pop(feed.account, None)

    def lag(self, stream: Reader) -> None:
        """Have a stream pulled from the journal in a later turn."""
        if stream.queued:
            return
        stream.queued = True
        self._lagging.append(stream)
        if not self._pump_asked:
            self._pump_asked = True
            self._soon(self._pump)

    def _pump(self) -> None:
        """A few pages, a page a reader in turn, so that nobody's long absence is everybody's wait."""
        self._pump_asked = False
        for _ in range(min(PAGES_A_TURN, len(self._lagging))):
            stream = self._lagging.popleft()
            stream.queued = False
            if stream in stream.feed.readers and self._pull(stream):
                stream.queued = True
                self._lagging.append(stream)
        if self._lagging and not self._pump_asked:
            self._pump_asked = True
            self._soon(self._pump)

    def _pull(self, stream: Reader) -> bool:
        """Whether there is more to pull at once; while the database is away it is put off to the next tick. Who reads what
        cannot be read, a damaged record say, is closed."""
        try:
            return stream.pull()
        except DatabaseAway:
            self._stranded.append(stream)
        except Exception as error:
            for connection in [one for one in self._connections.values() if one.reads(stream)]:
                connection.fail(error)
        return False

    # ------------------------------------------------------------ market data

    def join_market(self, channel: MarketChannel, wire: SureWire, dialect: MarketDialect) -> MarketReading:
        """Let a socket read a market channel: what there is now, and from then on what changes."""
        feeds = self._markets.setdefault(channel.name, {})
        feed = feeds.get(dialect)
        if feed is None:
            feed = feeds[dialect] = MarketFeed(channel, self.market_data, self._now_text, dialect)
            self.market_data.watch(channel.name)
        feed.flush()
        snapshot = feed.snapshot()
        if snapshot:
            wire.send(snapshot)
        reading = MarketReading(feed, wire)
        feed.readers[reading] = None
        return reading

    def leave_market(self, reading: MarketReading) -> None:
        feed = reading.feed
        feed.readers.pop(reading, None)
        feeds = self._markets.get(feed.channel.name, {})
        if feed.readers or feeds.get(feed.dialect) is not feed:
            return
        del feeds[feed.dialect]
        if not feeds:
            del self._markets[feed.channel.name]
        self._dirty.pop(feed, None)
        self.market_data.unwatch(feed.channel.name)

    def _now_text(self) -> str:
        return time_text(self.clock.now())

    # ------------------------------------------------------------ for as long as the server runs

    async def run(self) -> None:
        """Tick for ever: for the server's task group."""
        while True:
            await asyncio.sleep(TICK_S)
            self.tick()
