"""The chart's history over restarts: what is kept of the candles, what comes back of them, and where nothing is known.

Minutes, hours and days are kept; five and fifteen minutes are made of minutes. Candles in which nobody traded are not
kept, unless they are holes: time in which the server was away, and nobody can say what traded.
"""

from bisect import bisect_right
from collections.abc import Mapping, MutableMapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import islice
from operator import attrgetter

from server.marketdata.candles import KEEP, Candle
from server.marketdata.feeds import PricedFeed
from server.marketdata.market_board import MarketBoard
from server.marketdata.seeded_history import grouped
from server.ports import CandleRow, CandleStore
from tradeterm.protocol.market import INTERVALS

KEPT = ("1m", "1h", "1d")
KEEP_DAYS = {"1m": 30, "1h": 90, "1d": 1000}
BATCH = 500
FORGET_EVERY = timedelta(hours=1)

Marks = dict[tuple[str, str], int]  # (symbol, interval) → opening of the newest candle that is kept, seconds


def restore(board: MarketBoard, store: CandleStore, now: datetime) -> Marks:
    """Bring back what the store has; symbols that are in the answer need no seeded history.

    The time since the newest kept minute is a hole. Minutes are the last 50 hours at most, as in memory.
    """
    second, marks = int(now.timestamp()), Marks()
    for symbol in board.symbols():
        rows = {name: _load(store, symbol, name, now) for name in KEPT}
        newest = max((found[-1] for found in rows.values() if found), key=lambda one: one.time, default=None)
        if newest is None:
            continue
        marks |= {(symbol, name): found[-1].time for name, found in rows.items() if found}
        if not rows["1m"]:
            # Away for longer than minutes are in memory: all of them are a hole.
            first, price = second - second % 60 - KEEP["1m"] * 60, newest.close
            rows["1m"] = [Candle(first, price, price, price, price, hole=True)]
        _bring_back(board, symbol, rows, second)
    return marks


def join_past(
    board: MarketBoard, feed: PricedFeed | None, now: datetime, last: MutableMapping[str, Decimal], marks: Marks
) -> None:
    """Give markets that nothing was restored of the past that their feed knows, and every market its last price.

    `last` holds the prices that are known already, and takes those of the feed for the rest; `marks` is what `restore`
    answered.
    """
    restored = {symbol for symbol, _ in marks}
    for symbol in board.symbols():
        one = board.symbol(symbol)
        price = one.last
        if symbol not in restored and feed is not None:
            price = feed.past(symbol, one.candles, int(now.timestamp()), last.get(symbol))
        if price is not None:
            one.last = last.setdefault(symbol, price)


