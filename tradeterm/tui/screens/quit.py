"""The question before leaving something behind: what stays on the server, or stands still with it."""

from collections.abc import Sequence
from textwrap import wrap
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical

from tradeterm.tui.context import Context
from tradeterm.tui.drawing.hint_bar import Hint
from tradeterm.tui.drawing.keymap import bindings
from tradeterm.tui.drawing.palette import Tone
from tradeterm.tui.drawing.parts import Part
from tradeterm.tui.format import counted
from tradeterm.tui.screens.dialog import Dialog
from tradeterm.tui.screens.review import Back
from tradeterm.tui.widgets.lines import Lines
from tradeterm.tui.widgets.titles import retitle

TEXT_WIDTH = 54  # of a dialog, inside its frame


def left_behind(context: Context) -> list[str]:
    """What quitting leaves: working orders, open positions, a market that stops. Empty when nothing is at stake."""
    orders, positions = len(context.desk.open_orders()), len(context.desk.positions())
    if not orders and not positions:
        return []
    what = " and ".join(
        text
        for text in (counted(orders, "working order"), counted(positions, "open position"))
        if not text.startswith("0 ")
    )
    one = orders + positions == 1
    if context.label.is_private:
        return [
            f"{what} {'waits' if one else 'wait'} in the private server.",
            "Its market pauses when the last console quits, and stops with it.",
        ]
    return [f"{what} {'stays' if one else 'stay'} on the server."]


class QuitDialog(Dialog[bool]):
    """`y`, or the quit key again, leaves."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("review")

    def __init__(self, context: Context, words: list[str]) -> None:
        super().__init__()
        self._ctx = context
        self._words = words

    @property
    def hints(self) -> Sequence[Hint]:
        return (("review.send", ""), ("app.quit", "quit"), ("review.back", "back"))

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog"):
            yield Lines(self._ctx.palette, widget_id="quit-text")
            yield Back(self._ctx.palette, widget_id="back")

    def on_mount(self) -> None:
        retitle(self.query_one("#dialog"), "Quit?")
        self.show_keys(self._ctx.keymap)
        lines = [[Part(line, Tone.STRONG)] for words in self._words for line in wrap(words, TEXT_WIDTH)]
        self.query_one("#quit-text", Lines).show([*lines, []])
        self.query_one("#back").focus()

    def action_send(self) -> None:
        self.dismiss(True)

    def action_edit(self) -> None:
        self.dismiss(False)

    def action_back(self) -> None:
        self.dismiss(False)
