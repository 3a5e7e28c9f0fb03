"""The candle chart: zoom, pan, and what it says when there is nothing to draw."""

from dataclasses import replace
from decimal import Decimal

from textual.app import App, ComposeResult

from tests.tradeterm.tui.desks import NOON, candles
from tradeterm.protocol.vocabulary import Side
from tradeterm.tui.drawing.chart.candle_plot import ChartType, Plot
from tradeterm.tui.drawing.chart.overlays import Mark
from tradeterm.tui.drawing.chart.view import summed
from tradeterm.tui.drawing.keymap import default_keymap
from tradeterm.tui.drawing.palette import palette
from tradeterm.tui.palette_names import PaletteName
from tradeterm.tui.widgets.chart import CandleChart

D = Decimal
PLOT = Plot(candles(), 60, 2, last=D("45012.5"))


class ChartApp(App[None]):
    """One chart and nothing else."""

    def __init__(self) -> None:
        super().__init__()
        self.set_keymap(dict(default_keymap()))
        self.heard: list[Decimal | None] = []
        self.wanted_more = 0
        self.looks: list[ChartType] = []

    def compose(self) -> ComposeResult:
        yield CandleChart(palette(PaletteName.GREEN_RED), widget_id="chart")

    def on_mount(self) -> None:
        self.chart.focus()

    def on_candle_chart_alert_wanted(self, event: CandleChart.AlertWanted) -> None:
        self.heard.append(event.price)

    def on_candle_chart_looks(self, event: CandleChart.Looks) -> None:
        self.looks.append(event.look)

    def on_candle_chart_wants_more(self) -> None:
        self.wanted_more += 1

    @property
    def chart(self) -> CandleChart:
        return self.query_one(CandleChart)

    @property
    def text(self) -> str:
        return "\n".join(self.chart.render_line(y).text for y in range(self.chart.size.height))


async def test_candles_axes_volume_and_the_last_price_are_drawn() -> None:
    """The newest candle at the right edge, its price beside it."""
    async with ChartApp().run_test(size=(60, 20)) as pilot:
        app = pilot.app
        assert isinstance(app, ChartApp)
        app.chart.show(PLOT, "")
        assert "◀ 45,012.50" in app.text
        assert "12:20" in app.text
        assert any(block in app.text for block in "▂▃▄▅▆▇█")


async def test_own_orders_and_fills_are_drawn_in() -> None:
    """A working order is a line with its side, a fill an arrow in its candle."""
    async with ChartApp().run_test(size=(60, 20)) as pilot:
        app = pilot.app
        assert isinstance(app, ChartApp)
        newest = PLOT.candles[-1]
        marks = (Mark(newest.low, Side.BUY), Mark(newest.close, Side.SELL, NOON))
        app.chart.show(replace(PLOT, marks=marks), "")
        assert "┈" in app.text
        assert "▼" in app.text


async def test_panning_leaves_the_present_and_space_comes_back() -> None:
    """In the past there is no last price."""
    async with ChartApp().run_test(size=(60, 20)) as pilot:
        app = pilot.app
        assert isinstance(app, ChartApp)
        app.chart.show(PLOT, "")
        await pilot.press("h")
        assert "◀" not in app.text
        await pilot.press("space")
        assert "◀" in app.text


async def test_zooming_out_shows_more_time() -> None:
    """A column then stands for several candles."""
    async with ChartApp().run_test(size=(60, 20)) as pilot:
        app = pilot.app
        assert isinstance(app, ChartApp)
        app.chart.show(PLOT, "")
        before = app.text
        await pilot.press("minus")
        assert app.text != before
        await pilot.press("plus")
        assert app.text == before


async def test_without_candles_there_is_a_sentence() -> None:
    """And no axis of made-up prices."""
    async with ChartApp().run_test(size=(60, 20)) as pilot:
        app = pilot.app
        assert isinstance(app, ChartApp)
        app.chart.show(Plot((), 60, 2), "No price of BTC/USD yet.")
        assert "No price of BTC/USD yet." in app.text
        assert "┤" not in app.text


def test_summed_candles_keep_the_extremes_the_ends_and_the_volume() -> None:
    """Several candles as one lose nothing that is drawn."""
    few = PLOT.candles[:10]
    many = summed(few, 60, 5)
    assert max(c.high for c in many) == max(c.high for c in few)
    assert min(c.low for c in many) == min(c.low for c in few)
    assert sum(c.volume for c in many) == sum(c.volume for c in few)
    assert (many[0].open, many[-1].close) == (few[0].open, few[-1].close)


async def test_keys_move_the_crosshair_and_ask_for_what_is_older() -> None:
    """`v` shows it, `h` goes candle by candle, `k` lifts it; `a` says its price."""
    async with ChartApp().run_test(size=(60, 20)) as pilot:
        app = pilot.app
        assert isinstance(app, ChartApp)
        app.chart.show(PLOT, "", D("0.5"))
        await pilot.press("v", "h", "h", "k", "a")
        assert app.chart.view.crossed == PLOT.candles[-3]
        assert "┊" in app.text
        assert app.heard == [app.chart.view.cross_price]
        await pilot.press("v", *["h"] * 12)
        assert app.wanted_more > 0


async def test_t_goes_through_the_ways_to_draw_it() -> None:
    """Candles, hollow ones, a line of closes, and candles again; it says which."""
    async with ChartApp().run_test(size=(60, 20)) as pilot:
        app = pilot.app
        assert isinstance(app, ChartApp)
        app.chart.show(PLOT, "")
        before = app.text
        await pilot.press("t")
        assert "░" in app.text
        await pilot.press("t")
        assert "┌" in app.text or "┐" in app.text
        await pilot.press("t")
        assert app.text == before
        assert app.looks == [ChartType.HOLLOW, ChartType.LINE, ChartType.CANDLES]


async def test_without_colours_t_draws_no_full_candles() -> None:
    """Rising and falling ones would look the same."""
    async with ChartApp().run_test(size=(60, 20)) as pilot:
        app = pilot.app
        assert isinstance(app, ChartApp)
        app.chart.show(replace(PLOT, look=ChartType.HOLLOW), "")
        await pilot.press("t", "t", "t")
        assert app.looks == [ChartType.LINE, ChartType.HOLLOW, ChartType.LINE]
