"""One field over a list that narrows it while one types. Enter leaves it so, Escape shows everything again."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import Input

from tradeterm.tui.drawing.hint_bar import Hint
from tradeterm.tui.drawing.keymap import Keymap, bindings
from tradeterm.tui.screens.dialog import Dialog
from tradeterm.tui.widgets.field import Field
from tradeterm.tui.widgets.titles import retitle


class FilterDialog(Dialog[None]):
    """`narrow` is told every text; `first` is what the list is narrowed to already."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("search")

    def __init__(self, keymap: Keymap, title: str, first: str, narrow: Callable[[str], None]) -> None:
        super().__init__()
        self._keymap, self._title, self._first, self._narrow = keymap, title, first, narrow

    @property
    def hints(self) -> Sequence[Hint]:
        return (("search.take", "keep"), ("search.close", "show all"))

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog"):
            yield Field(self._first, id="search", max_length=30, compact=True)

    def on_mount(self) -> None:
        retitle(self.query_one("#dialog"), f"Filter {self._title}")
        self.show_keys(self._keymap)
        self.query_one(Field).focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._narrow(event.value)

    def action_step(self, by: int) -> None:
        """There is nothing to choose."""

    def action_take(self) -> None:
        self.dismiss(None)

    def action_back(self) -> None:
        self._narrow("")
        self.dismiss(None)
