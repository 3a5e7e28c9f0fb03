"""The chart's history over restarts: what was closed comes back, and what nobody saw is a hole."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from server.marketdata.candles import KEEP, Candle
from server.marketdata.feeds import feed_of
from server.marketdata.history import BATCH, Keeper, join_past, restore
from server.marketdata.market_board import MarketBoard
from server.marketdata.recordings.recording import Recording
from server.ports import Place
from tests.builders import market
from tests.fakes import START, ManualClock, MemoryCandles
from tests.server.marketdata.readers import Listener, ToldQuotes, traded
from tests.server.marketdata.recordings.made_files import agg_trades, write
from tradeterm.protocol.vocabulary import TimeInForce

SYMBOL = "BTC/USD"


class Life:
    """A board from a start to a stop, on a store that outlives it."""

    def __init__(self, store: MemoryCandles, clock: ManualClock) -> None:
        self.store, self.clock = store, clock
        self.markets = {SYMBOL: market()}
        self.board = MarketBoard(self.markets, ToldQuotes(), clock)
        self.marks = restore(self.board, store, clock.now())
        self.keeper = Keeper(self.board, store, clock.now(), self.marks)

    def trade_minutes(self, prices: Sequence[int]) -> None:
        """One trade a minute; 0 is a minute without any."""
        for price in prices:
            if price:
                self.board.observe([traded(str(price))], [], self.clock.now())
            self.clock.advance(60)
            self.board.flush(Listener())

    def save(self) -> int:
        return self.keeper.save(self.clock.now())

    def last(self, name: str, count: int = 10_000) -> list[Candle]:
        return self.board.symbol(SYMBOL).candles.last(name, count)


def shapes(candles: Sequence[Candle]) -> list[tuple[int, Decimal, Decimal, bool]]:
    return [(one.time, one.close, one.volume, one.hole) for one in candles]


def test_closed_candles_come_back_and_the_time_between_is_a_hole() -> None:
    """Equal to what was closed; empty minutes among them are filled again; the ten minutes away are flagged."""
    store, clock = MemoryCandles(), ManualClock()
    before = Life(store, clock)
    before.trade_minutes([100, 101, 0, 0, 105])
    before.save()
    known = shapes(before.last("1m")[:-1])
    clock.advance(600)
    after = Life(store, clock)
    found = after.last("1m")
    assert shapes(found[:5]) == known
    assert [one.hole for one in found[5:]] == [True] * 10 + [False]
    assert {one.close for one in found[5:]} == {Decimal(105)}
    assert after.board.symbol(SYMBOL).last == 105
    assert after.board.trades(SYMBOL, 10) == []


def test_longer_candles_come_back_whole() -> None:
    """An hour that was cut by a restart is one hour, with both its parts and the flag of its hole."""
    store, clock = MemoryCandles(), ManualClock()
    before = Life(store, clock)
    before.trade_minutes([100, 110, 90])
    before.save()
    clock.advance(120)
    after = Life(store, clock)
    after.trade_minutes([95] * 70)
    hour = after.last("1h")[0]
    assert (hour.open, hour.high, hour.low) == (Decimal(100), Decimal(110), Decimal(90))
    assert hour.hole
    assert hour.volume == sum(one.volume for one in after.last("1m") if one.time < hour.time + 3600)
    after.save()
    assert shapes(Life(store, clock).last("1h")[:1]) == shapes([hour])
    assert [one.hole for one in Life(store, clock).last("5m")[:2]] == [True, False]


def test_a_hole_is_still_a_hole_after_the_next_restart() -> None:
    """Holes are kept as what they are; empty minutes are not kept at all."""
    store, clock = MemoryCandles(), ManualClock()
    first = Life(store, clock)
    first.trade_minutes([100])
    first.save()
    clock.advance(300)
    second = Life(store, clock)
    second.trade_minutes([0, 0, 107])
    second.save()
    third = Life(store, clock)
    assert [one.hole for one in third.last("1m")[:9]] == [False, *[True] * 5, False, False, False]
    assert len([row for row in store.rows.values() if row.interval == "1m"]) == 7


def test_each_candle_is_saved_once_and_a_batch_is_bounded() -> None:
    """Much that is due is spread over calls; nothing is saved twice, also not after a restart."""
    store, clock = MemoryCandles(), ManualClock()
    life = Life(store, clock)
    life.trade_minutes([100] * (BATCH + 200))
    while life.save():
        pass
    assert max(store.saves) <= BATCH
    assert sum(store.saves) == len(store.rows)
    assert Life(store, clock).save() == 0


def test_old_candles_are_forgotten_by_their_interval() -> None:
    """Minutes after thirty days; hours and days stay longer."""
    store, clock = MemoryCandles(), ManualClock()
    life = Life(store, clock)
    life.trade_minutes([100] * 61)
    life.save()
    clock.advance(31 * 86_400)
    Life(store, clock).save()
    oldest = {name: min(row.at for row in store.rows.values() if row.interval == name) for name in ("1m", "1h")}
    assert oldest["1m"] >= clock.now() - timedelta(days=30)
    assert oldest["1h"] < clock.now() - timedelta(days=30)


def test_a_fresh_market_gets_its_feeds_past_and_a_restored_one_keeps_its_own() -> None:
    """Nothing kept: a seeded past that ends in the last price; the next start brings the same past back, and adds none."""
    store, clock = MemoryCandles(), ManualClock()
    life = Life(store, clock)
    assert life.marks == {}
    last = {SYMBOL: Decimal(45_100)}
    join_past(life.board, feed_of("synthetic", life.markets, ToldQuotes(), 1), clock.now(), last, life.marks)
    assert len(life.last("1m")) > 1440
    assert life.last("1m")[-1].close == life.board.symbol(SYMBOL).last == Decimal(45_100)
    while life.save():
        pass
    again = Life(store, clock)
    before = shapes(again.last("1m"))
    join_past(again.board, feed_of("synthetic", life.markets, ToldQuotes(), 1), clock.now(), last, again.marks)
    assert shapes(again.last("1m")) == before
    assert all(one.seeded for one in again.last("1m")[:-1])


def test_a_market_with_no_price_yet_takes_its_feeds() -> None:
    """The opening of a synthetic market; without a feed nothing is known and nothing made up."""
    life, last = Life(MemoryCandles(), ManualClock()), dict[str, Decimal]()
    join_past(life.board, None, life.clock.now(), last, life.marks)
    assert (last, life.board.symbol(SYMBOL).last, life.last("1m")) == ({}, None, [])
    join_past(life.board, feed_of("synthetic", life.markets, ToldQuotes(), 1), life.clock.now(), last, life.marks)
    assert last == {SYMBOL: Decimal(45_000)}


def test_a_recording_that_begins_later_has_its_own_past(tmp_path: Path) -> None:
    """What traded before the beginning is the chart's history, as if it had just ended; what follows is played."""
    path = write(tmp_path / "trades.csv", agg_trades(3_000))
    begin = "2026-01-06T00:02:00Z"
    life, last = Life(MemoryCandles(), ManualClock()), dict[str, Decimal]()
    feed = feed_of(f"recorded:{path}?from={begin}&speed=max", life.markets, ToldQuotes(), 1)
    join_past(life.board, feed, life.clock.now(), last, life.marks)
    rows = list(Recording(path, life.markets[SYMBOL]).trades())
    begin_s = datetime.fromisoformat(begin).timestamp()
    past = [row for row in rows if row[0] < begin_s]
    assert sum((one.volume for one in life.last("1m")), Decimal(0)) == sum((row[3] for row in past), Decimal(0))
    assert last == {SYMBOL: past[-1][2]}
    assert life.last("1s")[-1].time <= int(life.clock.now().timestamp())
    assert feed is not None
    played = [one for _, step in feed.steps() for one in step.requests if type(one) is Place]
    assert len([one for one in played if one.time_in_force is TimeInForce.IOC]) == len(rows) - len(past)


