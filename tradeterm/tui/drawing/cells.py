"""Rows and cells of a table as values: what is drawn, before any widget knows of it."""

from dataclasses import dataclass

from tradeterm.tui.drawing.palette import Tone


@dataclass(frozen=True, slots=True)
class Column:
    """A heading and a fixed width in cells; numbers are aligned right, so that the decimal points meet."""

    title: str
    width: int
    right: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    text: str
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True, slots=True)
class Row:
    """What one line shows; equal rows are drawn once."""

    id: str
    cells: tuple[Cell, ...]
