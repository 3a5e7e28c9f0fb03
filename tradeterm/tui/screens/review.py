"""The dialog between an order and the server: `y` sends, and nothing else does. Back has the focus."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.events import Click
from textual.screen import ModalScreen

from tradeterm.tui.context import Context
from tradeterm.tui.drawing.keymap import bindings, shown_keys
from tradeterm.tui.drawing.palette import Tone
from tradeterm.tui.drawing.parts import Part
from tradeterm.tui.drawing.words.review import review_lines, verb, verb_tone
from tradeterm.tui.orders.asking import nudged
from tradeterm.tui.orders.sendable import Amend, Sendable
from tradeterm.tui.widgets.lines import Lines
from tradeterm.tui.widgets.titles import resubtitle, retitle


class Back(Lines, can_focus=True):
    """The button that a dialog opens on; Enter and a click leave the dialog."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter,space", "screen.back", "Back")]

    def on_mount(self) -> None:
        self.show([[Part("[ Back ]", Tone.BADGE)]])

    async def on_click(self, event: Click) -> None:
        await self.run_action("screen.back")


class ReviewDialog(ModalScreen[Sendable | None]):
    """Answers with what is to be sent, or None. Keys are ignored for the first 250 ms; a refusal keeps it open."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("review")

    def __init__(self, context: Context, thing: Sendable) -> None:
        super().__init__()
        self._ctx = context
        self._thing = thing
        self._refusal = ""

    def compose(self) -> ComposeResult:
        palette = self._ctx.palette
        with Vertical(id="dialog"):
            yield Lines(palette, widget_id="review-text")
            yield Lines(palette, widget_id="review-refusal")
            with Horizontal(id="review-buttons"):
                yield Back(palette, widget_id="back")
                yield Lines(palette, widget_id="review-verb")

    def on_mount(self) -> None:
        keymap = self._ctx.keymap
        dialog = self.query_one("#dialog")
        done = verb(self._thing).removeprefix("SEND ")
        retitle(dialog, f"Review  {done} {self._thing.symbol}".replace("ALL ALL", "ALL"))
        send, edit, back = (shown_keys(keymap, f"review.{name}") for name in ("send", "edit", "back"))
        resubtitle(dialog, f"{send} send · {edit} edit · {back} enter back")
        words = [Part(f"{send} = ", Tone.MUTED), Part(verb(self._thing), verb_tone(self._thing))]
        self.query_one("#review-verb", Lines).show([words])
        self.repaint()
        self.query_one("#back").focus()
        self._ctx.trading.review_shown()

    def repaint(self) -> None:
        """Write the present figures: the market and the position may move while the dialog is open."""
        lines = review_lines(self._thing, self._ctx.trading, self._ctx.label)
        self.query_one("#review-text", Lines).show(lines)
        refusal = self._refusal or self._ctx.trading.no_link() or ""
        words = [[Part(f"! {refusal}", Tone.ALERT)]] if refusal else [[]]
        self.query_one("#review-refusal", Lines).show(words)

    def action_send(self) -> None:
        match self._ctx.trading.confirm():
            case None:
                return
            case str() as refusal:
                self._refusal = refusal
                self.repaint()
            case thing:
                self.dismiss(thing)

    def action_nudge(self, ticks: int) -> None:
        """Move the price of an amend under review; it can be read anew before it is sent."""
        trading = self._ctx.trading
        if trading.is_deaf() or not isinstance(self._thing, Amend):
            return
        moved = nudged(trading, self._thing, ticks)
        if isinstance(moved, str):
            self._refusal = moved
        else:
            self._thing = moved
            trading.review(moved)
        self.repaint()

    def action_edit(self) -> None:
        self.action_back()

    def action_back(self) -> None:
        trading = self._ctx.trading
        if not trading.is_deaf():
            trading.gate.back()
            self.dismiss(None)
