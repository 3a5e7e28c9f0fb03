"""Averages over candles, against sums by hand."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from tests.tradeterm.tui.desks import candles
from tradeterm.protocol.market import Candle
from tradeterm.tui.drawing.chart.indicators import Averages


def vwap_by_hand(some: list[Candle]) -> float:
    volume = sum(one.volume for one in some)
    return float(sum(one.volume * (one.high + one.low + one.close) / 3 for one in some) / volume)


def test_a_moving_average_is_the_mean_of_its_closes() -> None:
    """At every candle that has enough before it, the running one among them."""
    some, averages = candles(60), Averages()
    averages.see(some)
    for at in (19, 20, 40, 58, 59):
        expected = float(sum(one.close for one in some[at - 19 : at + 1]) / 20)
        assert averages.moving(at, 20) == pytest.approx(expected)
    assert averages.moving(18, 20) is None
    assert averages.moving(60, 20) is None


def test_vwap_begins_with_the_day() -> None:
    """What was before midnight has none, and counts in none."""
    midnight = datetime(2026, 1, 5, tzinfo=UTC)
    some = [one.model_copy(update={"time": midnight + timedelta(minutes=n - 30)}) for n, one in enumerate(candles(60))]
    averages = Averages()
    averages.see(some)
    assert averages.vwap(29) is None
    assert averages.vwap(30) == pytest.approx(vwap_by_hand(some[30:31]))
    assert averages.vwap(59) == pytest.approx(vwap_by_hand(some[30:]))


def test_the_running_candle_moves_both() -> None:
    """It counts as it is now, and a new one after it makes it closed."""
    some, averages = candles(60), Averages()
    averages.see(some)
    some[-1] = some[-1].model_copy(update={"close": Decimal(50_000), "volume": Decimal(99)})
    averages.see(some)
    assert averages.moving(59, 20) == pytest.approx(float(sum(one.close for one in some[40:]) / 20))
    assert averages.vwap(59) == pytest.approx(vwap_by_hand(some))
    longer = [*some, some[-1].model_copy(update={"time": some[-1].time + timedelta(minutes=1)})]
    averages.see(longer)
    assert averages.vwap(60) == pytest.approx(vwap_by_hand(longer))


def test_nothing_has_no_average() -> None:
    """Nor has a day in which nothing traded."""
    averages = Averages()
    averages.see([])
    assert averages.vwap(0) is None
    averages.see([one.model_copy(update={"volume": Decimal(0)}) for one in candles(30)])
    assert averages.vwap(29) is None
