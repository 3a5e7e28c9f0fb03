"""Every command by its name: typing narrows the list, Enter presses its key. What sends at one press is not offered armed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from tradeterm.tui.context import Context
from tradeterm.tui.drawing.keymap import COMMANDS, Keymap, bindings, keys_of, shown_keys
from tradeterm.tui.drawing.palette import Tone
from tradeterm.tui.drawing.parts import Line, Part
from tradeterm.tui.widgets.field import Field
from tradeterm.tui.widgets.lines import Lines
from tradeterm.tui.widgets.titles import resubtitle, retitle

SHOWN = 12
NOT_OFFERED = ("app.palette",)


@dataclass(frozen=True, slots=True)
class Choice:
    """One command: its binding, its words, its keys as they are written, and the first of them as it is pressed."""

    binding: str
    text: str
    keys: str
    key: str


def choices(keymap: Keymap, contexts: Sequence[str], without: Sequence[str] = ()) -> list[Choice]:
    """The commands that have a key in these contexts, in their order."""
    return [
        Choice(one.id, one.text, shown_keys(keymap, one.id), keys_of(keymap, one.id)[0])
        for context in contexts
        for one in COMMANDS
        if one.context == context and keys_of(keymap, one.id) and one.id not in (*without, *NOT_OFFERED)
    ]


def found(offered: Sequence[Choice], text: str) -> list[Choice]:
    """Those that hold every word that was typed: in their words, else in the binding's name."""
    words = text.lower().split()
    by_text = [one for one in offered if all(word in one.text.lower() for word in words)]
    return by_text or [one for one in offered if all(word in one.binding for word in words)]


class CommandPalette(ModalScreen[Choice | None]):
    """Answers with the command that was chosen."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("search")

    def __init__(self, context: Context, offered: Sequence[Choice]) -> None:
        super().__init__()
        self._ctx = context
        self._offered = offered
        self._found: list[Choice] = []
        self._at = 0

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog"):
            yield Field(id="search", max_length=30, compact=True)
            yield Lines(self._ctx.palette, widget_id="found")

    def on_mount(self) -> None:
        retitle(self.query_one("#dialog"), "Commands")
        resubtitle(self.query_one("#dialog"), "↑ ↓ choose · enter do it · esc back")
        self._find("")
        self.query_one(Field).focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._find(event.value)

    def _find(self, text: str) -> None:
        self._found, self._at = found(self._offered, text), 0
        self._show()

    def _show(self) -> None:
        first = max(0, self._at - SHOWN + 1)
        rows: list[Line] = [
            [
                Part(f"{'▶' if number == self._at else ' '} {one.text:<30}", Tone.STRONG),
                Part(f"{one.keys:>16}", Tone.MUTED),
            ]
            for number, one in enumerate(self._found)
        ]
        nothing: list[Line] = [[Part("No command is called that.", Tone.MUTED)]]
        self.query_one("#found", Lines).show(rows[first : first + SHOWN] or nothing)

    def action_step(self, by: int) -> None:
        self._at = max(0, min(len(self._found) - 1, self._at + by))
        self._show()

    def action_take(self) -> None:
        if self._found:
            self.dismiss(self._found[self._at])

    def action_back(self) -> None:
        self.dismiss(None)
