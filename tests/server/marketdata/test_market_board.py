"""What readers are told of the markets, and what nobody asked for."""

import zlib
from datetime import timedelta
from decimal import Decimal
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.marketdata.market_board import AT_ONCE, TAPE, MarketBoard
from tests.builders import market
from tests.fakes import ManualClock
from tests.server.marketdata.readers import Heard, Listener, ToldQuotes, traded
from tradeterm.protocol.market import Book, Candle, Print, Ticker
from tradeterm.protocol.times import time_text

BOOK, TICKER, TRADES = "market:BTC/USD:book", "market:BTC/USD:ticker", "market:BTC/USD:trades"
MINUTES = "market:BTC/USD:candles:1m"


class Rig:
    """A board of one market on told quotes and a manual clock."""

    def __init__(self) -> None:
        self.quotes, self.clock, self.listener = ToldQuotes(), ManualClock(), Listener()
        self.board = MarketBoard({"BTC/USD": market()}, self.quotes, self.clock)

    def trade(self, price: str, quantity: str = "1", number: int = 1) -> None:
        self.board.observe([traded(price, quantity, number)], ["BTC/USD"], self.clock.now())

    def touch(self, bids: dict[str, str], asks: dict[str, str]) -> None:
        self.quotes.bids = [(Decimal(price), Decimal(size)) for price, size in bids.items()]
        self.quotes.asks = [(Decimal(price), Decimal(size)) for price, size in asks.items()]
        self.board.observe([], ["BTC/USD"], self.clock.now())

    def flush(self, times: int = 1) -> list[Heard]:
        for _ in range(times):
            self.board.flush(self.listener)
        return self.listener.take()

    def ticker(self) -> dict[str, Any]:
        found: dict[str, Any] = orjson.loads(self.board.ticker("BTC/USD"))
        return found


# ---------------------------------------------------------------- nothing for nobody


def test_what_nobody_watches_is_neither_computed_nor_sent() -> None:
    """Without a watcher a flush reads no book and tells nothing, whatever traded."""
    rig = Rig()
    rig.touch({"100": "1"}, {"101": "1"})
    rig.trade("100")
    assert rig.flush(10) == []
    assert rig.quotes.looked == 0


def test_what_traded_is_there_for_whoever_looks_and_the_same_for_who_looks_seldom() -> None:
    """A board that is looked at after every trade, and one that is looked at in the end."""
    often, seldom = Rig(), Rig()
    for number in range(3 * AT_ONCE + 2):
        for rig in (often, seldom):
            rig.trade(str(100 + number % 7), number=number)
            if number == AT_ONCE + 3:
                rig.board.watch(TRADES)
            rig.clock.advance(0.4)
        assert orjson.loads(often.board.trades("BTC/USD", 1)[0])["id"] == str(min(number, AT_ONCE + 3))
    assert often.ticker() == seldom.ticker()
    assert list(often.board.candles("BTC/USD", "1s", 99)) == list(seldom.board.candles("BTC/USD", "1s", 99))
    assert often.flush() == seldom.flush()
    assert often.board.trades("BTC/USD", TAPE) == seldom.board.trades("BTC/USD", TAPE)


def test_a_channel_is_sent_for_as_long_as_one_watcher_is_left() -> None:
    """Two watchers are one computation; the first to leave takes nothing from the second."""
    rig = Rig()
    rig.board.watch(TICKER)
    rig.board.watch(TICKER)
    rig.trade("100")
    assert len(rig.flush()) == 1
    rig.board.unwatch(TICKER)
    rig.trade("101")
    assert len(rig.flush()) == 1
    rig.board.unwatch(TICKER)
    rig.trade("102")
    assert rig.flush() == []


def test_many_changes_between_two_flushes_are_one_ticker() -> None:
    """Values are conflated: what is told is the newest, once a tick; without change nothing is told."""
    rig = Rig()
    rig.board.watch(TICKER)
    for price in ("100", "101", "102"):
        rig.trade(price)
    (told,) = rig.flush()
    assert (told.event, told.value["last"]) == ("ticker", "102.00")
    assert rig.flush(5) == []


# ---------------------------------------------------------------- ticker


def test_a_ticker_names_touch_last_mark_and_the_day() -> None:
    """Every number of the ticker, in the market's decimals, and its wire model accepts it."""
    rig = Rig()
    rig.trade("100", "2")
    rig.clock.advance(60)
    rig.trade("90", "1")
    rig.clock.advance(60)
    rig.trade("110", "0.5")
    rig.touch({"108": "3"}, {"109": "4"})
    wire = rig.ticker()
    Ticker.model_validate(wire)
    shown = {key: wire[key] for key in ("bid", "bidSize", "ask", "askSize", "last", "mark")}
    assert shown == {
        "bid": "108.00",
        "bidSize": "3",
        "ask": "109.00",
        "askSize": "4",
        "last": "110.00",
        "mark": "109.00",
    }
    day = {key: wire[key] for key in ("change24h", "changePercent24h", "high24h", "low24h", "volume24h")}
    assert day == {
        "change24h": "10.00",
        "changePercent24h": "10.00",
        "high24h": "110.00",
        "low24h": "90.00",
        "volume24h": "3.5",
    }


