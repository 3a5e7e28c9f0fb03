"""A recording through the paper venue: its tape, its times, its speed, and users in its queues."""

import os
import tracemalloc
from decimal import Decimal, localcontext
from itertools import islice
from pathlib import Path

import pytest

from server.marketdata.candles import Candles
from server.marketdata.recordings.recording import Recording
from server.marketdata.recordings.replay import PAUSE_S, RecordedFeed
from server.ports import FillReport, FlowStep, Place, PrintReport, Report
from server.venues.paper import PaperVenue
from tests.builders import market
from tests.server.marketdata.recordings.made_files import PLAIN, agg_trades, write
from tradeterm.protocol.arithmetic import MONEY
from tradeterm.protocol.vocabulary import Side, TimeInForce

SOAK = float(os.environ.get("TRADETERM_SOAK", "1"))
ROWS = int(10_000 * SOAK)
SYMBOL = "BTC/USD"


class Playing:
    """A recorded feed on a paper venue."""

    def __init__(self, path: Path, speed: float | None = 1.0, loop: bool = False) -> None:
        self.market = market()
        self.venue = PaperVenue({SYMBOL: self.market})
        self.feed = RecordedFeed(Recording(path, self.market), self.market, speed, loop)

    def do(self, step: FlowStep) -> list[Report]:
        with localcontext(MONEY):
            return [report for request in step.requests for report in self.venue.execute(request)]

    def play(self) -> list[Report]:
        """All of it, at once."""
        return [report for _, step in self.feed.steps() for report in self.do(step)]

    def rest(self, side: Side, quantity: str, price: str) -> None:
        order = Place("mine", "ann", SYMBOL, side, Decimal(quantity), Decimal(price), TimeInForce.GTC)
        self.do(FlowStep([order]))


def waits(path: Path, speed: float | None) -> list[float]:
    return [wait for wait, _ in Playing(path, speed).feed.steps()]


@pytest.fixture
def spaced(tmp_path: Path) -> Path:
    """Trades at 0, 1, 1.005, 3.5 and 10 seconds."""
    lines = [f"{1_767_657_600 + after},45000,1,buy" for after in (0, 1, 1.005, 3.5, 10)]
    return write(tmp_path / "spaced.csv", [PLAIN, *lines])


# ---------------------------------------------------------------- time


def test_it_plays_at_its_own_speed_or_faster_or_without_waiting(spaced: Path) -> None:
    """What falls within 20 ms of playing is one step; a gap is waited for, divided by the speed."""
    assert waits(spaced, 1.0) == pytest.approx([0, 1, 2.5, 6.5], abs=1e-5)
    assert waits(spaced, 10.0) == pytest.approx([0, 0.1, 0.25, 0.65], abs=1e-5)
    assert waits(spaced, None) == [0]


def test_no_step_is_larger_than_the_server_can_take_at_once(tmp_path: Path) -> None:
    """A thousand trades in one millisecond are several steps without a wait between them."""
    lines = [f"1767657600.0,{45_000 + number % 7},1,buy" for number in range(1_000)]
    steps = list(Playing(write(tmp_path / "dense.csv", [PLAIN, *lines])).feed.steps())
    assert len(steps) > 5
    assert {wait for wait, _ in steps} == {0.0}
    assert max(len(step.requests) for _, step in steps) < 300


def test_a_clock_that_went_back_in_the_file_is_not_waited_for(tmp_path: Path) -> None:
    """No wait is negative."""
    path = write(tmp_path / "back.csv", [PLAIN, "1767657610,45000,1,buy", "1767657600,45000,1,buy"])
    assert min(waits(path, 1.0)) >= 0


def test_quotes_are_shown_at_their_own_time(tmp_path: Path) -> None:
    """A touch that stands for ten seconds changes at the eleventh, whether the file repeats it or not: nobody sees ahead."""
    changes = {0: 45_000, 10: 45_100, 11: 45_200, 12: 45_300}
    often = [f"{second},{changes[max(one for one in changes if one <= second)]}" for second in range(13)]
    once = [f"{second},{bid}" for second, bid in changes.items()]
    for number, lines in enumerate((often, once)):
        rows = [f"17676576{line.split(',')[0]:0>2},{line.split(',')[1]},1,46000,1" for line in lines]
        path = write(tmp_path / f"{number}.csv", ["time,bid,bid_size,ask,ask_size", *rows])
        playing = Playing(path)
        shown, now = [], 0.0
        for wait, step in playing.feed.steps():
            now += wait
            playing.do(step)
            shown.append((round(now), int(playing.venue.best_bid(SYMBOL) or 0)))
        assert shown == list(changes.items())