def test_what_comes_back_is_bounded() -> None:
    """A year away is no year of holes in memory."""
    store, clock = MemoryCandles(), ManualClock()
    life = Life(store, clock)
    life.trade_minutes([*[100] * 60, 101])
    life.save()
    clock.advance(2 * 86_400)
    after = Life(store, clock)
    assert len(after.last("1m")) <= KEEP["1m"] + 1
    clock.advance(5 * 86_400)
    much_later = Life(store, clock)
    assert len(much_later.last("1m")) <= KEEP["1m"] + 1
    assert len({one.close for one in much_later.last("1m")}) == 1
    clock.advance(365 * 86_400)
    assert Life(store, clock).marks == {}


@pytest.mark.parametrize("ahead_s", [3_600, 86_400, 10 * 86_400])
def test_what_a_clock_that_was_ahead_wrote_is_no_history(ahead_s: int) -> None:
    """Set a day ahead and right again: what is kept is what it would have been, over a restart too."""
    store, clock, undisturbed, straight = MemoryCandles(), ManualClock(), MemoryCandles(), ManualClock()
    before, other = Life(store, clock), Life(undisturbed, straight)
    for life in (before, other):
        life.trade_minutes([100, 101, 102])
        life.save()
    clock.advance(ahead_s)
    before.trade_minutes([500, 501])
    before.save()
    clock.advance(-ahead_s)
    straight.advance(120)
    for life in (before, other):
        life.trade_minutes([103, 104] * 40)
        life.save()
    found, wanted = ([(row.at, row.close) for row in one.load(SYMBOL, "1m", START)] for one in (store, undisturbed))
    assert found == wanted
    assert {row.at for row in store.rows.values() if row.close >= 500} == set()
    assert [one.close for one in Life(store, clock).last("1m") if one.close >= 500] == []


def test_a_start_forgets_what_an_earlier_one_wrote_of_the_future() -> None:
    """It was stopped while its clock was ahead."""
    store, clock = MemoryCandles(), ManualClock()
    clock.advance(86_400)
    ahead = Life(store, clock)
    ahead.trade_minutes([100, 101])
    ahead.save()
    clock.advance(-86_400)
    again = Life(store, clock)
    again.trade_minutes([90])
    again.save()
    assert [row.close for row in store.load(SYMBOL, "1m", START)] == [90]
