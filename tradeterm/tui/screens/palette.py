"""Every command by its name: typing narrows the list, Enter presses its key. What sends at one press is not offered armed."""

from collections.abc import Sequence
from dataclasses import dataclass

from tradeterm.tui.context import Context
from tradeterm.tui.drawing.keymap import COMMANDS, Keymap, keys_of, shown_keys
from tradeterm.tui.drawing.palette import Tone
from tradeterm.tui.drawing.parts import Line, Part
from tradeterm.tui.screens.choosing import ChoosingDialog

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


class CommandPalette(ChoosingDialog[Choice]):
    """Answers with the command that was chosen."""

    VERB, NOTHING = "do it", "No command is called that."
    SHOWN, LONGEST = 12, 30

    def __init__(self, context: Context, offered: Sequence[Choice]) -> None:
        super().__init__(context, "Commands")
        self._offered = offered

    def _matching(self, text: str) -> Sequence[Choice]:
        return found(self._offered, text)

    def _row(self, one: Choice, mark: str) -> Line:
        return [Part(f"{mark} {one.text:<30}", Tone.STRONG), Part(f"{one.keys:>16}", Tone.MUTED)]
