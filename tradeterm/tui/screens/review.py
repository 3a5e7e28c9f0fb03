"""The dialog between an order and the server: `y` sends, and nothing else does. Back has the focus, or the field for a size
that has to be typed."""

from collections.abc import Sequence
from datetime import timedelta
from math import ceil
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.events import Click
from textual.widgets import Label

from tradeterm.protocol.orders import OrderRequest
from tradeterm.tui.context import Context
from tradeterm.tui.drawing.hint_bar import Hint
from tradeterm.tui.drawing.keymap import bindings, shown_keys
from tradeterm.tui.drawing.palette import Tone
from tradeterm.tui.drawing.parts import Line, Part, in_box
from tradeterm.tui.drawing.words.review import review_lines, verb, verb_tone
from tradeterm.tui.format import size_text
from tradeterm.tui.orders.amending import nudged
from tradeterm.tui.orders.sendable import Amend, Sendable
from tradeterm.tui.orders.typed_number import typed_number
from tradeterm.tui.screens.dialog import Dialog
from tradeterm.tui.terminal.pieces import PieceCompositor
from tradeterm.tui.widgets.field import NumberField
from tradeterm.tui.widgets.lines import Lines
from tradeterm.tui.widgets.titles import resubtitle, retitle

# Row 0, the status and the footer stay in sight; a frame, a refusal, a size to type, the buttons.
AROUND = 3 + 2 + 1 + 1 + 1
ROOMY_FROM = 30