def test_before_the_first_trade_there_is_no_last_and_no_day() -> None:
    """Null where nothing is known."""
    wire = Rig().ticker()
    assert {wire[key] for key in ("bid", "ask", "last", "mark", "change24h", "volume24h")} == {None}


def test_a_silent_feed_is_told_once_and_again_when_it_is_back() -> None:
    """Ticker and book carry stale, and a change of it alone is told."""
    rig = Rig()
    rig.touch({"100": "1"}, {"101": "1"})
    rig.board.watch(TICKER)
    rig.board.watch(BOOK)
    rig.flush()
    for stale in (True, False):
        rig.board.set_stale("BTC/USD", stale)
        rig.board.set_stale("BTC/USD", stale)
        told = rig.flush(3)
        assert [(one.event, one.value["stale"]) for one in told] == [("ticker", stale), ("book", stale)]


# ---------------------------------------------------------------- book


def test_a_watched_book_tells_what_changed_since_the_last_flush() -> None:
    """Changed levels alone, quantity 0 for a level that went, seq and prev in a chain."""
    rig = Rig()
    rig.touch({"100": "1", "99": "2"}, {"101": "1"})
    rig.board.watch(BOOK)
    first = orjson.loads(rig.board.book("BTC/USD", 20))
    Book.model_validate(first)
    rig.touch({"100": "3"}, {"101": "1", "102": "5"})
    (told,) = rig.flush()
    Book.model_validate(told.value)
    assert told.value["type"] == "delta"
    assert (told.value["prev"], told.value["seq"]) == (first["seq"], first["seq"] + 1)
    assert told.value["bids"] == [["100.00", "3"], ["99.00", "0"]]
    assert told.value["asks"] == [["102.00", "5"]]


class Follower:
    """A reader that joins with a snapshot and goes on with deltas."""

    def __init__(self, board: MarketBoard) -> None:
        snapshot = orjson.loads(board.book("BTC/USD", 20))
        self.seq = snapshot["seq"]
        self.sides = {side: dict(snapshot[side]) for side in ("bids", "asks")}

    def apply(self, delta: dict[str, Any]) -> None:
        if delta["seq"] <= self.seq:
            return
        assert delta["prev"] == self.seq, "a gap"
        self.seq = delta["seq"]
        for side, levels in self.sides.items():
            for price, size in delta[side]:
                levels.pop(price, None) if size == "0" else levels.update({price: size})
        if "checksum" in delta:
            assert delta["checksum"] == self.checksum()

    def book(self) -> list[list[tuple[str, str]]]:
        bids = sorted(self.sides["bids"].items(), key=lambda level: -Decimal(level[0]))
        return [bids, sorted(self.sides["asks"].items(), key=lambda level: Decimal(level[0]))]

    def checksum(self) -> str:
        bids, asks = self.book()
        return str(zlib.crc32("|".join(f"{price}:{size}" for price, size in [*bids[:10], *asks[:10]]).encode()))


sizes = st.dictionaries(st.integers(1, 60), st.integers(1, 9), max_size=30)
moves = st.lists(st.tuples(sizes, sizes, st.sampled_from(["touch", "flush", "join"])), min_size=1, max_size=40)


@given(moves)
def test_a_book_built_from_deltas_is_the_book_always(steps: list[tuple[dict[int, int], dict[int, int], str]]) -> None:
    """Whoever joins at whatever moment, also between two flushes, holds exactly the top of the book after each flush."""
    rig = Rig()
    rig.board.watch(BOOK)
    followers = [Follower(rig.board)]
    for bids, asks, what in steps:
        if what == "join":
            followers.append(Follower(rig.board))
        rig.touch(
            {str(price): str(size) for price, size in sorted(bids.items(), reverse=True)},
            {str(100 + price): str(size) for price, size in sorted(asks.items())},
        )
        if what == "flush":
            told = rig.flush()
            wanted = [
                [(f"{price}.00", str(size)) for price, size in side[:20]] for side in (rig.quotes.bids, rig.quotes.asks)
            ]
            for follower in followers:
                for one in told:
                    follower.apply(one.value)
                assert follower.book() == wanted


def test_a_book_that_nobody_watched_begins_anew_for_its_next_reader() -> None:
    """After the last watcher left, the next snapshot is of now, with a seq that was never used."""
    rig = Rig()
    rig.board.watch(BOOK)
    seq = Follower(rig.board).seq
    rig.board.unwatch(BOOK)
    rig.touch({"100": "1"}, {})
    rig.board.watch(BOOK)
    follower = Follower(rig.board)
    assert follower.seq > seq
    assert follower.book() == [[("100.00", "1")], []]


# ---------------------------------------------------------------- the tape


