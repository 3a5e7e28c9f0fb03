"""The watchlist's table: a table whose rows can be added, taken off and moved."""

from enum import Enum
from typing import ClassVar

from textual.binding import BindingType
from textual.message import Message

from tradeterm.tui.drawing.keymap import bindings
from tradeterm.tui.widgets.grid.view import GridView


class Edit(Enum):
    """What is to be done with the list at the cursor."""

    ADD = "add"
    REMOVE = "remove"
    UP = "up"
    DOWN = "down"
    FAVOUR = "favour"


class WatchGrid(GridView):
    """Says what the user wants; the list itself is not the table's."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("watch")

    class Edited(Message):
        """An edit at the row of this id, which may be no row."""

        def __init__(self, edit: Edit, row_id: str) -> None:
            super().__init__()
            self.edit = edit
            self.row_id = row_id

    class Grouped(Message):
        """The user wants to see the next group of the list."""

    def action_group(self) -> None:
        self.post_message(self.Grouped())

    def action_favourite(self) -> None:
        self._edit(Edit.FAVOUR)

    def action_add(self) -> None:
        self.post_message(self.Edited(Edit.ADD, self.cursor_id or ""))

    def action_remove(self) -> None:
        """The cursor goes to the row that takes the place."""
        rows, gone = self.row_ids, self.cursor_id
        self._edit(Edit.REMOVE)
        if gone in rows and len(rows) > 1:
            at = rows.index(gone)
            self.move_cursor(rows[at + 1] if at + 1 < len(rows) else rows[at - 1])

    def action_move(self, by: int) -> None:
        self._edit(Edit.DOWN if by > 0 else Edit.UP)

    def _edit(self, edit: Edit) -> None:
        self.post_message(self.Edited(edit, self.cursor_id if self.cursor_id in self.row_ids else ""))
