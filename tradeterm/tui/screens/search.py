"""Find a market by a part of its name. Answers with the symbol, or None; what it is for is the caller's matter."""

from collections.abc import Collection
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from tradeterm.tui.context import Context
from tradeterm.tui.drawing.keymap import bindings
from tradeterm.tui.drawing.palette import Tone
from tradeterm.tui.drawing.parts import Line, Part
from tradeterm.tui.watchlist import matching
from tradeterm.tui.widgets.field import Field
from tradeterm.tui.widgets.lines import Lines
from tradeterm.tui.widgets.titles import resubtitle, retitle

SHOWN = 10


class SearchDialog(ModalScreen[str | None]):
    """Typing narrows the list, the arrows choose, Enter answers, Escape leaves."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("search")

    def __init__(self, context: Context, title: str, without: Collection[str] = ()) -> None:
        super().__init__()
        self._ctx = context
        self._title = title
        self._without = without  # markets that are no answer
        self._found: list[str] = []
        self._at = 0

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog"):
            yield Field(id="search", max_length=20, compact=True)
            yield Lines(self._ctx.palette, widget_id="found")

    def on_mount(self) -> None:
        dialog = self.query_one("#dialog")
        retitle(dialog, self._title)
        resubtitle(dialog, "↑ ↓ choose · enter take · esc back")
        self._find("")
        self.query_one(Field).focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._find(event.value)

    def _find(self, text: str) -> None:
        self._found, self._at = matching(self._offered(), text), 0
        self._show()

    def _offered(self) -> list[str]:
        return [symbol for symbol in self._ctx.desk.markets() if symbol not in self._without]

    def _show(self) -> None:
        first = max(0, self._at - SHOWN + 1)
        rows: list[Line] = [
            [Part(f"{'▶' if number == self._at else ' '} {symbol}", Tone.STRONG)]
            for number, symbol in enumerate(self._found)
        ]
        nothing: list[Line] = [[Part("No market is called that.", Tone.MUTED)]]
        self.query_one("#found", Lines).show(rows[first : first + SHOWN] or nothing)

    def action_step(self, by: int) -> None:
        self._at = max(0, min(len(self._found) - 1, self._at + by))
        self._show()

    def action_take(self) -> None:
        if self._found:
            self.dismiss(self._found[self._at])

    def action_back(self) -> None:
        self.dismiss(None)
