"""The seeded history of a market that has none."""

from decimal import Decimal

from server.marketdata.candles import Candle, Candles
from server.marketdata.markets import default_markets
from server.marketdata.seeded_history import seed_history
from tradeterm.protocol.market import INTERVALS

NOW = 1_767_657_600 + 5_000  # 01:23:20 on a day, mid-minute
PRICE = Decimal("45012.5")


def seeded(now: int = NOW, seed: int = 1) -> Candles:
    candles = Candles()
    seed_history(candles, default_markets(Decimal(0), Decimal(0))[0], PRICE, now, seed)
    return candles


def all_of(candles: Candles, name: str) -> list[Candle]:
    return candles.last(name, 10_000)


def test_every_interval_has_a_past_without_gaps_that_ends_in_the_live_price() -> None:
    """24 hours of minutes, 30 days of hours, ten minutes of seconds; each candle where the clock says."""
    candles = seeded()
    for name, interval_s in INTERVALS.items():
        found = all_of(candles, name)
        assert [one.time for one in found] == [found[-1].time - interval_s * back for back in range(len(found))][::-1]
        assert found[-1].time == NOW - NOW % interval_s
        assert found[-1].close == PRICE
    assert len(all_of(candles, "1s")) > 600
    assert len(all_of(candles, "1m")) > 24 * 60
    assert len(all_of(candles, "1h")) > 30 * 24
    assert len(all_of(candles, "1d")) > 30


def test_what_was_made_up_is_flagged() -> None:
    """All but the running candles are seeded."""
    candles = seeded()
    for name in INTERVALS:
        *past, _ = all_of(candles, name)
        assert {one.seeded for one in past} == {True}, name


def test_a_seeded_candle_is_a_candle() -> None:
    """Low to high holds open and close, on the market's tick and lot, and its volume is not nothing."""
    candles = seeded()
    for name in INTERVALS:
        for one in all_of(candles, name)[:-1]:
            assert one.low <= min(one.open, one.close) <= max(one.open, one.close) <= one.high
            assert {price % Decimal("0.5") for price in (one.open, one.high, one.low, one.close)} == {0}
            assert one.volume > 0
            assert one.volume % Decimal("0.00001") == 0


def test_the_same_seed_is_the_same_past() -> None:
    """And another seed is another."""
    assert all_of(seeded(), "1m") == all_of(seeded(), "1m")
    assert all_of(seeded(), "1m") != all_of(seeded(seed=2), "1m")


def test_a_live_trade_goes_on_where_the_past_ends() -> None:
    """The first trade joins the running candle, which opened at the live price."""
    candles = seeded()
    candles.trade(PRICE + 1, Decimal(1), NOW + 1)
    running = candles.last("1m", 1)[0]
    assert (running.time, running.close) == (NOW - NOW % 60, PRICE + 1)
    assert running.low <= PRICE < running.high


def test_longer_candles_are_made_of_the_shorter_ones() -> None:
    """Where both are known, an hour is its minutes, and a minute its seconds."""
    candles = seeded()
    for short, long in (("1s", "1m"), ("1m", "5m"), ("1m", "1h"), ("1h", "1d")):
        parts = all_of(candles, short)
        whole = {one.time: one for one in all_of(candles, long)[:-1] if one.time >= parts[0].time}
        assert whole
        for start, one in whole.items():
            within = [part for part in parts if start <= part.time < start + INTERVALS[long]]
            assert (one.open, one.close) == (within[0].open, within[-1].close)
            assert one.high == max(part.high for part in within)
            assert one.volume == sum(part.volume for part in within)
