"""History for a market that has none: seeded candles that end at the live price, so that no first screen is empty."""

import math
from collections.abc import Sequence
from decimal import Decimal
from random import Random

from server.domain.markets import Market
from server.marketdata.candles import Candle, Candles
from tradeterm.protocol.market import INTERVALS

SECONDS_S, MINUTES_S, HOURS_S = 600, 86_400, 30 * 86_400
VOLATILITY = 0.65
YEAR_S = 365 * 86_400
TURNOVER_PER_S = 60_000.0  # in the quote currency
MEAN_TRADE = 10_000


def seed_history(
    candles: Candles, market: Market, price: Decimal, now: int, seed: int, turnover_per_s: float = TURNOVER_PER_S
) -> None:
    """Ten minutes of seconds, 24 h of minutes and 30 days of hours, all flagged, ending at `price`; `now` in seconds.

    Each is walked back from where the shorter one begins, and longer candles are made of shorter ones.
    """
    walk = Walk(market, seed, turnover_per_s)
    seconds = walk.back("1s", price, now - SECONDS_S, "1m", now)
    minutes = walk.back("1m", seconds[0].open, now - MINUTES_S, "1h", seconds[0].time) + grouped(seconds, "1m")
    hours = walk.back("1h", minutes[0].open, now - HOURS_S, "1d", minutes[0].time) + grouped(minutes, "1h")
    found = {"1s": seconds, "1m": minutes, "1h": hours, "1d": grouped(hours, "1d")}
    found |= {name: grouped(minutes, name) for name in ("5m", "15m")}
    for name, series in candles.series.items():
        series.seed(found[name], now)
    candles.advance_from(price, now)


class Walk:
    """A seeded random walk, backwards in time, of one market. In floats, which are put on tick and lot at the end."""

    def __init__(self, market: Market, seed: int, turnover_per_s: float) -> None:
        self._market, self._seed, self._turnover_per_s = market, seed, turnover_per_s
        self._tick, self._lot = float(market.tick), float(market.lot)

    def back(self, interval: str, last: Decimal, since: int, aligned: str, until: int) -> list[Candle]:
        """Candles from `since` (and back to where an `aligned` one begins) up to `until`, the newest closing at `last`."""
        step_s = INTERVALS[interval]
        spread, turnover = VOLATILITY * math.sqrt(step_s / YEAR_S), self._turnover_per_s * step_s
        chance = Random(f"{self._seed}:{self._market.symbol}:{interval}")  # noqa: S311
        first = since - since % INTERVALS[aligned]
        close, found = self._on_tick(float(last)), []
        for time in range(until - step_s, first - 1, -step_s):
            candle = self._candle(time, close, spread, turnover, chance)
            found.append(candle)
            close = candle.open
        found.reverse()
        return found

    def _candle(self, time: int, closed: Decimal, spread: float, mean_turnover: float, chance: Random) -> Candle:
        """`spread`: how far prices go in its time, as a share."""
        gauss, close = chance.gauss, float(closed)
        opened = close * math.exp(-spread * gauss(0, 1) * (1 + chance.random()) / 1.5)
        upper, lower = (opened, close) if opened > close else (close, opened)
        high = upper * (1 + spread * abs(gauss(0, 0.4)))
        low = lower * (1 - spread * abs(gauss(0, 0.4)))
        turnover = mean_turnover * chance.lognormvariate(-0.12, 0.5)
        volume = (round(turnover / close / self._lot) or 1) * self._market.lot
        on_tick, trades = self._on_tick, round(turnover / MEAN_TRADE) or 1
        return Candle(time, on_tick(opened), on_tick(high), on_tick(low), closed, volume, trades, seeded=True)

    def _on_tick(self, value: float) -> Decimal:
        return (round(value / self._tick) or 1) * self._market.tick


def grouped(candles: Sequence[Candle], interval: str) -> list[Candle]:
    """Shorter candles, without gaps, folded into longer ones; the last of them may still be running."""
    interval_s = INTERVALS[interval]
    found: list[Candle] = []
    for one in candles:
        start = one.time - one.time % interval_s
        if not found or found[-1].time != start:
            found.append(Candle(start, one.open, one.open, one.open, one.open, seeded=one.seeded))
        found[-1].fold(one)
    return found