class Back(Lines, can_focus=True):
    """The button that a dialog opens on; Enter and a click leave the dialog."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter,space", "screen.back", "Back")]

    def on_mount(self) -> None:
        self.show([[Part("[ Back ]", Tone.BADGE)]])

    async def on_click(self, event: Click) -> None:
        await self.run_action("screen.back")


class WriteAgain:
    """The answer of a review whose order is to be written again."""


class ReviewDialog(Dialog[Sendable | WriteAgain | None]):
    """Answers with what is to be sent, with WriteAgain where that was offered, or None. Keys are ignored for the first 250 ms; a
    refusal keeps it open."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("review")

    def __init__(self, context: Context, thing: Sendable, *, can_edit: bool = False) -> None:
        super().__init__()
        self._can_edit = can_edit
        self._compositor = PieceCompositor(self)
        self._ctx = context
        self._thing = thing
        self._refusal = ""
        self._asked: str | None = None  # why the size has to be typed
        self._is_typed = False

    @property
    def hints(self) -> Sequence[Hint]:
        edit = (("review.edit", "edit"),) if self._can_edit else ()
        back = (("review.back", "back"),)
        if self._asked is not None and not self._is_typed:
            return (("review.take_size", "size typed"), *back)
        ticks = (("review.tick_down", "tick down"), ("review.tick_up", "up")) if isinstance(self._thing, Amend) else ()
        return (("review.send", "send"), *edit, *ticks, *back)

    def compose(self) -> ComposeResult:
        palette = self._ctx.palette
        with Vertical(id="dialog"):
            yield Lines(palette, widget_id="review-text")
            with Horizontal(id="review-size", classes="form-row"):
                yield Label("Type the size ", markup=False)
                yield NumberField(id="size", compact=True)
            yield Lines(palette, widget_id="review-refusal")
            with Horizontal(id="review-buttons"):
                yield Back(palette, widget_id="back")
                yield Lines(palette, widget_id="review-verb")

    def on_mount(self) -> None:
        keymap = self._ctx.keymap
        dialog = self.query_one("#dialog")
        done = verb(self._thing).removeprefix("SEND ")
        retitle(dialog, f"Review  {done} {self._thing.symbol}".replace("ALL ALL", "ALL"))
        keys = {name: shown_keys(keymap, f"review.{name}") for name in ("send", "edit", "back")}
        edit = f" · {keys['edit']} edit" if self._can_edit else ""
        resubtitle(dialog, f"{keys['send']} send{edit} · {keys['back']} enter back")
        self.repaint()
        self.query_one("#back" if self._asked is None else "#size").focus()
        self._ctx.trading.review_shown()

    def repaint(self) -> None:
        """Write the present figures: the market and the position may move while the dialog is open."""
        left = self._ctx.trading.review_ends_in()
        if left == timedelta():
            self._lapse()
            return
        self.query_one("#dialog").set_class(self.app.size.height < ROOMY_FROM, "-tight")
        rows = self.app.size.height - AROUND
        self.query_one("#review-text", Lines).show(review_lines(self._thing, self._ctx.trading, self._ctx.label, rows))
        self._ask_size()
        trading = self._ctx.trading
        refusal = trading.refusal(only_cancels=trading.gate.only_cancels) or self._refusal
        words: list[Line] = [[Part(f"! {refusal}", Tone.ALERT)]] if refusal else [[]]
        self.query_one("#review-refusal", Lines).show(in_box(words))
        self._show_verb(left)

    def _show_verb(self, left: timedelta | None) -> None:
        """What `y` does, and for how long where that ends by itself."""
        send = shown_keys(self._ctx.keymap, "review.send")
        within = "" if left is None else f"   within {ceil(left.total_seconds())} s"
        does = Part(verb(self._thing), verb_tone(self._thing))
        self.query_one("#review-verb", Lines).show([[Part(f"{send} = ", Tone.MUTED), does, Part(within, Tone.MUTED)]])

    def _lapse(self) -> None:
        """Nobody meant it in time."""
        self._ctx.trading.gate.back()
        self._ctx.tell(f"{verb(self._thing)} was not sent: nobody pressed y in time.", is_alert=True)
        self.dismiss(None)

    def _ask_size(self) -> None:
        """An order beyond the console's own limits is typed twice; once it is asked for, its size stays asked for."""
        row = self.query_one("#review-size")
        if self._asked is None and (reason := self._ctx.trading.asks_size(self._thing)) is not None:
            self._asked, self._refusal = reason, f"{reason[0].upper()}{reason[1:]}: type its size, then enter."
        row.display = self._asked is not None

    def action_take(self) -> None:
        """Enter in the size's field: with the order's own size there `y` sends, and it is `y` alone that does."""
        field = self.query_one("#size", NumberField)
        if self._ctx.trading.is_deaf() or not isinstance(self._thing, OrderRequest):
            return
        self._is_typed = typed_number(field.value) == self._thing.quantity
        if self._is_typed:
            self._refusal = ""
            self.query_one("#back").focus()
        else:
            self._refusal = f"The size is {size_text(self._thing.quantity)}: type it, or go back."
            field.select_all()
        self.repaint()

    def action_send(self) -> None:
        if self._asked is not None and not self._is_typed:
            if not self._ctx.trading.is_deaf():
                self.query_one("#size").focus()
            return
        match self._ctx.trading.confirm():
            case None:
                return
            case str():
                self.repaint()  # it says why, for as long as it is so
            case thing:
                self.dismiss(thing)

    def action_nudge(self, ticks: int) -> None:
        """Move the price of an amend under review; it can be read anew before it is sent. Not deaf at first, as this sends
        nothing: of three presses in a row the first one opens the review, and all three are meant."""
        trading = self._ctx.trading
        if not isinstance(self._thing, Amend):
            return
        moved = nudged(trading, self._thing, ticks)
        if isinstance(moved, str):
            self._refusal = moved
        else:
            self._thing = moved
            trading.review(moved)
        self.repaint()

    def action_edit(self) -> None:
        self._leave(WriteAgain() if self._can_edit else None)

    def action_back(self) -> None:
        self._leave(None)

    def _leave(self, answer: WriteAgain | None) -> None:
        trading = self._ctx.trading
        if not trading.is_deaf():
            trading.gate.back()
            self.dismiss(answer)
