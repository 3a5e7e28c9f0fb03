"""What lies over the candles of a chart: curves, own fills, lines of orders and positions, the crosshair. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from tradeterm.protocol.market import Candle
from tradeterm.protocol.vocabulary import Side
from tradeterm.tui.drawing.chart.scale import Places, Scale
from tradeterm.tui.drawing.palette import Tone
from tradeterm.tui.format import fit, price

Cells = list[list[tuple[str, Tone]]]


@dataclass(frozen=True, slots=True)
class Mark:
    """Something of one's own at a price: a fill (then with its time), a working order, a position's entry, an alert."""

    price: Decimal
    side: Side
    time: datetime | None = None
    label: str = ""
    rule: str = "┈"
    tone: Tone | None = None


@dataclass(frozen=True, slots=True)
class Curve:
    """A value for each candle that is drawn, None where it has none; `glyph` stands where nothing else is."""

    values: Sequence[Decimal | None]
    glyph: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class Cross:
    """A crosshair on the candle of this number, at a price; `readout` stands in the corner that is farther from it."""

    number: int
    price: Decimal
    readout: Sequence[str] = ()


def draw_curve(cells: Cells, curve: Curve, places: Places, scale: Scale) -> None:
    for number, value in enumerate(curve.values):
        if value is None or not scale.holds(value):
            continue
        line, at = cells[scale.row(value)], places.of(number)
        for column in range(
            max(0, at - (places.cells == 3)), min(at + places.cells - (places.cells == 3), places.columns)
        ):
            if line[column][0] == " ":
                line[column] = (curve.glyph, curve.tone)


def draw_fill(cells: Cells, mark: Mark, candles: Sequence[Candle], seconds: int, places: Places, scale: Scale) -> None:
    """An arrow under the candle it was bought in, over the one it was sold in; where others stand, further out."""
    number = None if mark.time is None else column_of(mark.time, candles, seconds)
    if number is None:
        return
    is_buy, candle, at = mark.side is Side.BUY, candles[number], places.of(number)
    below, above = range(scale.row(candle.low) + 1, scale.rows), range(scale.row(candle.high) - 1, -1, -1)
    free = [row for row in (*(below if is_buy else above), *(above if is_buy else below)) if cells[row][at][0] == " "]
    if free:
        cells[free[0]][at] = ("▲" if is_buy else "▼", tone_of(mark))


def draw_rule(cells: Cells, mark: Mark, columns: int, scale: Scale, named: dict[int, int]) -> None:
    """A line from side to side. Marks of one row are named beside each other, for one name over another would be a third.

    `named` is by row the first column that no name has taken.
    """
    if not scale.holds(mark.price):
        return
    row = scale.row(mark.price)
    line, start = cells[row], named.get(row, 0)
    for column in range(start, columns):
        if line[column][0] == " ":
            line[column] = (mark.rule, tone_of(mark))
    label = mark.label or mark.side.value[0].upper()
    if start + len(label) <= columns:
        write(line, start, label, tone_of(mark))
        named[row] = start + len(label)


def draw_cross(cells: Cells, cross: Cross, places: Places, scale: Scale, decimals: int) -> None:
    """Through everything that is empty, with the price on the axis."""
    at, row = places.of(cross.number), scale.row(cross.price) if scale.holds(cross.price) else None
    for number in range(scale.rows):
        if cells[number][at][0] in " ┈":
            cells[number][at] = ("┊", Tone.STRONG)
    if row is None:
        return
    for column in range(places.columns):
        if cells[row][column][0] == " ":
            cells[row][column] = ("┈", Tone.STRONG)
    if cells[row][at][0] in "┊┈":
        cells[row][at] = ("┼", Tone.STRONG)
    axis = len(cells[row]) - places.columns
    write(cells[row], places.columns, fit("┼ " + price(cross.price, decimals), axis), Tone.STRONG)


def draw_readout(cells: Cells, cross: Cross, places: Places) -> None:
    """What the candle at the crosshair is, over everything else."""
    width = max((len(text) for text in cross.readout), default=0)
    left = 0 if places.of(cross.number) > places.columns // 2 else max(0, places.columns - width)
    for line, text in zip(cells, cross.readout, strict=False):
        write(line, left, text.ljust(width)[: places.columns], Tone.STRONG)


def tone_of(mark: Mark) -> Tone:
    return mark.tone or (Tone.BUY if mark.side is Side.BUY else Tone.SELL)


def column_of(moment: datetime, candles: Sequence[Candle], seconds: int) -> int | None:
    """The candle in which this moment lies."""
    for number in range(len(candles) - 1, -1, -1):
        since = (moment - candles[number].time).total_seconds()
        if since >= 0:
            return number if since < seconds else None
    return None


def write(line: list[tuple[str, Tone]], at: int, text: str, tone: Tone) -> None:
    for offset, character in enumerate(text):
        if at + offset < len(line):
            line[at + offset] = (character, tone)


def draw_closes(cells: Cells, candles: Sequence[Candle], places: Places, scale: Scale) -> None:
    """The closes as one line: level from each to the next, and up or down where the next one stands."""
    before: tuple[int, int] | None = None
    for number, candle in enumerate(candles):
        at, row = places.of(number), scale.row(candle.close)
        from_at, from_row = before or (at - 1, row)
        tone = Tone.STALE if candle.hole else Tone.PLAIN
        for column in range(from_at + 1, at):
            cells[from_row][column] = ("─", tone)
        _draw_step(cells, at, from_row, row, tone)
        before = at, row


def _draw_step(cells: Cells, at: int, from_row: int, row: int, tone: Tone) -> None:
    if row == from_row:
        cells[row][at] = ("─", tone)
        return
    rises = row < from_row
    for between in range(min(row, from_row) + 1, max(row, from_row)):
        cells[between][at] = ("│", tone)
    cells[from_row][at] = ("┘" if rises else "┐", tone)
    cells[row][at] = ("┌" if rises else "└", tone)
