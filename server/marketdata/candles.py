"""Exact candles from trades. Trades fold into the running second; whole seconds fold into everything longer.

So a trade costs one update however many intervals there are, and memory is bounded by what is kept. Times are whole
seconds since 1970 UTC: every interval up to a day begins where the clock of UTC says.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from tradeterm.protocol.arithmetic import ZERO
from tradeterm.protocol.market import INTERVALS

KEEP = {"1s": 3600, "1m": 3000, "5m": 2000, "15m": 2000, "1h": 2000, "1d": 1000}


@dataclass(slots=True)
class Candle:
    """One interval; an empty one carries the last close four times."""

    time: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal = ZERO
    trades: int = 0
    seeded: bool = False
    hole: bool = False

    def take(self, price: Decimal, quantity: Decimal) -> None:
        """One trade. The first of an empty candle opens it anew."""
        if not self.trades:
            self.open = self.high = self.low = price
        elif price > self.high:
            self.high = price
        elif price < self.low:
            self.low = price
        self.close = price
        self.volume += quantity
        self.trades += 1

    def fold(self, part: "Candle") -> None:
        """A later, shorter candle becomes part of this one."""
        self.hole = self.hole or part.hole
        if not part.trades:
            return
        if not self.trades:
            self.open, self.high, self.low = part.open, part.high, part.low
        else:
            # Half a start's invented past is spent here: a comparison costs a third of `max`.
            if part.high > self.high:
                self.high = part.high
            if part.low < self.low:
                self.low = part.low
        self.close = part.close
        self.volume += part.volume
        self.trades += part.trades


class Series:
    """The candles of one interval: the closed ones that are kept, and the running one."""

    def __init__(self, interval_s: int, keep: int) -> None:
        self.interval_s = interval_s
        self.closed: deque[Candle] = deque(maxlen=keep)
        self.running: Candle | None = None

    def fold(self, part: Candle) -> None:
        """Add a shorter candle that starts within the running interval or after it."""
        running = self.reach(part.time, part.open)
        running.fold(part)

    def reach(self, time: int, price: Decimal) -> Candle:
        """The running candle at `time`; what lies between closes, empty where nothing traded."""
        start = time - time % self.interval_s
        running = self.running
        if running is None:
            running = self.running = Candle(start, price, price, price, price)
        elif start > running.time:
            running = self.running = self._close(running, start)
        return running

    def _close(self, running: Candle, start: int) -> Candle:
        self.closed.append(running)
        last = running.close
        first_empty = max(running.time + self.interval_s, start - (self.closed.maxlen or 0) * self.interval_s)
        for time in range(first_empty, start, self.interval_s):
            self.closed.append(Candle(time, last, last, last, last))
        return Candle(start, last, last, last, last)

    def rewind(self, time: int) -> None:
        """It is `time`, and what was thought to be later never was."""
        start = time - time % self.interval_s
        if self.running is None or self.running.time <= start:
            return
        later = self.running
        while self.closed and self.closed[-1].time > start:
            later = self.closed.pop()
        if self.closed and self.closed[-1].time == start:
            self.running = self.closed.pop()
            return
        price = self.closed[-1].close if self.closed else later.open
        self.running = Candle(start, price, price, price, price)

    def seed(self, candles: Iterable[Candle], now: int) -> None:
        """History from before the first trade, oldest first; the one that `now` (seconds) falls into goes on."""
        for candle in candles:
            if candle.time + self.interval_s > now:
                self.running = candle
            else:
                self.closed.append(candle)


class Candles:
    """All intervals of one symbol."""

    def __init__(self) -> None:
        self.series = {name: Series(seconds, KEEP[name]) for name, seconds in INTERVALS.items()}
        self.rewound: int | None = None
        self._second = self.series["1s"]
        self._longer = [series for name, series in self.series.items() if name != "1s"]

    def trade(self, price: Decimal, quantity: Decimal, time: int) -> None:
        """One trade at a whole second. Times never go back: an earlier one counts in the running second."""
        running = self._second.running
        if running is None or time > running.time:
            running = self._advance(time, price)
        running.take(price, quantity)

    def advance(self, time: int) -> None:
        """Time passed, trade or no trade: close what is over."""
        running = self._second.running
        if running is not None and time > running.time:
            self._advance(time, running.close)

    def is_ahead(self, time: int) -> bool:
        """Whether the running second is a later one."""
        running = self._second.running
        return running is not None and running.time > time

    def rewind(self, time: int) -> None:
        """The clock was ahead and is right now: candles of that future are forgotten, and those of the past go on.

        `rewound` remembers how far back that was, for who has kept them.
        """
        self.rewound = time if self.rewound is None else min(time, self.rewound)
        for series in self.series.values():
            series.rewind(time)

    def _advance(self, time: int, price: Decimal) -> Candle:
        done = self._second.running
        running = self._second.reach(time, price)
        for series in self._longer:
            if done is not None:
                series.fold(done)
            series.reach(time, running.close)
        return running

    def advance_from(self, price: Decimal, time: int) -> None:
        """Begin at a price before anything traded."""
        for series in self.series.values():
            series.reach(time, price)

    def last(self, interval: str, limit: int) -> list[Candle]:
        """The newest candles, oldest first; the last one is still running."""
        series = self.series[interval]
        found = list(series.closed)[-limit:]
        running = self.now(interval)
        return [*found, running][-limit:] if running is not None else found

    def now(self, interval: str) -> Candle | None:
        """The running candle with the running second in it."""
        series, second = self.series[interval], self._second.running
        if series.running is None:
            return None
        running = replace(series.running)
        if series is not self._second and second is not None:
            running.fold(second)
        return running
