"""Candles as characters."""

import itertools
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tradeterm.tui.desks import NOON, candles
from tradeterm.protocol.market import Candle
from tradeterm.protocol.vocabulary import Side
from tradeterm.tui.drawing.chart.candle_plot import ChartType, ClosedCandles, Plot, drawn
from tradeterm.tui.drawing.chart.overlays import Cells, Mark
from tradeterm.tui.drawing.palette import Tone

D = Decimal


def candle(opened: str, high: str, low: str, close: str, number: int = 0) -> Candle:
    prices = {"open": D(opened), "high": D(high), "low": D(low), "close": D(close)}
    time = NOON.replace(second=0) + timedelta(minutes=number)
    return Candle(symbol="BTC/USD", interval="1m", time=time, volume=D(1), trades=1, closed=True, **prices)


def column(cells: Cells, at: int) -> str:
    return "".join(line[at][0] for line in cells)


@given(st.integers(0, 130), st.integers(0, 50), st.integers(0, 90))
def test_a_plot_is_exactly_as_large_as_asked(width: int, height: int, count: int) -> None:
    """Whatever is in it."""
    cells = drawn(Plot(candles()[:count], 60, 2, last=D("45012.5")), width, height)
    assert [len(line) for line in cells] == [width] * height


@given(st.lists(st.integers(1, 10**6), min_size=4, max_size=80))
def test_every_candle_has_a_mark_in_its_column(prices: list[int]) -> None:
    """Also one whose prices are all the same: a doji has half a cell of body."""
    walk = [candle(str(p), str(p), str(p), str(p), n) for n, p in enumerate(prices)]
    cells = drawn(Plot(walk, 60, 2), 110, 20)
    columns = [column(cells[:16], at) for at in range(110)]
    assert sum(any(glyph in text for glyph in "╻╹┃") for text in columns) >= min(len(walk), 80)


def test_a_rising_candle_is_up_and_a_falling_one_down() -> None:
    """By close against open, and one of a hole is neither."""
    walk = [candle("100", "110", "95", "105"), candle("105", "106", "90", "92", 1)]
    tones = {tone for line in drawn(Plot(walk, 60, 2), 60, 20) for glyph, tone in line if glyph in "┃╻╹╿╽│╷╵"}
    assert tones == {Tone.UP, Tone.DOWN}
    hole = [one.model_copy(update={"hole": True}) for one in walk]
    tones = {tone for line in drawn(Plot(hole, 60, 2), 60, 20) for glyph, tone in line if glyph in "┃╻╹╿╽│╷╵"}
    assert tones == {Tone.STALE}


def test_a_fill_stands_in_the_candle_of_its_time_and_an_order_across() -> None:
    """Out of the view they are not drawn."""
    walk = [candle("100", "110", "90", "105", n) for n in range(30)]
    fill = Mark(D(100), Side.BUY, walk[-3].time + timedelta(seconds=30))
    order, far = Mark(D(95), Side.SELL), Mark(D(10_000), Side.BUY)
    cells = drawn(Plot(walk, 60, 2, marks=(fill, order, far)), 60, 20)
    text = "\n".join("".join(glyph for glyph, _ in line) for line in cells)
    assert text.count("▲") == 1
    assert "S┈" in text
    assert "B" not in text


def test_the_last_price_is_on_the_axis_and_widens_the_scale() -> None:
    """Also when it lies beyond the candles."""
    walk = [candle("100", "110", "90", "105", n) for n in range(30)]
    text = ["".join(glyph for glyph, _ in line) for line in drawn(Plot(walk, 60, 2, last=D(130)), 60, 20)]
    assert "◀ 130.00" in text[0]


def test_only_what_is_seen_sets_the_scale() -> None:
    """An old spike outside the view does not flatten the rest."""
    walk = [candle("100", "1000", "90", "105"), *(candle("100", "110", "90", "105", n) for n in range(1, 100))]
    text = "".join(glyph for line in drawn(Plot(walk, 60, 2), 60, 20) for glyph, _ in line)
    assert "1,000" not in text
    assert "500.00" not in text


def test_nothing_is_drawn_where_there_is_no_room() -> None:
    """A plot too small for an axis is empty, not broken."""
    plot = Plot(candles(), 60, 2)
    assert all(glyph == " " for line in drawn(plot, 19, 20) for glyph, _ in line)
    assert all(glyph == " " for line in drawn(replace(plot, candles=()), 60, 20) for glyph, _ in line)


def lines(plot: Plot, width: int = 60) -> list[str]:
    return ["".join(glyph for glyph, _ in line) for line in drawn(plot, width, 20)]