def test_a_hole_in_the_file_is_not_waited_for(tmp_path: Path) -> None:
    """Years in milliseconds joined to years in microseconds, and a day between them, take as long as their rows do."""
    old = [f"{i},45000.00,0.1,{i},{i},{1_735_689_590_000 + i * 1_000},true,true" for i in range(10)]
    new = [f"{i},45000.00,0.1,{i},{i},{(1_735_689_600_000 + i * 1_000) * 1_000},true,true" for i in range(10)]
    later = [f"{i},45000.00,0.1,{i},{i},{(1_735_789_600_000 + i * 1_000) * 1_000},true,true" for i in range(10)]
    for lines, whole in ((old + new, 19), (new + old, 19), (new, 9), (old + later, 18), (later + old, 18)):
        found = waits(write(tmp_path / "joined.csv", lines), 1.0)
        assert (sum(found), max(found)) == pytest.approx((whole, 1), abs=1e-4)


def test_a_quiet_hour_is_waited_for(tmp_path: Path) -> None:
    """Silence is part of a market."""
    lines = [PLAIN, "1767657600,45000,1,buy", "1767661190,45000,1,buy"]
    assert waits(write(tmp_path / "quiet.csv", lines), 10.0) == pytest.approx([0, 359])


def test_a_file_of_one_row_that_loops_leaves_time_to_others(tmp_path: Path) -> None:
    """Between two rounds there is a pause."""
    path = write(tmp_path / "one.csv", [PLAIN, "1767657600,45000,1,buy"])
    steps = list(islice(Playing(path, loop=True).feed.steps(), 40))
    assert sum(wait for wait, _ in steps) >= 19 * PAUSE_S


def test_a_touch_that_stands_for_hours_is_not_read_through_at_once(tmp_path: Path) -> None:
    """Nor are rows before the beginning, when the file begins again: a step without anything comes now and then, and no
    time is lost by it."""
    lines = [f"{1_767_657_600 + n / 10:.1f},45000,1,{46_000 if n < 29_999 else 46_001},1" for n in range(30_000)]
    path = write(tmp_path / "quiet.csv", lines)
    for speed, fewest in ((1.0, 40), (None, 4)):
        found = list(Playing(path, speed).feed.steps())
        assert len(found) > fewest
        if speed:
            assert sum(wait for wait, _ in found) == pytest.approx(2_999.9, abs=1e-3)
    feed = RecordedFeed(Recording(path, market()), market(), None, loop=True, begin=1_767_660_590.0)
    rounds = list(islice(feed.steps(), 20))
    assert sum(1 for _, step in rounds if not step.requests) >= 10


def test_it_begins_where_it_is_told_without_reading_up_to_there_again(spaced: Path) -> None:
    """The first step is what comes at that time."""
    feed = RecordedFeed(Recording(spaced, market()), market(), 1.0, begin=1_767_657_603.0)
    assert [wait for wait, _ in feed.steps()] == pytest.approx([0, 6.5], abs=1e-5)
    with pytest.raises(ValueError, match="has nothing from that time on"):
        RecordedFeed(Recording(spaced, market()), market(), 1.0, begin=1_767_657_611.0)


def test_a_row_out_of_line_keeps_nobody_waiting(tmp_path: Path) -> None:
    """A year ahead, at no time, at the end of all times: it is left out and counted."""
    rows = [f"{1_767_657_600 + second},45000,1,buy" for second in range(6)]
    for wrong in ("1799193600", "0", "inf", "-inf", "nan", "1e300", "9999-12-31T23:59:59-23:59"):
        for place in (0, 3, 6):
            lines = [PLAIN, *rows[:place], f"{wrong},45000,1,buy", *rows[place:]]
            playing = Playing(write(tmp_path / "wrong.csv", lines))
            steps = list(playing.feed.steps())
            assert [wait for wait, _ in steps] == pytest.approx([0, 1, 1, 1, 1, 1])
            assert playing.feed._recording.skipped == 1


def test_it_pauses_and_goes_on_where_it_was(spaced: Path) -> None:
    """While paused there are empty steps; nothing is lost and nothing comes twice."""
    playing = Playing(spaced)
    steps = playing.feed.steps()
    first = next(steps)
    playing.feed.pause()
    assert [next(steps) for _ in range(5)] == [(PAUSE_S, FlowStep())] * 5
    playing.feed.resume()
    rest = list(steps)
    prints = [one for _, step in (first, *rest) for one in playing.do(step) if type(one) is PrintReport]
    assert len(prints) == 5


