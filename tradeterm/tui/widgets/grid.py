"""A table that repaints only the rows that changed. Knows columns, rows and a cursor; nothing about trading.

The cursor holds a row's id, never its number: rows may come, go and move under it, and it still means the same row.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.binding import BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tradeterm.tui.drawing.cells import Column, Row
from tradeterm.tui.drawing.keymap import bindings
from tradeterm.tui.drawing.palette import Palette, Tone
from tradeterm.tui.format import fit

TITLE_INDENT = 3  # of the corner, a line and a blank
CACHE_LIMIT = 256  # lines as they were drawn: a screen or two of them


@dataclass(slots=True)
class _Line:
    row: Row
    version: int = field(default=0)


class GridView(ScrollView, can_focus=True):
    """Rows of fixed columns below a heading that stays. A row that differs costs one line, whatever the table's length."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("grid")

    class Moved(Message):
        """The cursor was moved by the user, to the row of this id."""

        def __init__(self, grid: "GridView", row_id: str) -> None:
            super().__init__()
            self.grid = grid
            self.row_id = row_id

        @property
        def control(self) -> "GridView":
            return self.grid

    class Opened(Moved):
        """Enter or a click on the row of this id."""

    class TitlePressed(Message):
        """A click on the frame above; `column` counts the cells of the title's text."""

        def __init__(self, grid: "GridView", column: int) -> None:
            super().__init__()
            self.grid, self.column = grid, column

    def __init__(
        self, columns: Sequence[Column], palette: Palette, *, empty: str = "", widget_id: str | None = None
    ) -> None:
        super().__init__(id=widget_id)
        self._columns = tuple(columns)
        self._palette = palette
        self._empty = empty
        self._given: Sequence[Row] = ()
        self._filter = ""
        self._lines: list[_Line] = []
        self._index: dict[str, int] = {}
        self._versions = 0
        self._cursor_id: str | None = None
        self._last_index = 0
        self._marked: str | None = None
        self._strips: dict[tuple[object, ...], Strip] = {}

    # -- what is shown ------------------------------------------------------------------------------------------------

    @property
    def cursor_id(self) -> str | None:
        """The id under the cursor, also when its row has gone since."""
        return self._cursor_id

    @property
    def row_ids(self) -> list[str]:
        return [line.row.id for line in self._lines]

    def row(self, row_id: str) -> Row | None:
        index = self._index.get(row_id)
        return None if index is None else self._lines[index].row

    def show_columns(self, columns: Sequence[Column]) -> None:
        """Change the columns; the rows must be given anew by `show_rows`."""
        if tuple(columns) != self._columns:
            self._columns = tuple(columns)
            self._strips.clear()
            self.refresh()

    def mark(self, row_id: str | None) -> None:
        """Put the sign of the current row before this one, wherever the cursor is."""
        if row_id != self._marked:
            old, self._marked = self._marked, row_id
            self._repaint_ids(old, row_id)

    @property
    def filter(self) -> str:
        """What the rows are narrowed to; empty shows all."""
        return self._filter

    def narrow(self, text: str) -> None:
        """Show only rows that have this text in one of their cells."""
        self._filter = text.strip().lower()
        self.show_rows(self._given)

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Show these rows in this order, as far as the filter lets them through, repainting the lines that differ."""
        self._given = rows
        rows = [row for row in rows if not self._filter or any(self._filter in cell.text.lower() for cell in row.cells)]
        before = self._lines
        known = {line.row.id: line for line in before}
        self._lines = [self._line_for(row, known.get(row.id)) for row in rows]
        self._index = {row.id: number for number, row in enumerate(rows)}
        self.virtual_size = Size(self._row_width, len(rows) + 1)
        changed = [n for n, line in enumerate(self._lines) if n >= len(before) or before[n] is not line]
        changed += range(len(self._lines), len(before))
        if bool(before) != bool(rows):
            self.refresh()
        elif changed:
            self._repaint(changed)
        self._settle_cursor()

    # -- the cursor ---------------------------------------------------------------------------------------------------

    def move_cursor(self, row_id: str) -> None:
        """Put the cursor on a row that is there."""
        old, self._cursor_id = self._cursor_id, row_id
        self._last_index = self._index[row_id]
        self._repaint_ids(old, row_id)
        self._scroll_to_cursor()

    def step_round(self, by: int) -> None:
        """To the next row, and from the last one to the first."""
        here = self._index.get(self._cursor_id or "", -1 if by > 0 else 0)
        if self._lines:
            number = (here + by) % len(self._lines)
            self.move_cursor(self._lines[number].row.id)
            self.post_message(self.Moved(self, self._lines[number].row.id))

    def action_down(self) -> None:
        self._step(1)

    def action_up(self) -> None:
        self._step(-1)

    def action_top(self) -> None:
        self._step(-len(self._lines))

    def action_bottom(self) -> None:
        self._step(len(self._lines))

    def action_page_down(self) -> None:
        self._step(self._page)

    def action_page_up(self) -> None:
        self._step(-self._page)

    def action_half_down(self) -> None:
        self._step(self._page // 2)

    def action_half_up(self) -> None:
        self._step(-(self._page // 2))

    def action_open(self) -> None:
        if self._cursor_id in self._index:
            self.post_message(self.Opened(self, self._cursor_id))

    def on_focus(self) -> None:
        self.call_next(self._settle_cursor)  # the focus itself is set by the handler after this one
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    async def _on_click(self, event: object) -> None:
        y = getattr(event, "y", 0) - self.gutter.top
        if y < 0:
            self.post_message(self.TitlePressed(self, getattr(event, "x", 0) - TITLE_INDENT))
            return
        number = y - 1 + self.scroll_offset.y
        if y >= 1 and number < len(self._lines):
            self.move_cursor(self._lines[number].row.id)
            self.post_message(self.Moved(self, self._lines[number].row.id))

    @property
    def _page(self) -> int:
        return max(2, self.size.height - 2)

    def _step(self, by: int) -> None:
        """Move by rows from where the cursor is, or from where its row was."""
        if not self._lines:
            return
        here = self._index.get(self._cursor_id or "", -1)
        # A row that has gone was followed by the one that now stands at its number.
        start = here if here >= 0 else min(self._last_index, len(self._lines)) - (by > 0)
        number = max(0, min(len(self._lines) - 1, start + by))
        self.move_cursor(self._lines[number].row.id)
        self.post_message(self.Moved(self, self._lines[number].row.id))

    def _settle_cursor(self) -> None:
        """Give a focused table without a cursor its first row; a cursor whose row has gone stays where it was."""
        if self._cursor_id is None:
            if self._lines and self.has_focus:
                self.move_cursor(self._lines[0].row.id)
        elif self._cursor_id in self._index:
            self._last_index = self._index[self._cursor_id]

    def _scroll_to_cursor(self) -> None:
        number, height = self._last_index, max(1, self.size.height - 1)
        top = self.scroll_offset.y
        if number < top:
            self.scroll_to(y=number, animate=False)
        elif number >= top + height:
            self.scroll_to(y=number - height + 1, animate=False)

    # -- drawing ------------------------------------------------------------------------------------------------------

    @property
    def _row_width(self) -> int:
        return sum(column.width + 1 for column in self._columns)

    def _line_for(self, row: Row, known: _Line | None) -> _Line:
        if known is not None and known.row == row:
            return known
        self._versions += 1
        return _Line(row, self._versions)

    def _repaint_ids(self, *row_ids: str | None) -> None:
        self._repaint([self._index[row_id] for row_id in row_ids if row_id in self._index])

    def _repaint(self, numbers: Sequence[int]) -> None:
        top, width, height = self.scroll_offset.y, self.size.width, self.size.height
        regions = [Region(0, n - top + 1, width, 1) for n in numbers if 0 < n - top + 1 < height]
        if regions:
            self.refresh(*regions)

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        if y == 0:
            return self._cached(("head", width, self._palette.changes), lambda: self._heading(width))
        number = y - 1 + self.scroll_offset.y
        if number >= len(self._lines):
            nothing = f"Nothing here holds {self._filter}: esc shows all." if self._given else self._empty
            text = nothing if not self._lines and y == 2 else ""
            return self._cached(("text", text, width, self._palette.changes), lambda: self._sentence(text, width))
        line = self._lines[number]
        is_cursor, is_marked = line.row.id == self._cursor_id, line.row.id == self._marked
        key = (line.version, width, is_cursor, is_cursor and self.has_focus, is_marked, self._palette.changes)
        return self._cached(key, lambda: self._drawn(line.row, width, is_cursor, is_marked))

    def _cached(self, key: tuple[object, ...], draw: Callable[[], Strip]) -> Strip:
        strip = self._strips.get(key)
        if strip is None:
            if len(self._strips) >= CACHE_LIMIT:
                self._strips.clear()
            strip = self._strips[key] = draw().apply_style(self.rich_style)
        return strip

    def _heading(self, width: int) -> Strip:
        text = "".join(" " + fit(column.title, column.width, column.right) for column in self._columns)
        return _sized([Segment(text, self._palette.styles[Tone.HEAD])], width, Style())

    def _sentence(self, text: str, width: int) -> Strip:
        return _sized([Segment(" " + text, self._palette.styles[Tone.MUTED])], width, Style())

    def _drawn(self, row: Row, width: int, is_cursor: bool, is_marked: bool) -> Strip:
        styles = self._palette.styles
        sign = "▶" if is_cursor and self.has_focus else "▸" if is_marked else " "
        segments = [Segment(sign, styles[Tone.STRONG])]
        for column, cell in zip(self._columns, row.cells, strict=True):
            segments.append(Segment(fit(cell.text, column.width, column.right), styles[cell.tone]))
            segments.append(Segment(" "))
        over = Style() if not is_cursor else self._palette.cursor if self.has_focus else self._palette.cursor_quiet
        return _sized(segments, width, over)


def _sized(segments: list[Segment], width: int, over: Style) -> Strip:
    """Exactly `width` cells, with `over` laid over all of them."""
    strip = Strip(segments).adjust_cell_length(width)
    return Strip([Segment(s.text, (s.style or Style()) + over) for s in strip], width)
