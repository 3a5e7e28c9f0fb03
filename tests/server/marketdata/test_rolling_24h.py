"""The moving day equals what its minutes say."""

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from server.marketdata.candles import Candles
from server.marketdata.rolling_24h import Day, DayStatistics

START = 1_767_657_600

steps = st.lists(
    st.tuples(st.one_of(st.integers(0, 90), st.integers(20_000, 90_000)), st.integers(1, 50), st.booleans()),
    max_size=30,
)


def looked_at_anew(candles: Candles) -> DayStatistics:
    minutes = candles.last("1m", 1440)
    return DayStatistics(
        minutes[0].open,
        max(one.high for one in minutes),
        min(one.low for one in minutes),
        sum((one.volume for one in minutes), Decimal(0)),
    )


@settings(deadline=None)  # a busy machine is no fault of the candles
@given(steps)
def test_the_moving_day_equals_a_look_at_all_its_minutes(moves: list[tuple[int, int, bool]]) -> None:
    """Open, high, low and volume of the last 1,440 minutes, however seldom somebody asks."""
    candles, now = Candles(), START
    day = Day(candles)
    assert day.statistics() is None
    candles.trade(Decimal(7), Decimal(1), now)
    for wait, price, asks in moves:
        now += wait
        candles.trade(Decimal(price), Decimal(price), now)
        if asks:
            assert day.statistics() == looked_at_anew(candles)
    assert day.statistics() == looked_at_anew(candles)
