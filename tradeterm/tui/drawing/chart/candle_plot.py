"""Candles as characters: half-cell steps, volume, axes, own fills and orders. Pure: values in, cells out.

A cell is drawn by what its two halves hold (nothing, wick or body), so a doji still has half a cell of body.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import Enum
from operator import is_

from tradeterm.protocol.market import Candle
from tradeterm.tui.drawing.chart.overlays import (
    Cells,
    Cross,
    Curve,
    Mark,
    draw_closes,
    draw_cross,
    draw_curve,
    draw_fill,
    draw_readout,
    draw_rule,
    write,
)
from tradeterm.tui.drawing.chart.scale import Places, Scale, scale_of
from tradeterm.tui.drawing.palette import Tone
from tradeterm.tui.format import fit, price

_BODY, _WICK = 2, 1
_STICKS = {
    (_BODY, _BODY): "┃",
    (_WICK, _WICK): "│",
    (_WICK, _BODY): "╽",
    (_BODY, _WICK): "╿",
    (0, _BODY): "╻",
    (_BODY, 0): "╹",
    (0, _WICK): "╷",
    (_WICK, 0): "╵",
}
# With room beside it a body is a body. Half a cell of wick beside half a cell of body gives way to it.
_BODIES = {
    (_BODY, _BODY): "█",
    (_WICK, _WICK): "│",
    (_WICK, _BODY): "▄",
    (_BODY, _WICK): "▀",
    (0, _BODY): "▄",
    (_BODY, 0): "▀",
    (0, _WICK): "╷",
    (_WICK, 0): "╵",
}
_SIDES = {"█": "▐▌", "░": "▐▌", "▄": "▗▖", "▀": "▝▘"}  # left and right of a body that is two cells wide
_HOLLOW = {"█": "░"}  # a rising body where there are no colours to tell it by
_BLOCKS = " ▁▂▃▄▅▆▇█"


Numbered = Sequence[tuple[int, Candle]]  # with their places from the left


class ChartType(Enum):
    """How candles are drawn: with bodies, with rising bodies hollow, or their closes as one line."""

    CANDLES = "candles"
    HOLLOW = "hollow candles"
    LINE = "line of closes"


@dataclass(frozen=True, slots=True)
class Plot:
    """What is to be drawn: candles of `seconds` each, oldest first, `cells` wide with their gap, the newest at the right.

    `look` is how; where there are no colours rising bodies are hollow.
    """

    candles: Sequence[Candle]
    seconds: int
    decimals: int
    last: Decimal | None = None
    last_tone: Tone = Tone.PLAIN
    marks: Sequence[Mark] = field(default=())
    cells: int = 1
    look: ChartType = ChartType.CANDLES
    curves: Sequence[Curve] = field(default=())
    cross: Cross | None = None


class ClosedCandles:
    """Of one chart: what is closed is drawn once, until another candle runs or the scale is another."""

    def __init__(self) -> None:
        self._of: tuple[object, ...] = ()
        self._candles: Sequence[Candle] = ()
        self._cells: Cells = []

    def cells(
        self, plot: Plot, candles: Sequence[Candle], places: Places, scale: Scale, size: tuple[int, int]
    ) -> Cells:
        """All but the last of these candles, in cells that the caller may write on."""
        largest = max(candle.volume for candle in candles)
        of = (places, scale, size, plot.look, largest)
        closed = candles[:-1]
        if of != self._of or len(closed) != len(self._candles) or not all(map(is_, closed, self._candles)):
            self._of, self._candles = of, closed
            self._cells = _blank(*size)
            _draw_numbered(self._cells, plot, list(enumerate(closed)), places, scale, largest)
        cells = [line.copy() for line in self._cells]
        _draw_numbered(cells, plot, [(len(closed), candles[-1])], places, scale, largest)
        return cells


def drawn(plot: Plot, width: int, height: int, closed: ClosedCandles | None = None) -> Cells:
    """`height` lines of `width` cells: price above, volume below, the axes at the right and at the foot. `closed` keeps what
    is the same in the next one."""
    if not plot.candles or width < 20 or height < 6:
        return _blank(width, height)
    axis = _axis_width(plot, _scale(plot, plot.candles, height))
    columns = width - axis
    candles = plot.candles[-(columns // plot.cells) :]
    scale = _scale(plot, candles, height)
    places = Places(columns, len(candles), plot.cells)
    cells = (closed or ClosedCandles()).cells(plot, candles, places, scale, (width, height))
    if plot.look is ChartType.LINE:
        draw_closes(cells, candles, places, scale)
    _draw_marks(cells, plot, candles, places, scale)
    for curve in plot.curves:
        draw_curve(cells, replace(curve, values=curve.values[-len(candles) :]), places, scale)
    _draw_price_axis(cells, plot, columns, axis, scale)
    if plot.cross is not None and (number := plot.cross.number - (len(plot.candles) - len(candles))) >= 0:
        cross = replace(plot.cross, number=number)
        draw_cross(cells, cross, places, scale, plot.decimals)
        draw_readout(cells, cross, places)
    _draw_time_axis(cells[-1], candles, places, plot.seconds)
    return cells


def _blank(width: int, height: int) -> Cells:
    return [[(" ", Tone.PLAIN)] * width for _ in range(height)]


def _draw_numbered(
    cells: Cells, plot: Plot, numbered: Numbered, places: Places, scale: Scale, largest: Decimal
) -> None:
    _draw_volume(cells[scale.rows : -1], numbered, places, largest)
    if plot.look is not ChartType.LINE:
        _draw_candles(cells, plot, numbered, places, scale)


def _scale(plot: Plot, candles: Sequence[Candle], height: int) -> Scale:
    has_fills = any(mark.time is not None for mark in plot.marks)
    return scale_of(candles, plot.last, plot.decimals, height, margin=has_fills)


def _axis_width(plot: Plot, scale: Scale) -> int:
    return max(len(price(scale.high, plot.decimals)), len(price(scale.low, plot.decimals))) + 3


def _draw_candles(cells: Cells, plot: Plot, numbered: Numbered, places: Places, scale: Scale) -> None:
    glyphs = _STICKS if plot.cells == 1 else _BODIES
    for number, candle in numbered:
        rises, at = candle.close >= candle.open, places.of(number)
        tone = Tone.STALE if candle.hole else Tone.UP if rises else Tone.DOWN
        for row, glyph in _column(candle, scale, glyphs):
            body = _HOLLOW.get(glyph, glyph) if plot.look is ChartType.HOLLOW and rises else glyph
            cells[row][at] = (body, tone)
            if plot.cells == 3 and body in _SIDES:
                cells[row][at - 1], cells[row][at + 1] = ((side, tone) for side in _SIDES[body])


def _column(candle: Candle, scale: Scale, glyphs: Mapping[tuple[int, int], str]) -> list[tuple[int, str]]:
    """The glyphs of one candle as (row, character), top first."""
    top, bottom = scale.half(candle.high), scale.half(candle.low)
    body_top = scale.half(max(candle.open, candle.close))
    body_bottom = scale.half(min(candle.open, candle.close))

    def half(at: int) -> int:
        return _BODY if body_top <= at <= body_bottom else _WICK if top <= at <= bottom else 0

    rows = range(max(0, top // 2), min(scale.rows - 1, bottom // 2) + 1)
    return [(row, glyphs[half(row * 2), half(row * 2 + 1)]) for row in rows]


def _draw_volume(cells: Cells, numbered: Numbered, places: Places, largest: Decimal) -> None:
    """In all of these cells; the largest one fills them."""
    rows = len(cells)
    for number, candle in numbered if largest else ():
        eighths = int(candle.volume * rows * 8 / largest)
        for row in range(rows):
            block = _BLOCKS[max(0, min(8, eighths - (rows - 1 - row) * 8))]
            cells[row][places.of(number)] = (block, Tone.MUTED)


def _draw_marks(cells: Cells, plot: Plot, candles: Sequence[Candle], places: Places, scale: Scale) -> None:
    """Fills first, for they belong to their candle; lines lie where nothing else is."""
    named: dict[int, int] = {}
    for mark in plot.marks:
        if mark.time is not None:
            draw_fill(cells, mark, candles, plot.seconds, places, scale)
    for mark in plot.marks:
        if mark.time is None:
            draw_rule(cells, mark, places.columns, scale, named)


def _draw_price_axis(cells: Cells, plot: Plot, columns: int, axis: int, scale: Scale) -> None:
    last_row = scale.row(plot.last) if plot.last is not None and scale.holds(plot.last) else None
    for at in _round_prices(scale, plot.decimals):
        row = scale.row(at)
        if last_row is None or abs(row - last_row) > 1:
            write(cells[row], columns, fit("┤ " + price(at, plot.decimals), axis), Tone.MUTED)
    if last_row is not None and plot.last is not None:
        text = fit("◀ " + price(plot.last, plot.decimals), axis)
        write(cells[last_row], columns, text, plot.last_tone)


def _round_prices(scale: Scale, decimals: int) -> list[Decimal]:
    """The multiples of 1, 2 or 5 times a power of ten that leave three rows between them."""
    least = max((scale.high - scale.low) * 3 / scale.rows, Decimal(1).scaleb(-decimals))
    power = Decimal(1).scaleb(least.adjusted())
    step = next(power * nice for nice in (1, 2, 5, 10) if power * nice >= least)
    first = int(scale.low / step) + 1
    count = int((scale.high - first * step) / step) + 1
    return [(first + number) * step for number in range(max(0, count))]


def _draw_time_axis(line: list[tuple[str, Tone]], candles: Sequence[Candle], places: Places, seconds: int) -> None:
    """A label where a round time begins, as many as fit beside each other."""
    room = 12
    step = next((s for s in _ROUND_S if s * places.cells >= seconds * room), _ROUND_S[-1])
    form = "%H:%M:%S" if step < 60 else "%H:%M" if step < 86_400 else "%d %b"
    for number, candle in enumerate(candles):
        if int(candle.time.timestamp()) % step == 0:
            text, at = candle.time.strftime(form), places.of(number)
            if at + len(text) <= places.columns:
                write(line, at, text, Tone.MUTED)


_ROUND_S = (10, 15, 30, 60, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400, 604_800, 1_209_600)
