"""The rows of a table as they stand: in the order given, as far as the filter lets them through."""

from collections.abc import Sequence
from dataclasses import dataclass

from tradeterm.tui.drawing.cells import Row


@dataclass(frozen=True, slots=True)
class GridLine:
    """A row on its line; another version is another look."""

    row: Row
    version: int


class GridLines:
    """Which row stands on which line, from 0. A row that is equal to what it was keeps its line, and need not be drawn again."""

    def __init__(self) -> None:
        self.shown: list[GridLine] = []
        self._given: Sequence[Row] = ()
        self._filter = ""
        self._numbers: dict[str, int] = {}
        self._versions = 0

    def __len__(self) -> int:
        return len(self.shown)

    @property
    def filter(self) -> str:
        """What the rows are narrowed to; empty shows all."""
        return self._filter

    @property
    def is_given_any(self) -> bool:
        """Whether there are rows at all, shown or not."""
        return bool(self._given)

    @property
    def ids(self) -> list[str]:
        return [line.row.id for line in self.shown]

    def number(self, row_id: str | None) -> int | None:
        """The line of this row; None when it is not shown."""
        return None if row_id is None else self._numbers.get(row_id)

    def row(self, row_id: str) -> Row | None:
        number = self._numbers.get(row_id)
        return None if number is None else self.shown[number].row

    def hides(self, row_id: str | None) -> bool:
        """Is it there, and not let through?"""
        return self.number(row_id) is None and any(row.id == row_id for row in self._given)

    def narrow(self, text: str) -> list[int]:
        """Let through only rows with this text in one of their cells; the lines that are others now."""
        self._filter = text.strip().lower()
        return self.give(self._given)

    def give(self, rows: Sequence[Row]) -> list[int]:
        """These are the rows from now on; the lines that are others now, those that are gone too."""
        self._given = rows
        before = self.shown
        known = {line.row.id: line for line in before}
        passed = [row for row in rows if not self._filter or self._is_meant(row)]
        self.shown = [self._line(row, known.get(row.id)) for row in passed]
        self._numbers = {row.id: number for number, row in enumerate(passed)}
        changed = [n for n, line in enumerate(self.shown) if n >= len(before) or before[n] is not line]
        return [*changed, *range(len(self.shown), len(before))]

    def _is_meant(self, row: Row) -> bool:
        return any(self._filter in cell.text.lower() for cell in row.cells)

    def _line(self, row: Row, known: GridLine | None) -> GridLine:
        if known is not None and (known.row is row or known.row == row):
            return known
        self._versions += 1
        return GridLine(row, self._versions)
