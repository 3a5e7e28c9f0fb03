"""The last 24 hours of one symbol, from its minutes, without looking at them again for every ticker."""

from collections import deque
from dataclasses import dataclass
from decimal import Decimal

from server.marketdata.candles import Candle, Candles
from tradeterm.protocol.arithmetic import ZERO

DAY_S = 86_400


@dataclass(slots=True)
class DayStatistics:
    open: Decimal
    high: Decimal
    low: Decimal
    volume: Decimal


class Day:
    """Follows a symbol's closed minutes: sums and extremes move with the window, each minute costs its work once."""

    def __init__(self, candles: Candles) -> None:
        self._candles = candles
        self._begin_anew()

    def _begin_anew(self) -> None:
        self._minutes: deque[Candle] = deque()
        self._highs: deque[Candle] = deque()  # each lower than the one before: the first is the highest of the window
        self._lows: deque[Candle] = deque()
        self._volume = ZERO

    def statistics(self) -> DayStatistics | None:
        """Over the running minute and the 1,439 before it; None before the first price."""
        running = self._candles.now("1m")
        if running is None:
            return None
        self._follow(running.time)
        if not self._minutes:
            return DayStatistics(running.open, running.high, running.low, running.volume)
        return DayStatistics(
            self._minutes[0].open,
            max(running.high, self._highs[0].high),
            min(running.low, self._lows[0].low),
            running.volume + self._volume,
        )

    def _follow(self, running: int) -> None:
        if self._minutes and self._minutes[-1].time >= running:
            self._begin_anew()  # the clock was ahead
        since = max(running - DAY_S, self._minutes[-1].time if self._minutes else running - DAY_S)
        fresh: list[Candle] = []
        for candle in reversed(self._candles.series["1m"].closed):
            if candle.time <= since:
                break
            fresh.append(candle)
        for candle in reversed(fresh):
            self._add(candle)
        self._drop(running - DAY_S)

    def _add(self, candle: Candle) -> None:
        self._minutes.append(candle)
        self._volume += candle.volume
        while self._highs and self._highs[-1].high <= candle.high:
            self._highs.pop()
        self._highs.append(candle)
        while self._lows and self._lows[-1].low >= candle.low:
            self._lows.pop()
        self._lows.append(candle)

    def _drop(self, until: int) -> None:
        while self._minutes and self._minutes[0].time <= until:
            self._volume -= self._minutes.popleft().volume
        while self._highs and self._highs[0].time <= until:
            self._highs.popleft()
        while self._lows and self._lows[0].time <= until:
            self._lows.popleft()
