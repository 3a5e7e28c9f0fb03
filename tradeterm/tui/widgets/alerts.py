"""The alerts' table: a table whose rows can be taken away, and to which one can be added."""

from typing import ClassVar

from textual.binding import BindingType
from textual.message import Message

from tradeterm.tui.drawing.keymap import bindings
from tradeterm.tui.widgets.grid.view import GridView


class AlertGrid(GridView):
    """Says what the user wants; whether an alert waits is the server's to say."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("alerts")

    class Added(Message):
        """The user wants to set one."""

    class Deleted(Message):
        """The user wants the one of this id taken away; none is at the cursor where it is empty."""

        def __init__(self, alert_id: str) -> None:
            super().__init__()
            self.alert_id = alert_id

    def action_add(self) -> None:
        self.post_message(self.Added())

    def action_delete(self) -> None:
        if self.cursor_id is not None or self.hides_cursor:
            self.post_message(self.Deleted(self.cursor_id or ""))
