"""Candles are exact: equal to a slow recomputation from the list of trades, for every interval."""

from dataclasses import dataclass
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.marketdata.candles import KEEP, Candle, Candles
from tradeterm.protocol.market import INTERVALS

MIDNIGHT = 1_767_657_600  # 2026-01-06T00:00:00Z
Shape = tuple[object, ...]


@dataclass
class Traded:
    time: int
    price: Decimal
    quantity: Decimal


def recomputed(trades: list[Traded], interval_s: int, now: int, most: int) -> list[Shape]:
    """The newest candles from the first trade to now, `most` of them, from the list alone."""
    start = max(trades[0].time, now - (most - 1) * interval_s)
    start -= start % interval_s
    found: list[Shape] = []
    last = [trades[0], *(one for one in trades if one.time < start)][-1].price
    for time in range(start, now + 1, interval_s):
        within = [one for one in trades if time <= one.time < time + interval_s]
        prices = [one.price for one in within] or [last]
        last = prices[-1]
        volume = sum((one.quantity for one in within), Decimal(0))
        found.append((time, prices[0], max(prices), min(prices), last, volume, len(within)))
    return found


def shape(candle: Candle) -> Shape:
    return (candle.time, candle.open, candle.high, candle.low, candle.close, candle.volume, candle.trades)


waits = st.one_of(st.integers(0, 3), st.integers(0, 200), st.integers(3_000, 8_000))
lists = st.lists(st.tuples(waits, st.integers(1, 50), st.integers(1, 9)), min_size=1, max_size=25)


@settings(deadline=None)  # a busy machine is no fault of the candles
@given(lists, st.integers(0, 7_000), st.integers(0, 4_000), st.booleans())
def test_candles_equal_a_slow_recomputation_over_midnight(
    steps: list[tuple[int, int, int]], before: int, after: int, ticking: bool
) -> None:
    """Every interval, empty ones too, whether or not time was told while nothing traded."""
    candles, trades, now = Candles(), [], MIDNIGHT - before
    for wait, price, quantity in steps:
        if ticking:
            for moment in range(now, now + wait, 37):
                candles.advance(moment)
        now += wait
        trades.append(Traded(now, Decimal(price), Decimal(quantity)))
        candles.trade(trades[-1].price, trades[-1].quantity, now)
    now += after
    candles.advance(now)
    for name, interval_s in INTERVALS.items():
        wanted = recomputed(trades, interval_s, now, KEEP[name])
        assert [shape(one) for one in candles.last(name, KEEP[name])] == wanted, name


def test_a_day_begins_at_midnight_utc() -> None:
    """The last second of a day and the first of the next are in different days."""
    candles = Candles()
    candles.trade(Decimal(10), Decimal(1), MIDNIGHT - 1)
    candles.trade(Decimal(20), Decimal(2), MIDNIGHT)
    yesterday, today = candles.last("1d", 2)
    assert shape(yesterday) == (MIDNIGHT - 86_400, 10, 10, 10, 10, 1, 1)
    assert shape(today) == (MIDNIGHT, 20, 20, 20, 20, 2, 1)


def test_an_empty_interval_carries_the_last_close() -> None:
    """No gaps: nothing traded is a candle of its own, with no volume."""
    candles = Candles()
    candles.trade(Decimal(10), Decimal(1), MIDNIGHT)
    candles.advance(MIDNIGHT + 180)
    assert [shape(one)[1:] for one in candles.last("1m", 3)] == [(10, 10, 10, 10, 0, 0)] * 3


def test_a_trade_told_late_counts_in_the_running_second() -> None:
    """Time never goes back, and no trade is lost."""
    candles = Candles()
    candles.trade(Decimal(10), Decimal(1), MIDNIGHT + 5)
    candles.trade(Decimal(11), Decimal(1), MIDNIGHT + 3)
    assert shape(candles.last("1s", 1)[0]) == (MIDNIGHT + 5, 10, 11, 10, 11, 2, 2)


def test_memory_is_bounded_through_a_long_silence() -> None:
    """A month without a trade leaves no more candles than are kept."""
    candles = Candles()
    candles.trade(Decimal(10), Decimal(1), MIDNIGHT)
    candles.advance(MIDNIGHT + 30 * 86_400)
    assert {
        name: len(series.closed) for name, series in candles.series.items() if len(series.closed) > KEEP[name]
    } == {}
    newest = candles.series["1s"].closed[-1]
    assert newest.time == MIDNIGHT + 30 * 86_400 - 1


@pytest.mark.parametrize("ahead_s", [600, 3_600, 86_400])
def test_a_clock_that_was_ahead_leaves_the_past_as_it_was(ahead_s: int) -> None:
    """Rewound, every interval goes on from the candle that it was in; candles of that future are gone."""
    candles, undisturbed = Candles(), Candles()
    for one in (candles, undisturbed):
        for second in range(0, 7_000, 7):
            one.trade(Decimal(100 + second % 13), Decimal(1), MIDNIGHT - 3_000 + second)
    now = MIDNIGHT - 3_000 + 7_000
    candles.trade(Decimal(900), Decimal(5), now + ahead_s)
    candles.advance(now + ahead_s + 90)
    assert candles.is_ahead(now)
    candles.rewind(now)
    assert not candles.is_ahead(now)
    for one in (candles, undisturbed):
        one.trade(Decimal(105), Decimal(2), now + 1)
        one.advance(now + 70)
    for name in ("1s", "1m", "5m"):
        wanted = [shape(one) for one in undisturbed.last(name, 50)]
        assert [shape(one) for one in candles.last(name, 50)] == wanted, name
    assert [one.time for one in candles.last("1d", 2)] == [one.time for one in undisturbed.last("1d", 2)]
