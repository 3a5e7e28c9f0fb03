"""What is served of the markets, and the chart's history."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from server.ports.venue import PrintReport


class MarketSink(Protocol):
    """Where the runner tells what moved; called once a turn, after the commit."""

    def observe(self, prints: Sequence[PrintReport], touched: Iterable[str], at: datetime) -> None:
        """`prints` of one turn, in their order, and the symbols whose books were `touched`; `at` is the time of the
        turn. Must not raise."""
        ...


class MarketData(Protocol):
    """What the gateway serves of the markets; values are encoded wire objects."""

    def ticker(self, symbol: str) -> bytes:
        """The ticker of now. KeyError for a symbol that is not traded here, as below."""
        ...

    def book(self, symbol: str, depth: int) -> bytes:
        """Up to `depth` levels a side, best first."""
        ...

    def trades(self, symbol: str, limit: int) -> list[bytes]:
        """The tape: up to `limit` prints, newest first."""
        ...

    def candles(self, symbol: str, interval: str, limit: int) -> Iterable[bytes]:
        """Those of now, encoded as they are taken."""
        ...

    def watch(self, channel: str) -> None:
        """Somebody reads this channel now (counted): from here on it is computed."""
        ...

    def unwatch(self, channel: str) -> None:
        """One reader of this channel less; with the last one it is computed no more."""
        ...


class MarketReader(Protocol):
    """The gateway's side of live market data: one call per changed key."""

    def market_event(self, channel: str, event: str, key: str, data: bytes) -> None:
        """What `key` of a channel is now, as encoded data: a later one of the same key takes its place."""
        ...


@dataclass(slots=True)
class CandleRow:
    """One closed candle as it is kept. `at` is its opening; empty intervals that nobody traded in need not be kept."""

    symbol: str
    interval: str
    at: datetime
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal
    trades: int
    seeded: bool = False
    hole: bool = False


class CandleStore(Protocol):
    """The chart's history over restarts. No part of the journal: a candle that was lost is made again or left out."""

    def save(self, rows: Sequence[CandleRow]) -> None:
        """Keep closed candles, all or none of them; one that is there already is replaced."""
        ...

    def load(self, symbol: str, interval: str, since: datetime) -> Sequence[CandleRow]:
        """Those that opened at `since` or later, oldest first."""
        ...

    def forget(self, interval: str, before: datetime) -> None:
        """Drop those of an interval, of all symbols, that opened earlier."""
        ...

    def forget_from(self, at: datetime) -> None:
        """Drop all that opened then or later: a clock was ahead."""
        ...
