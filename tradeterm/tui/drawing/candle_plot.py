"""Candles as characters: half-cell steps, volume, axes, own fills and orders. Pure: values in, cells out.

A cell is drawn by what its two halves hold (nothing, wick or body), so a doji still has half a cell of body.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from tradeterm.protocol.market import Candle
from tradeterm.protocol.vocabulary import Side
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


@dataclass(frozen=True, slots=True)
class Mark:
    """Something of one's own at a price: a fill (then with its time), a working order, or a position's entry."""

    price: Decimal
    side: Side
    time: datetime | None = None
    label: str = ""
    rule: str = "┈"


@dataclass(frozen=True, slots=True)
class Plot:
    """What is to be drawn: candles of `seconds` each, oldest first, `cells` wide with their gap, the newest at the right.

    `is_hollow`: rising bodies are drawn hollow, for there are no colours.
    """

    candles: Sequence[Candle]
    seconds: int
    decimals: int
    last: Decimal | None = None
    last_tone: Tone = Tone.PLAIN
    marks: Sequence[Mark] = field(default=())
    cells: int = 1
    is_hollow: bool = False


Cells = list[list[tuple[str, Tone]]]


def drawn(plot: Plot, width: int, height: int) -> Cells:
    """`height` lines of `width` cells: price above, volume below, the axes at the right and at the foot."""
    cells: Cells = [[(" ", Tone.PLAIN)] * width for _ in range(height)]
    if not plot.candles or width < 20 or height < 6:
        return cells
    axis = _axis_width(plot, _scale(plot, plot.candles, height))
    columns = width - axis
    candles = plot.candles[-(columns // plot.cells) :]
    scale = _scale(plot, candles, height)
    places = _Places(columns, len(candles), plot.cells)
    _draw_volume(cells, candles, places, scale.rows, height - 1 - scale.rows)
    _draw_candles(cells, plot, candles, places, scale)
    _draw_marks(cells, plot, candles, places, scale)
    _draw_price_axis(cells, plot, columns, axis, scale)
    _draw_time_axis(cells[-1], candles, places, plot.seconds)
    return cells


@dataclass(frozen=True, slots=True)
class _Places:
    """Where each candle's wick stands: `cells` apart, the last one at the right end of `columns`."""

    columns: int
    count: int
    cells: int

    def of(self, number: int) -> int:
        return self.columns - (self.count - number) * self.cells + (self.cells == 3)


@dataclass(frozen=True, slots=True)
class _Scale:
    low: Decimal
    high: Decimal
    rows: int

    def half(self, at: Decimal) -> int:
        """Half-cells from the top."""
        span = self.high - self.low
        return int((self.high - at) * (self.rows * 2 - 1) / span + Decimal("0.5"))

    def holds(self, at: Decimal) -> bool:
        return self.low <= at <= self.high


def _scale(plot: Plot, candles: Sequence[Candle], height: int) -> _Scale:
    low = min(candle.low for candle in candles)
    high = max(candle.high for candle in candles)
    if plot.last is not None:
        low, high = min(low, plot.last), max(high, plot.last)
    if low == high:
        low, high = low - Decimal(1).scaleb(-plot.decimals), high + Decimal(1).scaleb(-plot.decimals)
    volume_rows = 3 if height >= 14 else 2 if height >= 9 else 0
    return _Scale(low, high, height - 1 - volume_rows)


def _axis_width(plot: Plot, scale: _Scale) -> int:
    return max(len(price(scale.high, plot.decimals)), len(price(scale.low, plot.decimals))) + 3


def _draw_candles(cells: Cells, plot: Plot, candles: Sequence[Candle], places: _Places, scale: _Scale) -> None:
    glyphs = _STICKS if plot.cells == 1 else _BODIES
    for number, candle in enumerate(candles):
        rises, at = candle.close >= candle.open, places.of(number)
        tone = Tone.STALE if candle.hole else Tone.UP if rises else Tone.DOWN
        for row, glyph in _column(candle, scale, glyphs):
            body = _HOLLOW.get(glyph, glyph) if plot.is_hollow and rises else glyph
            cells[row][at] = (body, tone)
            if plot.cells == 3 and body in _SIDES:
                cells[row][at - 1], cells[row][at + 1] = ((side, tone) for side in _SIDES[body])


