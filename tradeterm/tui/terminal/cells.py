"""The screen as cells, twice: as it is wanted and as the terminal shows it. What differs is all that is sent. Pure."""

import re
from collections.abc import Iterable, Sequence
from itertools import compress, count
from operator import ne

from rich.cells import cell_len
from rich.color import ColorSystem
from rich.segment import Segment

from tradeterm.tui.terminal.inks import Cell, Ink, Inks, ink_of
from tradeterm.tui.terminal.pens import Pen, change

Row = list[Cell | None]
GAP = 4  # so many unchanged cells are written again sooner than the cursor is moved over them
_NARROW = re.compile("[ -~\u00a0-\u02ff\u2010-\u2027\u2190-\u21ff\u2500-\u25fc]*")  # one cell each, and most of a desk
TAIL: Cell = ("", Pen())  # the second half of a wide character


class CellScreen:
    """`want` says what is to be seen where; `frame` is the text that brings the terminal there."""

    def __init__(self) -> None:
        self.system = ColorSystem.TRUECOLOR
        self._wanted: list[Row] = []
        self._shown: list[Row] = []
        self._touched: set[int] = set()
        self._pen: Pen | None = None

    @property
    def is_stale(self) -> bool:
        """May anything differ from what the terminal shows?"""
        return bool(self._touched)

    def resize(self, width: int, height: int) -> None:
        if len(self._wanted) != height or (height and len(self._wanted[0]) != width):
            self._wanted = [[None] * width for _ in range(height)]
            self.forget()

    def forget(self) -> None:
        """Nobody knows what the terminal shows: the next frame says everything."""
        self._shown = [[None] * len(row) for row in self._wanted]
        self._touched = set(range(len(self._wanted)))
        self._pen = None

    def want(self, x: int, y: int, strips: Iterable[Iterable[Segment]]) -> None:
        """Strips, or other segments, beside each other from this cell on. What lies outside the screen is nobody's."""
        if not 0 <= y < len(self._wanted):
            return
        cells: list[Cell] = []
        for strip in strips:
            for text, style, control in strip:
                if not control:
                    cells += _cells(text, ink_of(style, self.system))
        self._put(x, y, cells)

    def want_line(self, x: int, y: int, segments: Iterable[Segment], inks: Inks) -> None:
        """Segments beside each other from this cell on, written with these inks."""
        if 0 <= y < len(self._wanted):
            cells: list[Cell] = []
            for text, style, _ in segments:
                cells += _cells(text, inks[style])
            self._put(x, y, cells)

    def _put(self, x: int, y: int, cells: list[Cell]) -> None:
        row = self._wanted[y]
        del cells[max(0, len(row) - x) :]
        end = x + len(cells)
        if row[x:end] != cells:
            row[x:end] = cells
            _heal(row, x)
            _heal(row, end)
            self._touched.add(y)

    def frame(self) -> str:
        """What is to be written now; the terminal then shows all that is wanted."""
        texts: list[str] = []
        at: tuple[int, int] | None = None
        for y in sorted(self._touched):
            wanted, shown = self._wanted[y], self._shown[y]
            if wanted == shown:
                continue
            for start, end in _runs(wanted, shown):
                texts.append(_move(at, start, y))
                texts.append(self._written(wanted[start:end]))
                at = (end, y) if end < len(wanted) else None
            self._shown[y] = wanted.copy()
        self._touched.clear()
        return "".join(texts)

    def _written(self, cells: Sequence[Cell | None]) -> str:
        texts = []
        for cell in cells:
            text, pen = cell or (" ", Pen())
            if text:
                if pen is not self._pen:
                    texts.append(change(self._pen, pen))
                    self._pen = pen
                texts.append(text)
        return "".join(texts)


def _cells(text: str, ink: Ink) -> Iterable[Cell]:
    return map(ink.__getitem__, text) if _NARROW.fullmatch(text) else _wide(text, ink.pen)


def _wide(text: str, pen: Pen) -> list[Cell]:
    """Characters of any width; one without a width of its own belongs to the one before it."""
    cells: list[Cell] = []
    for character in text:
        width = cell_len(character)
        if width == 0 and cells:
            before = max(n for n, cell in enumerate(cells) if cell[0])
            cells[before] = (cells[before][0] + character, pen)
        elif width:
            cells += [(character, pen), *[TAIL] * (width - 1)]
    return cells


def _heal(row: Row, x: int) -> None:
    """Half a wide character at this seam is none."""
    if 0 < x <= len(row) and (head := row[x - 1]) is not None and cell_len(head[0]) > 1 and row[x : x + 1] != [TAIL]:
        row[x - 1] = (" ", head[1].for_blanks)
    if x < len(row) and row[x] is TAIL and (x == 0 or (head := row[x - 1]) is None or cell_len(head[0]) < 2):
        row[x] = (" ", Pen())


def _runs(wanted: Row, shown: Row) -> list[tuple[int, int]]:
    """Where they differ, as (start, end); what lies close together is one run, and no wide character is cut."""
    runs: list[tuple[int, int]] = []
    for x in compress(count(), map(ne, wanted, shown)):
        if runs and (x - runs[-1][1] == 0 or _is_cheap(wanted, runs[-1][1], x)):
            runs[-1] = (runs[-1][0], x + 1)
        else:
            runs.append((x, x + 1))
    return [_whole(wanted, *run) for run in runs]


def _is_cheap(row: Row, start: int, end: int) -> bool:
    """Is it shorter to write these cells again than to jump over them? Only in the style in which one writes anyway."""
    before = row[start - 1]
    return (
        end - start <= GAP and before is not None and all(c is not None and c[1] == before[1] for c in row[start:end])
    )


def _whole(row: Row, start: int, end: int) -> tuple[int, int]:
    while start and row[start] is TAIL:
        start -= 1
    while end < len(row) and row[end] is TAIL:
        end += 1
    return start, end


def _move(at: tuple[int, int] | None, x: int, y: int) -> str:
    if at == (x, y):
        return ""
    if at is not None and at[1] == y and x > at[0]:
        return f"\x1b[{x - at[0]}C" if x - at[0] > 1 else "\x1b[C"
    return f"\x1b[{y + 1};{x + 1}H" if x else f"\x1b[{y + 1}H"