def test_it_loops_if_asked(spaced: Path) -> None:
    """The end of the file is followed by its beginning; unasked, it ends."""
    once = sum(len(step.requests) for _, step in Playing(spaced).feed.steps())
    looped = [step for _, step in islice(Playing(spaced, loop=True).feed.steps(), 12)]
    assert sum(len(step.requests) for step in looped) > once * 1.5
    assert len(waits(spaced, 1.0)) == 4


# ---------------------------------------------------------------- the tape


@pytest.mark.slow
def test_the_tape_of_a_file_is_the_file(tmp_path: Path) -> None:
    """From file to venue: each row's price and quantity is printed, no more and no less, and candles agree with the rows."""
    path = write(tmp_path / "trades.csv.gz", agg_trades(ROWS))
    playing = Playing(path, speed=None)
    rows = list(Recording(path, playing.market).trades())
    printed, recorded = Candles(), Candles()
    prints = [one for one in playing.play() if type(one) is PrintReport]
    for number, (_, _, price, quantity) in enumerate(rows):
        recorded.trade(price, quantity, 1_767_657_600 + number // 50)
    number, left = -1, Decimal(0)
    for one in prints:
        if not left:
            number += 1
            left = rows[number][3]
        assert (one.price, one.side) == (rows[number][2], rows[number][1])
        left -= one.quantity
        assert left >= 0
        printed.trade(one.price, one.quantity, 1_767_657_600 + number // 50)
    assert (number, left) == (len(rows) - 1, Decimal(0))
    for interval in ("1s", "1m", "1h"):
        wanted = [(c.time, c.open, c.high, c.low, c.close, c.volume) for c in recorded.last(interval, 10_000)]
        assert [(c.time, c.open, c.high, c.low, c.close, c.volume) for c in printed.last(interval, 10_000)] == wanted


@pytest.mark.slow
@pytest.mark.no_cover  # what a tracer keeps would be counted
def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    """A file is read as it is played: the second half needs no more than the first."""
    path = write(tmp_path / "trades.csv", agg_trades(ROWS))
    playing = Playing(path, speed=None)
    peaks: list[int] = []
    tracemalloc.start()
    try:
        steps = playing.feed.steps()
        for size in (ROWS // 100, ROWS // 100):
            tracemalloc.reset_peak()
            for _, step in islice(steps, size):
                playing.do(step)
            peaks.append(tracemalloc.get_traced_memory()[1])
    finally:
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 2_000_000
    assert peaks[1] < 20_000_000


# ---------------------------------------------------------------- users


def test_a_user_behind_recorded_quotes_fills_by_what_the_touch_loses(tmp_path: Path) -> None:
    """100 at the bid, our 50 behind it: the bid falls by 80, then goes, and after that its whole size is gone."""
    lines = [
        "1767657600,45000,100,45001,5",
        "1767657601,45000,20,45001,5",
        "1767657602,44999,70,45001,5",
        "1767657603,44998,70,44999.5,5",
    ]
    playing = Playing(write(tmp_path / "quotes.csv", lines))
    got: list[str] = []
    for number, (_, step) in enumerate(playing.feed.steps()):
        mine = [one for one in playing.do(step) if type(one) is FillReport and one.account == "ann"]
        got.append("+".join(f"{one.quantity}@{one.price}" for one in mine))
        if number == 0:
            playing.rest(Side.BUY, "50", "45000")
    # The last quote offers 5 below our bid, after the 70 that stood at 44999 were sold: those meet our bid first.
    assert got == ["", "", "", "50@45000"]


def test_recorded_quotes_are_the_touch(tmp_path: Path) -> None:
    """After each row the best of both sides is the row's."""
    lines = [f"{1_767_657_600 + n},{45_000 + n % 3},{1 + n % 4},{45_003 + n % 5},{1 + n % 2}" for n in range(60)]
    playing = Playing(write(tmp_path / "quotes.csv", lines))
    touches = []
    for _, step in playing.feed.steps():
        playing.do(step)
        (bid, *_), (ask, *_) = playing.venue.depth(SYMBOL, 1)
        touches.append((*bid, *ask))
    assert touches == [
        (Decimal(45_000 + n % 3), Decimal(1 + n % 4), Decimal(45_003 + n % 5), Decimal(1 + n % 2)) for n in range(60)
    ]


def test_a_recording_knows_where_it_opens_and_keeps_nothing(spaced: Path) -> None:
    """Its first price is known before it plays; a restart begins anew."""
    feed = Playing(spaced).feed
    assert feed.opening() == {SYMBOL: Decimal(45_000)}
    assert feed.state(SYMBOL) == b""
