"""Choosing one of many by typing a part of its name: what finding a market and finding a command have in common."""

from collections.abc import Sequence
from typing import ClassVar, Generic, TypeVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.events import Click
from textual.widgets import Input

from tradeterm.tui.context import Context
from tradeterm.tui.drawing.hint_bar import Hint
from tradeterm.tui.drawing.keymap import bindings
from tradeterm.tui.drawing.palette import Tone
from tradeterm.tui.drawing.parts import Line, Part
from tradeterm.tui.screens.dialog import Dialog
from tradeterm.tui.widgets.field import Field
from tradeterm.tui.widgets.lines import Lines
from tradeterm.tui.widgets.titles import retitle

T = TypeVar("T")


class ChoosingDialog(Dialog[T | None], Generic[T]):
    """Typing narrows the list, arrows, clicks and the wheel choose, Enter answers with one of it, Escape with None."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("search")
    VERB: ClassVar[str]  # what Enter does
    NOTHING: ClassVar[str]  # what is said where nothing is found
    SHOWN: ClassVar[int]  # rows
    LONGEST: ClassVar[int]  # characters that are typed

    def __init__(self, context: Context, title: str) -> None:
        super().__init__()
        self._ctx, self._title = context, title
        self._found: Sequence[T] = ()
        self._at = 0
        self._first = 0  # the row at the top

    @property
    def hints(self) -> Sequence[Hint]:
        return (("search.prev", ""), ("search.next", "choose"), ("search.take", self.VERB), ("search.close", "back"))

    def _matching(self, text: str) -> Sequence[T]:
        """What is offered for a text, the best first; all for none."""
        raise NotImplementedError

    def _row(self, one: T, mark: str) -> Line:
        """One of the list; the mark says whether it is the one that Enter takes."""
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog"):
            yield Field(id="search", max_length=self.LONGEST, compact=True)
            yield Lines(self._ctx.palette, widget_id="found")

    def on_mount(self) -> None:
        retitle(self.query_one("#dialog"), self._title)
        self.show_keys(self._ctx.keymap)
        self._find("")
        self.query_one(Field).focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._find(event.value)

    def _find(self, text: str) -> None:
        self._found, self._at, self._first = self._matching(text), 0, 0
        self._show()

    def _show(self) -> None:
        """The rows move only as far as the choice needs it: none goes from under the pointer that clicked on it."""
        self._first = min(self._at, max(self._first, self._at - self.SHOWN + 1))
        rows = [self._row(one, "▶" if number == self._at else " ") for number, one in enumerate(self._found)]
        nothing: list[Line] = [[Part(self.NOTHING, Tone.MUTED)]]
        self.query_one("#found", Lines).show(rows[self._first : self._first + self.SHOWN] or nothing)

    def on_click(self, event: Click) -> None:
        """A click goes to a row, and takes it where the choice stands already."""
        found = self.query_one("#found", Lines)
        number = self._first + event.get_content_offset_capture(found).y
        if event.widget is not found or not 0 <= number < len(self._found):
            return
        if number != self._at:
            self.action_step(number - self._at)
        else:
            self.action_take()

    def on_mouse_scroll_down(self) -> None:
        self.action_step(1)

    def on_mouse_scroll_up(self) -> None:
        self.action_step(-1)

    def action_step(self, by: int) -> None:
        self._at = max(0, min(len(self._found) - 1, self._at + by))
        self._show()

    def action_take(self) -> None:
        if self._found:
            self.dismiss(self._found[self._at])

    def action_back(self) -> None:
        self.dismiss(None)