class Keeper:
    """Saves closed candles a batch at a time, and drops those that are older than is kept."""

    def __init__(
        self,
        board: MarketBoard,
        store: CandleStore,
        began: datetime,
        marks: Marks | None = None,
        keep_days: Mapping[str, int] = KEEP_DAYS,
    ) -> None:
        """`began` is when the board was restored, `marks` what `restore` answered."""
        self._board, self._store = board, store
        self._marks = Marks(marks or {})
        self._keep_days = keep_days
        self._forget_at: datetime | None = None
        # From which second on nothing that is kept can be true; at a start, what an earlier one wrote of its future.
        self._never_was: int | None = int(began.timestamp())

    def save(self, now: datetime) -> int:
        """Save what is due, a batch at most; how many that were. For a loop: `write(due())` may run in a thread instead."""
        rows = self.due()
        self.write(rows, now)
        return len(rows)

    def due(self) -> list[CandleRow]:
        """The oldest closed candles that are not kept yet. Reads the board: not for another thread."""
        rows: list[CandleRow] = []
        for symbol in self._board.symbols():
            self._look_back(symbol)
            for name in KEPT:
                rows += self._fresh(symbol, name, BATCH - len(rows))
        return rows

    def write(self, rows: Sequence[CandleRow], now: datetime) -> None:
        """Keep these, the answer of `due`; and forget, once an hour. Touches only the store."""
        if self._never_was is not None:
            self._store.forget_from(datetime.fromtimestamp(self._never_was, UTC))
            self._never_was = None
        self._store.save(rows)
        for row in rows:
            self._marks[row.symbol, row.interval] = int(row.at.timestamp())
        if self._forget_at is None or now >= self._forget_at:
            self._forget_at = now + FORGET_EVERY
            for name, days in self._keep_days.items():
                self._store.forget(name, now - timedelta(days=days))

    def _fresh(self, symbol: str, name: str, most: int) -> list[CandleRow]:
        """The oldest that are not kept yet, so many at most."""
        if most <= 0:
            return []
        closed = self._board.symbol(symbol).candles.series[name].closed
        first = bisect_right(closed, self._marks.get((symbol, name), -1), key=attrgetter("time"))
        known = (one for one in islice(closed, first, None) if one.trades or one.hole)
        return [_row(symbol, name, one) for one in islice(known, most)]

    def _look_back(self, symbol: str) -> None:
        """Where a clock was ahead, what has been kept of that future never was, and is to be kept anew as it comes."""
        candles = self._board.symbol(symbol).candles
        if candles.rewound is None:
            return
        since, candles.rewound = candles.rewound, None
        self._never_was = since if self._never_was is None else min(since, self._never_was)
        for name in KEPT:
            known = self._marks.get((symbol, name), -1)
            self._marks[symbol, name] = min(known, since - since % INTERVALS[name] - 1)


# ---------------------------------------------------------------- back from the store


def _load(store: CandleStore, symbol: str, name: str, now: datetime) -> list[Candle]:
    since = now - timedelta(seconds=KEEP[name] * INTERVALS[name])
    return [_candle(row) for row in store.load(symbol, name, since) if row.at <= now]


def _bring_back(board: MarketBoard, symbol: str, rows: Mapping[str, list[Candle]], now: int) -> None:
    one = board.symbol(symbol)
    minutes = _without_gaps(rows["1m"], "1m", now)
    hours = _joined(rows["1h"], grouped(minutes, "1h"), "1h", now)
    days = _joined(rows["1d"], grouped(hours, "1d"), "1d", now)
    found = {"1m": minutes, "1h": hours, "1d": days}
    found |= {name: grouped(minutes, name) for name in ("5m", "15m")}
    for name, candles in found.items():
        one.candles.series[name].seed(candles, now)
    one.last = minutes[-1].close
    one.candles.advance_from(one.last, now)


def _without_gaps(candles: Sequence[Candle], name: str, until: int) -> list[Candle]:
    """Empty candles where none was kept; holes from after the newest one to now."""
    interval_s = INTERVALS[name]
    found: list[Candle] = []
    for candle in candles:
        if found:
            found += _empty(found[-1], interval_s, candle.time, hole=False)
        found.append(candle)
    if found:
        found += _empty(found[-1], interval_s, until - until % interval_s, hole=True)
    return found


def _empty(last: Candle, interval_s: int, until: int, *, hole: bool) -> list[Candle]:
    price = last.close
    return [
        Candle(time, price, price, price, price, hole=hole) for time in range(last.time + interval_s, until, interval_s)
    ]


def _joined(kept: Sequence[Candle], made: Sequence[Candle], name: str, until: int) -> list[Candle]:
    """The kept ones up to the first that could be made of shorter ones and is not kept, and from there on those."""
    last = kept[-1].time if kept else -1
    return _without_gaps([*kept, *(one for one in made if one.time > last)], name, until)


def _candle(row: CandleRow) -> Candle:
    prices = (row.open, row.high, row.low, row.close)
    return Candle(int(row.at.timestamp()), *prices, row.volume, row.trades, row.seeded, row.hole)


def _row(symbol: str, name: str, candle: Candle) -> CandleRow:
    at = datetime.fromtimestamp(candle.time, UTC)
    prices = (candle.open, candle.high, candle.low, candle.close)
    return CandleRow(symbol, name, at, *prices, candle.volume, candle.trades, candle.seeded, candle.hole)
