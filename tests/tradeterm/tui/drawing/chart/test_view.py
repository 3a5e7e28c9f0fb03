"""Which part of the candles is seen."""

from decimal import Decimal

from tests.tradeterm.tui.desks import candles
from tradeterm.tui.drawing.chart.candle_plot import Plot
from tradeterm.tui.drawing.chart.view import CURVES, PAN, ChartView

D = Decimal
MANY = candles(400)


def view(count: int = 400) -> ChartView:
    made = ChartView(width=72, height=24)
    made.show(Plot(MANY[-count:], 60, 2, last=MANY[-1].close))
    return made


def test_panning_back_ends_at_the_oldest_and_says_so() -> None:
    """So that older ones are looked for; forward it ends at now."""
    chart = view()
    reached = [chart.pan(PAN) for _ in range(60)]
    assert reached[0] is False
    assert reached[-1] is True
    plot = chart.plot()
    assert plot is not None
    assert plot.candles[0] == MANY[0]
    chart.pan(-1000)
    assert chart.back == 0


def test_older_candles_that_come_leave_the_view_where_it_is() -> None:
    """The right edge stands."""
    chart = view(100)
    while not chart.pan(PAN):
        pass
    before = chart.plot()
    chart.show(Plot(MANY, 60, 2, last=MANY[-1].close))
    after = chart.plot()
    assert before is not None
    assert after is not None
    assert before.candles[-1] == after.candles[-1]
    assert chart.pan(PAN) is False


def test_the_crosshair_walks_over_candles_and_takes_the_view_along() -> None:
    """Its candle is the one that is read; at the left edge the view pans."""
    chart = view()
    chart.toggle_cross()
    assert chart.crossed == MANY[-1]
    chart.move_cross(3)
    assert chart.crossed == MANY[-4]
    for _ in range(80):
        chart.move_cross(1)
    assert chart.back > 0
    assert chart.crossed == MANY[-1 - 83]
    chart.toggle_cross()
    assert chart.crossed is None


def test_the_crosshair_s_price_stays_on_the_tick_and_above_zero() -> None:
    """Up and down by rows."""
    chart = view()
    chart.toggle_cross()
    chart.lift_cross(1, D("0.5"))
    up = chart.cross_price
    assert up is not None
    assert up % D("0.5") == 0
    chart.lift_cross(-(10**6), D("0.5"))
    assert chart.cross_price == D("0.5")


def test_curves_follow_the_candles_at_every_zoom() -> None:
    """As many values as columns; the last is that of the running candle."""
    chart = view()
    chart.next_curves()
    assert CURVES[chart.curves].startswith("VWAP MA")
    for _ in range(8):
        plot = chart.plot()
        assert plot is not None
        assert [len(curve.values) for curve in plot.curves] == [len(plot.candles)] * 3
        assert plot.curves[0].values[-1] is not None
        chart.zoom_by(1)
    chart.next_curves()
    plot = chart.plot()
    assert plot is not None
    assert not plot.curves


def test_another_interval_starts_at_its_present() -> None:
    """Neither its past nor the crosshair belongs to it."""
    chart = view()
    chart.pan(PAN)
    chart.toggle_cross()
    chart.show(Plot(MANY, 300, 2))
    assert (chart.back, chart.cross) == (0, None)