def _column(candle: Candle, scale: _Scale, glyphs: Mapping[tuple[int, int], str]) -> list[tuple[int, str]]:
    """The glyphs of one candle as (row, character), top first."""
    top, bottom = scale.half(candle.high), scale.half(candle.low)
    body_top = scale.half(max(candle.open, candle.close))
    body_bottom = scale.half(min(candle.open, candle.close))

    def half(at: int) -> int:
        return _BODY if body_top <= at <= body_bottom else _WICK if top <= at <= bottom else 0

    rows = range(max(0, top // 2), min(scale.rows - 1, bottom // 2) + 1)
    return [(row, glyphs[half(row * 2), half(row * 2 + 1)]) for row in rows]


def _draw_volume(cells: Cells, candles: Sequence[Candle], places: _Places, first_row: int, rows: int) -> None:
    largest = max((candle.volume for candle in candles), default=Decimal(0))
    if not rows or not largest:
        return
    for number, candle in enumerate(candles):
        eighths = int(candle.volume * rows * 8 / largest)
        for row in range(rows):
            block = _BLOCKS[max(0, min(8, eighths - (rows - 1 - row) * 8))]
            cells[first_row + row][places.of(number)] = (block, Tone.MUTED)


def _draw_marks(cells: Cells, plot: Plot, candles: Sequence[Candle], places: _Places, scale: _Scale) -> None:
    """Orders and entries as a line where nothing else is, named at its left; fills as arrows under or over their candle."""
    named: dict[int, int] = {}  # by row, the first column that no name has taken
    for mark in plot.marks:
        tone = Tone.BUY if mark.side is Side.BUY else Tone.SELL
        if mark.time is None:
            _draw_rule(cells, mark, tone, places.columns, scale, named)
            continue
        number = _column_of(mark.time, candles, plot.seconds)
        if number is not None:
            is_buy, candle = mark.side is Side.BUY, candles[number]
            beside = scale.half(candle.low) // 2 + 1 if is_buy else scale.half(candle.high) // 2 - 1
            cells[max(0, min(scale.rows - 1, beside))][places.of(number)] = ("▲" if is_buy else "▼", tone)


def _draw_rule(cells: Cells, mark: Mark, tone: Tone, columns: int, scale: _Scale, named: dict[int, int]) -> None:
    """A line from side to side. Marks of one row are named beside each other, for one name over another would be a third."""
    if not scale.holds(mark.price):
        return
    row = scale.half(mark.price) // 2
    line, start = cells[row], named.get(row, 0)
    for column in range(start, columns):
        if line[column][0] == " ":
            line[column] = (mark.rule, tone)
    label = mark.label or mark.side.value[0].upper()
    if start + len(label) <= columns:
        _write(line, start, label, tone)
        named[row] = start + len(label)


def _column_of(moment: datetime, candles: Sequence[Candle], seconds: int) -> int | None:
    for number in range(len(candles) - 1, -1, -1):
        since = (moment - candles[number].time).total_seconds()
        if since >= 0:
            return number if since < seconds else None
    return None


def _draw_price_axis(cells: Cells, plot: Plot, columns: int, axis: int, scale: _Scale) -> None:
    last_row = scale.half(plot.last) // 2 if plot.last is not None and scale.holds(plot.last) else None
    for at in _round_prices(scale, plot.decimals):
        row = scale.half(at) // 2
        if last_row is None or abs(row - last_row) > 1:
            _write(cells[row], columns, fit("┤ " + price(at, plot.decimals), axis), Tone.MUTED)
    if last_row is not None and plot.last is not None:
        text = fit("◀ " + price(plot.last, plot.decimals), axis)
        _write(cells[last_row], columns, text, plot.last_tone)


def _round_prices(scale: _Scale, decimals: int) -> list[Decimal]:
    """The multiples of 1, 2 or 5 times a power of ten that leave three rows between them."""
    least = max((scale.high - scale.low) * 3 / scale.rows, Decimal(1).scaleb(-decimals))
    power = Decimal(1).scaleb(least.adjusted())
    step = next(power * nice for nice in (1, 2, 5, 10) if power * nice >= least)
    first = int(scale.low / step) + 1
    count = int((scale.high - first * step) / step) + 1
    return [(first + number) * step for number in range(max(0, count))]


def _draw_time_axis(line: list[tuple[str, Tone]], candles: Sequence[Candle], places: _Places, seconds: int) -> None:
    """A label where a round time begins, as many as fit beside each other."""
    room = 12
    step = next((s for s in _ROUND_S if s * places.cells >= seconds * room), _ROUND_S[-1])
    form = "%H:%M:%S" if step < 60 else "%H:%M" if step < 86_400 else "%d %b"
    for number, candle in enumerate(candles):
        if int(candle.time.timestamp()) % step == 0:
            text, at = candle.time.strftime(form), places.of(number)
            if at + len(text) <= places.columns:
                _write(line, at, text, Tone.MUTED)


_ROUND_S = (10, 15, 30, 60, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400, 604_800, 1_209_600)


def _write(line: list[tuple[str, Tone]], at: int, text: str, tone: Tone) -> None:
    for offset, character in enumerate(text):
        if at + offset < len(line):
            line[at + offset] = (character, tone)
