"""History for a market that has none: seeded candles that end at the live price, so that no first screen is empty."""

import math
from decimal import Decimal
from random import Random

from server.domain.markets import Market
from server.marketdata.candles import Candle, Candles
from tradeterm.protocol.market import INTERVALS

MINUTES, HOURS, SECONDS = 1440, 30 * 24, 600
VOLATILITY = 0.65
YEAR_S = 365 * 86_400


def seed_history(candles: Candles, market: Market, price: Decimal, now: int, seed: int) -> None:
    """24 h of minutes, 30 days of hours, ten minutes of seconds, all flagged, all ending at `price`; `now` in seconds."""
    second_start = now - SECONDS
    seconds = _walk(market, price, 1, now - 1, SECONDS, Random(f"{seed}:{market.symbol}:1s"))  # noqa: S311
    minute_end = now - now % 60
    minutes = _walk(market, seconds[0].open, 60, minute_end - 60, MINUTES, Random(f"{seed}:{market.symbol}:1m"))  # noqa: S311
    minutes[-1].close = price
    hour_end = minutes[0].time - minutes[0].time % 3600
    hours = _walk(market, minutes[0].open, 3600, hour_end - 3600, HOURS, Random(f"{seed}:{market.symbol}:1h"))  # noqa: S311
    candles.series["1s"].seed(one for one in seconds if one.time >= second_start)
    candles.series["1m"].seed(minutes)
    candles.series["5m"].seed(_grouped(minutes, INTERVALS["5m"], now))
    candles.series["15m"].seed(_grouped(minutes, INTERVALS["15m"], now))
    candles.series["1h"].seed([*hours, *_grouped(minutes, INTERVALS["1h"], now)])
    candles.series["1d"].seed(_grouped(hours, INTERVALS["1d"], minutes[0].time))
    candles.advance_from(price, now)


def _walk(market: Market, last: Decimal, step_s: int, end: int, count: int, chance: Random) -> list[Candle]:
    """`count` candles of `step_s`, the newest at `end` and closing at `last`, walked backwards."""
    spread = VOLATILITY * math.sqrt(step_s / YEAR_S)
    tick, close = float(market.tick), float(last)
    typical = 54_000 * step_s / 30 / float(market.start_price)
    found: list[Candle] = []
    for number in range(count):
        opened = close * math.exp(-spread * chance.gauss(0, 1) * (1 + chance.random()))
        high = max(opened, close) * (1 + spread * abs(chance.gauss(0, 0.4)))
        low = min(opened, close) * (1 - spread * abs(chance.gauss(0, 0.4)))
        prices = [_on_tick(value, tick, market.tick) for value in (opened, high, low, close)]
        lots = max(1, round(typical * chance.lognormvariate(0, 0.5) / float(market.lot)))
        candle = Candle(end - number * step_s, prices[0], prices[1], prices[2], prices[3], seeded=True)
        candle.volume, candle.trades = lots * market.lot, max(1, step_s // 2)
        found.append(candle)
        close = opened
    found.reverse()
    return found


def _on_tick(value: float, tick: float, exact: Decimal) -> Decimal:
    return max(1, round(value / tick)) * exact


def _grouped(candles: list[Candle], interval_s: int, before: int) -> list[Candle]:
    """Shorter candles folded into longer ones; the one that is still running at `before` is left to the live series."""
    found: list[Candle] = []
    for one in candles:
        start = one.time - one.time % interval_s
        if start + interval_s > before:
            break
        if not found or found[-1].time != start:
            found.append(Candle(start, one.open, one.open, one.open, one.open, seeded=True))
        found[-1].fold(one)
    return found