def test_a_candle_with_room_has_a_body_and_a_thin_wick() -> None:
    """Two cells a candle: a block, a line above it, and a gap beside it."""
    walk = [candle("100", "110", "90", "105", n) for n in range(10)]
    text = "\n".join(lines(Plot(walk, 60, 2, cells=2)))
    assert "█ █" in text
    assert "│ │" in text
    assert "┃" not in text


def test_a_near_candle_is_two_cells_wide_with_its_wick_in_the_middle() -> None:
    """`▐█▌`: half a cell on either side."""
    walk = [candle("100", "110", "90", "105", n) for n in range(5)]
    text = "\n".join(lines(Plot(walk, 60, 2, cells=3)))
    assert "▐█▌▐█▌" in text
    assert "│  │" in text


def test_rising_bodies_are_hollow_where_there_are_no_colours() -> None:
    """And falling ones are not."""
    up, down = candle("100", "110", "90", "109"), candle("109", "110", "90", "91", 1)
    text = "\n".join(lines(Plot([up, down], 60, 2, cells=2, look=ChartType.HOLLOW)))
    assert "░ █" in text


def test_a_fill_is_drawn_beside_its_candle_and_never_over_it() -> None:
    """A buy under it, a sell over it."""
    walk = [candle("100", "101", "99", "100.5", n) for n in range(20)] + [candle("100", "130", "70", "100", 20)]
    old = Mark(D(100), Side.BUY, walk[0].time - timedelta(days=1))
    plain = lines(Plot(walk, 60, 2, cells=2, marks=(old,)))
    fills = (Mark(D(100), Side.BUY, walk[5].time), Mark(D(100), Side.SELL, walk[9].time))
    marked = lines(Plot(walk, 60, 2, cells=2, marks=fills))
    changed = [
        (before, after)
        for one, other in zip(plain, marked, strict=True)
        for before, after in zip(one, other, strict=True)
        if before != after
    ]
    assert sorted(changed) == [(" ", "▲"), (" ", "▼")]


def test_a_position_s_line_says_what_it_has_made() -> None:
    """At its entry, between the candles."""
    walk = [candle("100", "110", "90", "105", n) for n in range(5)]
    entry = Mark(D(100), Side.BUY, label="LONG -12.94 ", rule="─")
    assert any(line.startswith("LONG -12.94 ───") for line in lines(Plot(walk, 60, 2, cells=2, marks=(entry,))))


def test_marks_of_one_row_are_named_beside_each_other() -> None:
    """A position's profit is never read as an order's size."""
    walk = [candle("100", "110", "90", "105", n) for n in range(5)]
    marks = (Mark(D(100), Side.BUY, label="LONG -62.75 ", rule="─"), Mark(D(100), Side.SELL, label="S0.3 "))
    assert any(line.startswith("LONG -62.75 S0.3 ") for line in lines(Plot(walk, 60, 2, cells=2, marks=marks)))


@given(st.data())
def test_what_is_kept_of_closed_candles_changes_no_plot(data: st.DataObject) -> None:
    """Moves, new candles, other scales, sizes, zooms and colours: plot after plot is as it would be drawn afresh."""
    closed, known = ClosedCandles(), list(candles())
    for _ in range(data.draw(st.integers(1, 8))):
        known = known[: data.draw(st.integers(1, len(known)))]
        last = D(data.draw(st.sampled_from(("45012.5", "45013", "45500", "44000"))))
        low, high = min(last, known[-1].low), max(last, known[-1].high)
        update = {"close": last, "low": low, "high": high, "volume": D(data.draw(st.integers(0, 40)))}
        known[-1] = known[-1].model_copy(update=update)
        cells, look = data.draw(st.integers(1, 3)), data.draw(st.sampled_from(ChartType))
        plot = Plot(tuple(known), 60, 2, last=last, cells=cells, look=look)
        size = data.draw(st.sampled_from(((60, 20), (60, 8), (100, 20))))
        assert drawn(plot, *size, closed) == drawn(plot, *size)


@pytest.mark.parametrize("cells", [1, 2, 3])
def test_closes_are_one_line_without_a_gap(cells: int) -> None:
    """Each column has a part of it, and what turns is joined; no body is left."""
    closes = ["100", "104", "104", "101", "107"]
    some = [candle(close, "110", "95", close, number) for number, close in enumerate(closes)]
    text = lines(Plot(some, 60, 2, cells=cells, look=ChartType.LINE))
    drawn_at = [{y for y, line in enumerate(text[:-4]) if line[x] in "─│┌┐└┘"} for x in range(len(text[0]))]
    columns = [at for at in drawn_at if at]
    assert len(columns) == 4 * cells + 1
    assert all(max(at) - min(at) + 1 == len(at) for at in columns)
    assert all(here & there for here, there in itertools.pairwise(columns))
    assert not set("".join(text[:-4])) & set("█▀┃╽╿")
