"""Averages over candles: VWAP since the day began, and moving averages of closes. For drawing, so in floats; pure."""

from bisect import bisect_left
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import accumulate

from tradeterm.protocol.market import Candle

FAST, SLOW = 20, 50  # candles of the two moving averages
Values = Sequence[float | None]


class Averages:
    """Of one run of candles, oldest first. What is closed is summed once; the running candle is added at every look."""

    def __init__(self) -> None:
        self._of: tuple[object, ...] = ()
        self._closes: list[float] = [0.0]
        self._volumes: list[float] = [0.0]
        self._values: list[float] = [0.0]
        self._day = 0
        self._candles: Sequence[Candle] = ()

    def see(self, candles: Sequence[Candle]) -> None:
        """Take these from now on. Only when another candle runs is all of it summed anew."""
        if not candles:
            self._of, self._candles = (), ()
            return
        of = (candles[0].symbol, candles[0].interval, candles[0].time, len(candles), candles[-1].time)
        if of != self._of:
            self._of = of
            closed = candles[:-1]
            self._closes = [0.0, *accumulate(float(one.close) for one in closed)]
            self._volumes = [0.0, *accumulate(float(one.volume) for one in closed)]
            self._values = [0.0, *accumulate(_value(one) for one in closed)]
            self._day = _first_of_day(candles)
        self._candles = candles

    def moving(self, at: int, length: int) -> float | None:
        """The mean of the last `length` closes at candle `at`; None where there are not as many."""
        if at + 1 < length or at >= len(self._candles):
            return None
        last = self._sum(self._closes, at, float(self._candles[at].close))
        return (last - self._closes[at + 1 - length]) / length

    def vwap(self, at: int) -> float | None:
        """The volume-weighted price of the day so far at candle `at`; None on another day, or where nothing traded."""
        if not self._day <= at < len(self._candles):
            return None
        one = self._candles[at]
        volume = self._sum(self._volumes, at, float(one.volume)) - self._volumes[self._day]
        value = self._sum(self._values, at, _value(one)) - self._values[self._day]
        return value / volume if volume else None

    def _sum(self, sums: Sequence[float], at: int, running: float) -> float:
        """All up to and with candle `at`."""
        return sums[at] + running if at == len(self._candles) - 1 else sums[at + 1]


def _value(one: Candle) -> float:
    """A candle's volume at its typical price."""
    return float(one.volume) * float(one.high + one.low + one.close) / 3


def _first_of_day(candles: Sequence[Candle]) -> int:
    """The candle with which the newest one's day (UTC) begins."""
    newest = candles[-1].time.astimezone(UTC)
    midnight = datetime(newest.year, newest.month, newest.day, tzinfo=UTC)
    return bisect_left(candles, midnight, key=lambda one: one.time)
