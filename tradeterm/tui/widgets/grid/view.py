"""A table that repaints only the rows that changed. Knows columns, rows and a cursor; nothing about trading."""

from collections.abc import Sequence

from textual.events import Click
from textual.message import Message

from tradeterm.tui.drawing.cells import Column, Row
from tradeterm.tui.drawing.palette import Palette
from tradeterm.tui.widgets.grid.keys import GridKeys

TITLE_INDENT = 3  # of the corner, a line and a blank


class GridView(GridKeys, can_focus=True):
    """A table with a cursor that the user moves by keys and by the mouse, and the screen by its name. One that `follows` goes
    along with the cursor's row where rows move; another goes on showing its first ones, the newest."""

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
        self,
        columns: Sequence[Column],
        palette: Palette,
        *,
        empty: str = "",
        widget_id: str | None = None,
        follows: bool = True,
    ) -> None:
        super().__init__(columns, palette, empty=empty, widget_id=widget_id)
        self._follows = follows

    @property
    def cursor_id(self) -> str | None:
        """The id under the cursor, also when its row has gone since; None while the filter hides it: no key means a row that
        is not shown."""
        return None if self.hides_cursor else self._cursor.row_id

    @property
    def hides_cursor(self) -> bool:
        """Is the cursor's row there, and not let through by the filter?"""
        return self._rows.hides(self._cursor.row_id)

    def move_cursor(self, row_id: str) -> None:
        """Put the cursor on a row that is there."""
        old = self._cursor.row_id
        self._cursor.put(row_id)
        self._repaint_ids(old, row_id)
        self.show_cursor()

    def take_cursor_off(self) -> None:
        """On no row, as before any was chosen."""
        self._cursor.row_id = None

    def step(self, by: int) -> None:
        self._go(self._cursor.stepped(by))

    def step_round(self, by: int) -> None:
        """To the next row, and from the last one to the first."""
        self._go(self._cursor.stepped_round(by))

    def _go(self, row_id: str | None) -> None:
        """The user wants the cursor there."""
        if row_id is not None:
            self.move_cursor(row_id)
            self.post_message(self.Moved(self, row_id))

    def action_open(self) -> None:
        row_id = self._cursor.row_id
        if row_id is not None and self._cursor.is_on_row:
            self.post_message(self.Opened(self, row_id))

    def show_rows(self, rows: Sequence[Row]) -> None:
        was_seen = self._cursor.is_on_row and not self.is_cursor_away
        super().show_rows(rows)
        self._settle_cursor()
        if was_seen and self.has_focus and self._follows:
            self.show_cursor()

    def narrow(self, text: str) -> None:
        super().narrow(text)
        self._settle_cursor()

    def on_focus(self) -> None:
        self.call_next(self._settle_cursor)  # the focus itself is set by the handler after this one
        self.refresh()

    def on_resize(self) -> None:
        if self.has_focus:
            self.show_cursor()

    def on_blur(self) -> None:
        self.refresh()

    async def _on_click(self, event: Click) -> None:
        y = event.y - self.gutter.top
        number = y - 1 + self.scroll_offset.y
        if y < 0:
            self.post_message(self.TitlePressed(self, event.x - TITLE_INDENT))
        elif y >= 1 and number < len(self._rows):
            self._go(self._rows.shown[number].row.id)

    def _settle_cursor(self) -> None:
        """Give a focused table without a cursor its first row; a cursor whose row has gone stays where it was."""
        if self._cursor.row_id is None and len(self._rows) and self.has_focus:
            self.move_cursor(self._rows.shown[0].row.id)

    @property
    def is_cursor_away(self) -> bool:
        """Is the cursor's row there, and out of view, where the wheel left it?"""
        top = self.scroll_offset.y
        return self._cursor.is_on_row and not top <= self._cursor.number < top + self._height

    @property
    def _height(self) -> int:
        """How many rows are seen at once."""
        return max(1, self.size.height - 1)

    def show_cursor(self) -> None:
        """Scroll as little as it takes to see the cursor: keys act there."""
        number, top, height = self._cursor.number, self.scroll_offset.y, self._height
        if number < top:
            self.scroll_to(y=number, animate=False, immediate=True)
        elif number >= top + height:
            self.scroll_to(y=number - height + 1, animate=False, immediate=True)
