"""The order line at the foot of the panes: one field, and what it would do above it. It says what was typed; it sends nothing."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Input, Label

from tradeterm.tui.drawing.keymap import bindings
from tradeterm.tui.drawing.palette import Palette
from tradeterm.tui.drawing.parts import Line
from tradeterm.tui.orders.order_line.completion import TypedLines
from tradeterm.tui.orders.order_line.reading import LONGEST
from tradeterm.tui.widgets.field import Field
from tradeterm.tui.widgets.lines import Lines

OFFSET = 2  # cells before the text: the colon and a blank


class OrderLine(Vertical):
    """Hidden until it is opened; Tab completes, the arrows bring old lines back, Enter says what stands there."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("command")

    class Changed(Message):
        """Another text stands there."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Entered(Changed):
        """The user means it."""

    class Completing(Changed):
        """The user wants it completed."""

    class Closed(Message):
        """The line was put away."""

    def __init__(self, palette: Palette, *, widget_id: str | None = None) -> None:
        super().__init__(id=widget_id)
        self._palette = palette
        self._typed = TypedLines()
        self._offered: Sequence[str] = ()

    def compose(self) -> ComposeResult:
        yield Lines(self._palette, widget_id="line-preview")
        with Horizontal(id="line-row"):
            yield Label(": ", markup=False)
            yield Field(id="line-text", max_length=LONGEST, compact=True, select_on_focus=False)

    @property
    def is_open(self) -> bool:
        return bool(self.display)

    @property
    def _field(self) -> Field:
        return self.query_one(Field)

    def open(self, text: str = "") -> None:
        """Show the line, empty or with a text to go on from."""
        self.display = True
        self._typed.reset()
        self._put(text)
        self._field.focus()
        self.post_message(self.Changed(text))

    def show(self, lines: Sequence[Line]) -> None:
        """What the text would do."""
        self.query_one("#line-preview", Lines).show(list(lines))

    def offer(self, lines: Sequence[str]) -> None:
        """Complete to the first of these; the next Tab takes the next one."""
        self._offered = lines
        if lines:
            self._put(lines[0])

    def _put(self, text: str) -> None:
        self._field.value = text
        self._field.cursor_position = len(text)

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if event.value not in self._offered:
            self._offered = ()
        self.post_message(self.Changed(event.value))

    # -- keys ---------------------------------------------------------------------------------------------------------

    def action_run(self) -> None:
        self.post_message(self.Entered(self._field.value))

    def action_complete(self) -> None:
        if self._field.value in self._offered:
            following = self._offered.index(self._field.value) + 1
            self._put(self._offered[following % len(self._offered)])
        else:
            self.post_message(self.Completing(self._field.value))

    def action_older(self) -> None:
        self._put(self._typed.older(self._field.value))

    def action_newer(self) -> None:
        self._put(self._typed.newer(self._field.value))

    def action_close(self) -> None:
        self.display = False
        self.post_message(self.Closed())

    def done(self) -> None:
        """What stands there was done: keep it, and go."""
        self._typed.add(self._field.value)
        self.action_close()
