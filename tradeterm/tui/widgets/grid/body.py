"""What a table shows: a heading that stays, and rows, of which only those that changed are painted again."""

from collections.abc import Sequence
from textwrap import wrap

from rich.style import Style
from textual.geometry import Size
from textual.scroll_view import ScrollView

from tradeterm.tui.drawing.cells import Column, Row
from tradeterm.tui.drawing.palette import Palette
from tradeterm.tui.drawing.segments import SegmentLine
from tradeterm.tui.terminal.pieces import WholeLines, repaint_lines
from tradeterm.tui.widgets.backdrop import Backdrop
from tradeterm.tui.widgets.grid.cursor import RowCursor
from tradeterm.tui.widgets.grid.lines import GridLines
from tradeterm.tui.widgets.grid.pen import GridPen


class GridBody(WholeLines, ScrollView):
    """Rows of fixed columns. A row that differs costs one line, whatever the table's length."""

    def __init__(
        self, columns: Sequence[Column], palette: Palette, *, empty: str = "", widget_id: str | None = None
    ) -> None:
        super().__init__(id=widget_id)
        self._rows = GridLines()
        self._cursor = RowCursor(self._rows)
        self._pen = GridPen(columns, palette)
        self._backdrop = Backdrop(self, palette)
        self._empty = empty
        self._marked: str | None = None

    @property
    def row_ids(self) -> list[str]:
        return self._rows.ids

    def row(self, row_id: str) -> Row | None:
        return self._rows.row(row_id)

    @property
    def filter(self) -> str:
        """What the rows are narrowed to; empty shows all."""
        return self._rows.filter

    def show_columns(self, columns: Sequence[Column]) -> None:
        """Change the columns; the rows must be given anew by `show_rows`."""
        if self._pen.change_columns(columns):
            self.refresh()

    def say_when_empty(self, text: str) -> None:
        """What stands in an empty table from now on."""
        if text != self._empty:
            self._empty = text
            self.refresh()

    def mark(self, row_id: str | None) -> None:
        """Put the sign of the current row before this one, wherever the cursor is."""
        if row_id != self._marked:
            old, self._marked = self._marked, row_id
            self._repaint_ids(old, row_id)

    def narrow(self, text: str) -> None:
        """Show only rows that have this text in one of their cells."""
        had_rows = len(self._rows) > 0
        self._changed(self._rows.narrow(text), had_rows)
        if not len(self._rows):
            self.refresh()  # what stands in their place names the filter

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Show these rows in this order, as far as the filter lets them through, repainting the lines that differ."""
        had_rows = len(self._rows) > 0
        self._changed(self._rows.give(rows), had_rows)

    def _changed(self, numbers: list[int], had_rows: bool) -> None:
        self.virtual_size = Size(self._pen.row_width, len(self._rows) + 1)
        if had_rows != (len(self._rows) > 0):
            self.refresh()
        elif numbers:
            self._repaint(numbers)
        self._cursor.follow()

    def _repaint_ids(self, *row_ids: str | None) -> None:
        numbers = [self._rows.number(row_id) for row_id in row_ids]
        self._repaint([number for number in numbers if number is not None])

    def _repaint(self, numbers: Sequence[int]) -> None:
        top, height = self.scroll_offset.y, self.size.height
        seen = [n - top + 1 for n in numbers if 0 < n - top + 1 < height]
        if seen:
            repaint_lines(self, seen)

    @property
    def ground(self) -> Style:
        return self._backdrop.style

    def segments(self, y: int, width: int) -> SegmentLine:
        if y == 0:
            return self._pen.heading(width)
        number = y - 1 + self.scroll_offset.y
        lines = self._rows.shown
        if number >= len(lines):
            return self._pen.sentence("" if lines else self._instead(y - 2, width), width)
        line = lines[number]
        row_id = line.row.id
        is_cursor, is_marked = row_id == self._cursor.row_id, row_id == self._marked
        has_focus = is_cursor and self.has_focus
        return self._pen.line(line, width, is_cursor=is_cursor, has_focus=has_focus, is_marked=is_marked)

    def _instead(self, number: int, width: int) -> str:
        """What an empty table says in this row of its sentence; a blank stays on either side."""
        text = f"Nothing here holds {self.filter}: esc shows all." if self._rows.is_given_any else self._empty
        rows = wrap(text, max(1, width - 2))
        return rows[number] if 0 <= number < len(rows) else ""
