"""The candle chart as a widget: keys, messages, strips. What is seen stands in chart_view, how it looks in candle_plot."""

from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.binding import BindingType
from textual.events import Resize
from textual.geometry import Size
from textual.message import Message
from textual.widget import Widget

from tradeterm.tui.drawing.chart.candle_plot import ChartType, ClosedCandles, Plot, drawn
from tradeterm.tui.drawing.chart.overlays import Cells
from tradeterm.tui.drawing.chart.view import PAN, ChartView
from tradeterm.tui.drawing.keymap import bindings
from tradeterm.tui.drawing.palette import Palette, Tone
from tradeterm.tui.drawing.segments import SegmentLine, sized
from tradeterm.tui.terminal.pieces import WholeLines, repaint_lines
from tradeterm.tui.widgets.backdrop import Backdrop


class CandleChart(WholeLines, Widget, can_focus=True):
    """Near, a candle has a body with a gap; far out, each column sums several; panned, the right edge lies in the past."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("grid", "chart")

    class Moved(Message):
        """The view, the curves or the crosshair changed."""

    class Looks(Message):
        """From now on it is drawn like this."""

        def __init__(self, look: ChartType) -> None:
            super().__init__()
            self.look = look

    class WantsMore(Message):
        """The oldest known candle is on the screen, and older ones are looked for."""

    class AlertWanted(Message):
        """The user wants to be told of a price: that of the crosshair, or None for one to be typed."""

        def __init__(self, price: Decimal | None) -> None:
            super().__init__()
            self.price = price

    def __init__(self, palette: Palette, *, widget_id: str | None = None) -> None:
        super().__init__(id=widget_id)
        self._palette, self._backdrop = palette, Backdrop(self, palette)
        self._drawn: tuple[Plot, str] | None = None
        self._tick = Decimal(1)
        self._cells: Cells = []
        self._behind = ClosedCandles()
        self._cells_size = Size()
        self._toned: dict[int, SegmentLine] = {}  # lines of the cells, in the palette of so many changes
        self._toned_in = palette.changes
        self.view = ChartView()

    def show(self, plot: Plot, empty: str, tick: Decimal = Decimal(1)) -> None:
        """Draw this; `empty` is the sentence that stands where no candle is."""
        if (plot, empty) != self._drawn:
            self._drawn, self._tick = (plot, empty), tick
            self.view.show(plot)
            self._redraw()

    # -- keys ---------------------------------------------------------------------------------------------------------

    def action_left(self) -> None:
        self._go(PAN)

    def action_right(self) -> None:
        self._go(-PAN)

    def action_up(self) -> None:
        self._lift(1)

    def action_down(self) -> None:
        self._lift(-1)

    def action_latest(self) -> None:
        self.view.pan(-len(self._drawn[0].candles) if self._drawn is not None else 0)
        self._changed()

    def action_zoom_in(self) -> None:
        self.view.zoom_by(-1)
        self._changed()

    def action_zoom_out(self) -> None:
        self.view.zoom_by(1)
        self._changed()

    def action_indicators(self) -> None:
        self.view.next_curves()
        self._changed()

    def action_type(self) -> None:
        self.post_message(self.Looks(self.view.next_look()))
        self._changed()

    def action_crosshair(self) -> None:
        self.view.toggle_cross()
        self._changed()

    def action_alert(self) -> None:
        self.post_message(self.AlertWanted(self.view.cross_price))

    def _go(self, by: int) -> None:
        """Back by columns; with the crosshair, candle by candle."""
        is_at_end = self.view.pan(by) if self.view.cross is None else self.view.move_cross(1 if by > 0 else -1)
        if is_at_end:
            self.post_message(self.WantsMore())
        self._changed()

    def _lift(self, rows: int) -> None:
        if self.view.cross is None:
            self.view.toggle_cross()
        self.view.lift_cross(rows, self._tick)
        self._changed()

    def _changed(self) -> None:
        self.post_message(self.Moved())
        self._redraw()

    def on_resize(self, _: Resize) -> None:
        self._redraw()
        self.refresh()  # its frame too

    # -- drawing ------------------------------------------------------------------------------------------------------

    def _redraw(self) -> None:
        """Work out the cells anew and repaint the lines that differ: a price moves few of them."""
        before = self._cells
        self._work_out()
        repaint_lines(self, [y for y, line in enumerate(self._cells) if y >= len(before) or line != before[y]])

    def _work_out(self) -> None:
        before, self._cells, self._cells_size = self._cells, self._seen_cells(*self.size), self.size
        self._toned = {
            y: line for y, line in self._toned.items() if y < len(self._cells) and self._cells[y] == before[y]
        }

    def _seen_cells(self, width: int, height: int) -> Cells:
        self.view.width, self.view.height = width, height
        plot, empty = self.view.plot(), self._drawn[1] if self._drawn is not None else ""
        if plot is not None and plot.candles:
            return drawn(plot, width, height, self._behind)
        return [[(one, Tone.MUTED) for one in f" {empty}"] if y == 1 else [] for y in range(height)]

    @property
    def ground(self) -> Style:
        return self._backdrop.style

    def segments(self, y: int, width: int) -> SegmentLine:
        if self._cells_size != self.size:
            self._work_out()
        if self._toned_in != self._palette.changes:
            self._toned_in = self._palette.changes
            self._toned.clear()
        if y not in self._toned:
            self._toned[y] = self._line(self._cells[y] if y < len(self._cells) else [], width)
        return self._toned[y]

    def _line(self, cells: list[tuple[str, Tone]], width: int) -> SegmentLine:
        styles = self._palette.styles
        runs = groupby(cells, itemgetter(1))
        return sized([Segment("".join([text for text, _ in run]), styles[tone]) for tone, run in runs], width)
