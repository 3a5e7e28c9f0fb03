"""What lies over the candles covers none of them."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tests.tradeterm.tui.desks import candles
from tradeterm.protocol.vocabulary import Side
from tradeterm.tui.drawing.chart.candle_plot import Plot, drawn
from tradeterm.tui.drawing.chart.overlays import Cross, Curve, Mark, column_of
from tradeterm.tui.drawing.palette import Tone

D = Decimal
SOME = candles(25)
PLOT = Plot(SOME, 60, 2, last=SOME[-1].close, cells=2)
BODIES = set("█▄▀│╷╵")


def bodies(plot: Plot) -> dict[tuple[int, int], str]:
    cells = drawn(plot, 70, 24)
    places = ((y, x, line[x][0]) for y, line in enumerate(cells[:19]) for x in range(56))
    return {(y, x): glyph for y, x, glyph in places if glyph in BODIES}


@given(st.lists(st.tuples(st.integers(0, 24), st.sampled_from(list(Side))), max_size=40), st.integers(0, 24))
def test_candles_stay_as_they_are_whatever_lies_over_them(fills: list[tuple[int, Side]], at: int) -> None:
    """Many fills in one candle, curves through it, a crosshair on it."""
    marks = tuple(Mark(SOME[n].close, side, SOME[n].time + timedelta(seconds=1)) for n, side in fills)
    far = Mark(D(1), Side.BUY, SOME[0].time)  # so that both have the same scale
    curve = Curve([one.close for one in SOME], "•", Tone.STRONG)
    plain = bodies(replace(PLOT, marks=(far,)))
    covered = bodies(replace(PLOT, marks=(far, *marks), curves=(curve,), cross=Cross(at, SOME[at].low)))
    assert {place: glyph for place, glyph in covered.items() if place in plain} == plain


def test_a_curve_goes_through_what_is_empty() -> None:
    """And is not there where it has no value or lies outside."""
    values = [None, *([SOME[-1].close] * 23), D(10**9)]
    text = "".join(
        glyph for line in drawn(replace(PLOT, curves=(Curve(values, "•", Tone.STRONG),)), 70, 24) for glyph, _ in line
    )
    assert 10 < text.count("•") <= 46


def test_the_crosshair_says_its_price_on_the_axis() -> None:
    """A line each way that meet, whatever is under them."""
    lines = ["".join(g for g, _ in line) for line in drawn(replace(PLOT, cross=Cross(3, SOME[3].high)), 70, 24)]
    assert any(f"┼ {SOME[3].high:,.2f}" in line for line in lines)
    assert sum("┊" in line for line in lines) > 10


def test_a_moment_lies_in_one_candle_or_in_none() -> None:
    """Not in the hole after the last one."""
    assert column_of(SOME[4].time + timedelta(seconds=59), SOME, 60) == 4
    assert column_of(SOME[-1].time + timedelta(seconds=60), SOME, 60) is None
    assert column_of(SOME[0].time - timedelta(seconds=1), SOME, 60) is None
