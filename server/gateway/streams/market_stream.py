"""Market data to sockets: one frame a changed key for everybody who keeps up, the latest alone for who does not.

Nothing waits in a queue: a slow reader has one pending value a key, however long it is slow. What the values mean is
the market data's; only prints are looked into, because several become one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

import orjson

from server.gateway.streams.channels import MarketChannel, MarketKind
from server.gateway.streams.journal_stream import Writable
from server.ports import MarketData
from tradeterm.protocol.money import quantity_text

BOOK_DEPTH = 20
FIRST_TRADES = 50
FIRST_CANDLES = 300
MAX_KEYS = 64  # pending values of one slow reader in one channel: candles have a key an interval


@dataclass(slots=True)
class Change:
    """One new value of one key; `merged` counts the changes that it stands for."""

    event: str
    key: str
    data: bytes
    merged: int = 1


class MarketDialect(Protocol):
    """How one kind of client is told of the markets."""

    def change(self, channel: str, event: str, data: bytes, merged: int) -> bytes:
        """A frame."""
        ...

    def snapshot(self, channel: MarketChannel, current: bytes, timestamp: bytes) -> bytes:
        """A message, not yet a frame."""
        ...


class MarketReading:
    """One socket that reads one market channel."""

    __slots__ = ("_pending", "feed", "wire")

    def __init__(self, feed: "MarketFeed", wire: Writable) -> None:
        self.feed = feed
        self.wire = wire
        self._pending: dict[str, Change] = {}

    @property
    def is_slow(self) -> bool:
        return bool(self._pending)

    def merge(self, change: Change) -> None:
        """Keep a change for later: over an older one of its key, with prints as their range and sum."""
        older = self._pending.pop(change.key, None)
        if older is None:
            self._pending[change.key] = Change(change.event, change.key, change.data, change.merged)
        else:
            data = merged_prints(older.data, change.data) if change.event == "trade" else change.data
            self._pending[change.key] = Change(change.event, change.key, data, older.merged + change.merged)
        if len(self._pending) > MAX_KEYS:
            del self._pending[next(iter(self._pending))]

    def catch_up(self) -> None:
        """Write what is pending, as far as the wire takes it."""
        for key, change in list(self._pending.items()):
            if not self.wire.write(self.feed.frame(change, afresh=True)):
                return
            del self._pending[key]


class MarketFeed:
    """One market channel with those who read it."""

    def __init__(
        self,
        channel: MarketChannel,
        market_data: MarketData,
        now_text: Callable[[], str],
        dialect: MarketDialect,
    ) -> None:
        self.channel = channel
        self.dialect = dialect
        self.readers: dict[MarketReading, None] = {}
        self._market_data = market_data
        self._now_text = now_text
        self._waiting: list[Change] = []

    def collect(self, change: Change) -> None:
        self._waiting.append(change)

    def flush(self) -> None:
        """Write what came in this turn: once a reader, joined."""
        waiting, self._waiting = self._waiting, []
        if not waiting:
            return
        frames = b"".join([self.frame(change) for change in waiting])
        for reader in self.readers:
            if reader.is_slow or not reader.wire.write(frames):
                for change in waiting:
                    reader.merge(change)

    def frame(self, change: Change, *, afresh: bool = False) -> bytes:
        """`afresh`: for a reader that missed something, to whom a change of the book alone would mean nothing."""
        data = change.data
        if afresh and self.channel.kind is MarketKind.BOOK:
            book = self._market_data.book(self.channel.symbol, BOOK_DEPTH)
            data = b'{"book":%b,"timestamp":%b}' % (book, orjson.dumps(self._now_text()))
        merged = change.merged if change.merged > 1 else 0
        return self.dialect.change(self.channel.name, change.event, data, merged)

    def snapshot(self) -> bytes:
        """The message that a new reader starts from; empty when this kind of client gets none."""
        timestamp = orjson.dumps(self._now_text())
        return self.dialect.snapshot(self.channel, self._current(), timestamp)

    def _current(self) -> bytes:
        symbol, source = self.channel.symbol, self._market_data
        match self.channel.kind:
            case MarketKind.TICKER:
                return source.ticker(symbol)
            case MarketKind.BOOK:
                return source.book(symbol, BOOK_DEPTH)
            case MarketKind.TRADES:
                return b"[%b]" % b",".join(source.trades(symbol, FIRST_TRADES))
            case MarketKind.CANDLES:
                return b"[%b]" % b",".join(source.candles(symbol, self.channel.interval, FIRST_CANDLES))


def merged_prints(older: bytes, newer: bytes) -> bytes:
    """Two prints, or ranges of prints, as one: the newer's price and time, the range, and the sum of the quantities."""
    first: dict[str, Any] = orjson.loads(older)
    second: dict[str, Any] = orjson.loads(newer)
    low, high = _range(first["trade"]), _range(second["trade"])
    prints = second["trade"] | {
        "quantity": quantity_text(Decimal(first["trade"]["quantity"]) + Decimal(second["trade"]["quantity"])),
        "merged": first["trade"].get("merged", 1) + second["trade"].get("merged", 1),
        "low": min(low[0], high[0], key=Decimal),
        "high": max(low[1], high[1], key=Decimal),
        "firstId": first["trade"].get("firstId", first["trade"]["id"]),
    }
    return orjson.dumps(second | {"trade": prints})


def _range(prints: dict[str, Any]) -> tuple[str, str]:
    price = prints["price"]
    return prints.get("low", price), prints.get("high", price)
