"""A cursor that holds a row's id, never its number: rows may come, go and move under it, and it still means the same row."""

from tradeterm.tui.widgets.grid.lines import GridLines


class RowCursor:
    """On the lines of a table. It keeps the id of a row that has gone, and where that was."""

    def __init__(self, lines: GridLines) -> None:
        self._lines = lines
        self.row_id: str | None = None
        self.number = 0  # where its row is, or was last

    @property
    def is_on_row(self) -> bool:
        return self._lines.number(self.row_id) is not None

    def put(self, row_id: str) -> None:
        """On a row that is shown. Raises KeyError for another."""
        number = self._lines.number(row_id)
        if number is None:
            raise KeyError(row_id)
        self.row_id, self.number = row_id, number

    def follow(self) -> None:
        """Rows have moved: stay with the own one."""
        number = self._lines.number(self.row_id)
        if number is not None:
            self.number = number

    def stepped(self, by: int) -> str | None:
        """The row so many lines on, or the last one that way; None in an empty table."""
        count = len(self._lines)
        if not count:
            return None
        # A row that has gone was followed by the one that now stands at its number.
        here = self._lines.number(self.row_id)
        start = here if here is not None else min(self.number, count) - (by > 0)
        return self._lines.shown[max(0, min(count - 1, start + by))].row.id

    def stepped_round(self, by: int) -> str | None:
        """The same, and from the last one to the first; None in an empty table."""
        count = len(self._lines)
        if not count:
            return None
        here = self._lines.number(self.row_id)
        start = here if here is not None else -1 if by > 0 else 0
        return self._lines.shown[(start + by) % count].row.id
