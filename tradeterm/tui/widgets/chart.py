"""The candle chart as a widget: interval, zoom, pan, and strips. What a candle looks like stands in candle_plot."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from typing import ClassVar

from rich.segment import Segment
from textual.binding import BindingType
from textual.events import Resize
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from tradeterm.protocol.market import Candle
from tradeterm.tui.drawing.candle_plot import Plot, drawn
from tradeterm.tui.drawing.keymap import bindings
from tradeterm.tui.drawing.palette import Palette, Tone

PAN = 8
ZOOMS = ((3, 1), (2, 1), (1, 1), (1, 2), (1, 3), (1, 5), (1, 10))  # cells a candle, candles summed into one
FIRST_ZOOM = 1


class CandleChart(Widget, can_focus=True):
    """Near, a candle has a body with a gap; far out, each column sums several; panned, the right edge lies in the past."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("grid", "chart")

    class Panned(Message):
        """The view moved away from now, or came back."""

    def __init__(self, palette: Palette, *, widget_id: str | None = None) -> None:
        super().__init__(id=widget_id)
        self._palette = palette
        self._plot: Plot | None = None
        self._empty = ""
        self._zoom = FIRST_ZOOM
        self._back = 0
        self._strips: list[Strip] | None = None

    def show(self, plot: Plot, empty: str) -> None:
        """Draw this; `empty` is the sentence that stands where no candle is."""
        if (plot, empty) != (self._plot, self._empty):
            if self._plot is not None and plot.seconds != self._plot.seconds:
                self._back = 0
            self._plot, self._empty = plot, empty
            self._redraw()

    @property
    def times(self) -> int:
        """How many candles are one on the screen."""
        return ZOOMS[self._zoom][1]

    def action_left(self) -> None:
        self._pan(PAN)

    def action_right(self) -> None:
        self._pan(-PAN)

    def action_latest(self) -> None:
        self._pan(-self._back)

    def action_zoom_in(self) -> None:
        self._zoom = max(0, self._zoom - 1)
        self._redraw()

    def action_zoom_out(self) -> None:
        self._zoom = min(len(ZOOMS) - 1, self._zoom + 1)
        self._redraw()

    def on_resize(self, _: Resize) -> None:
        self._redraw()

    def _pan(self, by: int) -> None:
        cells, times = ZOOMS[self._zoom]
        count = len(self._plot.candles) if self._plot is not None else 0
        first = max(0, count - self.size.width // cells * times)  # the oldest candle stands at the left, and no further
        self._back = max(0, min(first, self._back + by * times))
        self.post_message(self.Panned())
        self._redraw()

    def _redraw(self) -> None:
        self._strips = None
        self.refresh()

    def render_line(self, y: int) -> Strip:
        if self._strips is None:
            self._strips = self._render_strips(self.size.width, self.size.height)
        return self._strips[y] if y < len(self._strips) else Strip.blank(self.size.width, self.rich_style)

    def _render_strips(self, width: int, height: int) -> list[Strip]:
        plot = self._plot
        if plot is None or not plot.candles:
            blank = Strip.blank(width, self.rich_style)
            words = Segment(f" {self._empty}", self._palette.styles[Tone.MUTED])
            sentence = Strip([words]).adjust_cell_length(width).apply_style(self.rich_style)
            return [sentence if y == 1 else blank for y in range(height)]
        seen = plot.candles[: len(plot.candles) - self._back] if self._back else plot.candles
        cells, times = ZOOMS[self._zoom]
        recent = summed(seen[-(width // cells) * times :], plot.seconds, times)
        last = None if self._back else plot.last
        shown = replace(plot, candles=recent, seconds=plot.seconds * times, last=last, cells=cells)
        return [self._strip(line) for line in drawn(shown, width, height)]

    def _strip(self, line: list[tuple[str, Tone]]) -> Strip:
        styles = self._palette.styles
        runs = [
            Segment("".join(text for text, _ in run), styles[tone])
            for tone, run in groupby(line, key=lambda cell: cell[1])
        ]
        return Strip(runs).apply_style(self.rich_style)


def summed(candles: Sequence[Candle], seconds: int, count: int) -> Sequence[Candle]:
    """Every `count` candles as one, from round times on, so that columns do not change as time goes on."""
    if count == 1:
        return candles
    chunks = groupby(candles, key=lambda candle: int(candle.time.timestamp()) // (seconds * count))
    return [_sum(list(chunk)) for _, chunk in chunks]


def _sum(chunk: Sequence[Candle]) -> Candle:
    return chunk[0].model_copy(
        update={
            "high": max(candle.high for candle in chunk),
            "low": min(candle.low for candle in chunk),
            "close": chunk[-1].close,
            "volume": sum(candle.volume for candle in chunk),
            "trades": sum(candle.trades for candle in chunk),
        }
    )