def test_every_print_is_told_once_also_to_who_joins_between_two_flushes() -> None:
    """The tape a joiner gets ends where the live prints begin."""
    rig = Rig()
    rig.board.watch(TRADES)
    rig.trade("100", number=1)
    rig.flush()
    rig.trade("101", number=2)
    assert [orjson.loads(one)["id"] for one in rig.board.trades("BTC/USD", 50)] == ["1"]
    (told,) = rig.flush()
    Print.model_validate(told.value)
    assert told.value["id"] == "2"
    assert [orjson.loads(one)["id"] for one in rig.board.trades("BTC/USD", 50)] == ["2", "1"]


def test_a_flood_of_prints_is_told_with_its_oldest_as_a_range() -> None:
    """Nothing is left out silently: the range says how many, how much, how low and how high."""
    rig = Rig()
    rig.board.watch(TRADES)
    for number in range(TAPE + 3):
        rig.trade(str(100 + number), "2", number)
    told = rig.flush()
    first = told[0].value
    Print.model_validate(first)
    assert len(told) == TAPE + 1
    assert (first["merged"], first["quantity"], first["low"], first["high"]) == (3, "6", "100.00", "102.00")
    assert (first["firstId"], first["id"], told[1].value["id"]) == ("0", "2", "3")


def test_the_tape_is_bounded() -> None:
    """However much trades, a tape keeps its newest prints only."""
    rig = Rig()
    for number in range(TAPE * 2):
        rig.trade("100", number=number)
    assert len(rig.board.trades("BTC/USD", 10_000)) == TAPE


# ---------------------------------------------------------------- candles


def test_candles_are_told_twice_a_second_and_a_closed_one_once_as_closed() -> None:
    """The running candle every fifth tick; the one that ended is told with closed before its follower."""
    rig = Rig()
    rig.board.watch(MINUTES)
    rig.trade("100")
    told = rig.flush(5)
    Candle.model_validate(told[0].value)
    assert [one.value["closed"] for one in told] == [False]
    rig.clock.advance(60)
    rig.trade("105")
    told = rig.flush(5)
    assert [(one.value["closed"], one.value["close"]) for one in told] == [(True, "100.00"), (False, "105.00")]
    assert len({one.key for one in told}) == 2


def test_a_candle_that_closes_right_after_somebody_joined_is_told_as_closed() -> None:
    """No closing falls between the snapshot and the first live candle."""
    rig = Rig()
    rig.trade("100")
    rig.clock.advance(59)
    rig.board.watch(MINUTES)
    rig.clock.advance(2)
    assert [one.value["closed"] for one in rig.flush(5)] == [True, False]


def test_the_backfill_ends_with_the_running_candle() -> None:
    """Oldest first, all closed but the last."""
    rig = Rig()
    for price in ("100", "101", "102"):
        rig.trade(price)
        rig.clock.advance(60)
    rig.flush()
    found = [orjson.loads(one) for one in rig.board.candles("BTC/USD", "1m", 10)]
    assert [(one["close"], one["closed"]) for one in found] == [
        ("100.00", True),
        ("101.00", True),
        ("102.00", True),
        ("102.00", False),
    ]
    assert [one["time"] for one in found] == sorted(one["time"] for one in found)


def test_a_value_carries_the_time_of_what_it_shows() -> None:
    """A ticker asked for later still says when the market last moved."""
    rig = Rig()
    rig.touch({"100": "1"}, {})
    then = rig.clock.now()
    rig.clock.advance(30)
    assert rig.ticker()["time"] == f"{then:%Y-%m-%dT%H:%M:%S}.000Z"
    assert rig.clock.now() - then == timedelta(seconds=30)


@pytest.mark.parametrize("ahead_s", [30, 3_600, 86_400])
def test_a_clock_that_was_ahead_does_not_stop_the_chart(ahead_s: int) -> None:
    """Set ahead and right again: new trades make new candles at the right time, and the day's figures are theirs."""
    rig = Rig()
    rig.trade("100")
    for channel in ("market:BTC/USD:candles:1m", "market:BTC/USD:ticker"):
        rig.board.watch(channel)
    rig.flush(10)
    rig.clock.advance(ahead_s)
    rig.trade("900")
    rig.flush(10)
    rig.clock.advance(-ahead_s)
    for second in range(200):
        rig.clock.advance(1)
        rig.trade(str(101 + second % 3))
        heard = rig.flush(10)
    running = [one.value for one in heard if one.event == "candle"][-1]
    now = rig.clock.now().replace(second=0, microsecond=0)
    assert running["time"] == time_text(now)
    candles = [orjson.loads(one) for one in rig.board.candles("BTC/USD", "1m", 3)]
    assert [one["time"] for one in candles] == [time_text(now - minute * timedelta(minutes=1)) for minute in (2, 1, 0)]
    if ahead_s > 60:
        assert rig.ticker()["high24h"] == "103.00"
    assert rig.ticker()["volume24h"] is not None


def test_a_clock_that_is_corrected_by_seconds_loses_no_trade() -> None:
    """They count in the second that runs."""
    rig = Rig()
    rig.trade("100")
    rig.clock.advance(-4)
    rig.trade("101")
    rig.flush()
    assert orjson.loads(next(iter(rig.board.candles("BTC/USD", "1s", 1))))["trades"] == 2
