"""The dialogs that change the mode: arming, with its minutes and its size; and words that have to be typed."""

from collections.abc import Sequence
from decimal import Decimal
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Label

from tradeterm.tui.context import Context
from tradeterm.tui.drawing.bars import label_part
from tradeterm.tui.drawing.hint_bar import Hint
from tradeterm.tui.drawing.keymap import bindings, shown_keys
from tradeterm.tui.drawing.palette import Tone
from tradeterm.tui.drawing.parts import Line, Part, in_box
from tradeterm.tui.orders.mode import Arming
from tradeterm.tui.orders.typed_number import NotANumber, typed_number
from tradeterm.tui.screens.dialog import Dialog
from tradeterm.tui.screens.review import Back
from tradeterm.tui.widgets.field import Field, NumberField
from tradeterm.tui.widgets.lines import Lines
from tradeterm.tui.widgets.titles import retitle

ARM, UNLOCK = "ARM", "UNLOCK"
KEYS_SAID = (
    ("order.buy_at_cursor", "order.sell_at_cursor"),
    ("ladder.join_bid", "ladder.join_offer", "ladder.take_offer", "ladder.hit_bid"),
    ("order.tick_down", "order.tick_up"),
    ("position.flatten",),
)


class ArmDialog(Dialog[Arming | None]):
    """`y` arms with what is shown, and on real money the word does; `e` goes to the fields. Back has the focus."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("arm")

    def __init__(self, context: Context, arming: Arming, symbol: str) -> None:
        super().__init__()
        self._ctx = context
        self._arming = arming
        self._symbol = symbol
        self._fault = ""

    @property
    def hints(self) -> Sequence[Hint]:
        arms = ("arm.take", f"arm, after {ARM}") if self._ctx.label.is_live else ("arm.send", "arm")
        return (arms, ("arm.edit", "edit"), ("arm.next", "next field"), ("arm.back", "back"))

    def compose(self) -> ComposeResult:
        palette = self._ctx.palette
        with Vertical(id="dialog"):
            yield Lines(palette, widget_id="arm-text")
            with Horizontal(classes="form-row"):
                yield Label("Minutes ", markup=False)
                yield NumberField(str(self._arming.minutes), id="minutes", compact=True)
            with Horizontal(classes="form-row"):
                yield Label("Worth ≤ ", markup=False)
                yield NumberField(f"{self._arming.cap:.2f}", id="cap", compact=True)
            if self._ctx.label.is_live:
                with Horizontal(classes="form-row"):
                    yield Label(f"Type {ARM}", markup=False)
                    yield Field(id="word", max_length=8, compact=True)
            yield Lines(palette, widget_id="arm-fault")
            yield Back(palette, widget_id="back")

    def on_mount(self) -> None:
        dialog = self.query_one("#dialog")
        is_live, keymap = self._ctx.label.is_live, self._ctx.keymap
        retitle(dialog, f"Arm  {self._symbol}")
        self.show_keys(keymap)
        self.query_one("#arm-text", Lines).show(in_box(self._text()))
        (self.query_one("#word") if is_live else self.query_one("#back")).focus()
        self._ctx.trading.review_shown()

    def _text(self) -> list[Line]:
        keys = "  ".join(" ".join(shown_keys(self._ctx.keymap, one).split()[0] for one in group) for group in KEYS_SAID)
        return [
            [label_part(self._ctx.label), Part("  one press is an order", Tone.ALERT)],
            [],
            [Part("At once go ", Tone.MUTED), Part(keys, Tone.STRONG)],
            [Part("up to the worth below. Market orders, flips, and what", Tone.MUTED)],
            [Part("crosses by over 3 ticks are reviewed all the same.", Tone.MUTED)],
            [Part("Ends by itself: another market, stale prices, no link,", Tone.MUTED)],
            [Part("no key, another window, the day's loss limit.", Tone.MUTED)],
            [],
        ]

    # -- keys ---------------------------------------------------------------------------------------------------------

    def action_send(self) -> None:
        if not self._ctx.label.is_live and not self._ctx.trading.is_deaf():
            self._arm()

    def action_take(self) -> None:
        """Enter leaves a field; in the one for the word it arms, when the word stands there."""
        if self._ctx.label.is_live and self.query_one("#word", Field).has_focus:
            if self.query_one("#word", Field).value == ARM:
                self._arm()
            else:
                self._say(f"Type {ARM} in capital letters, or go back.")
        else:
            (self.query_one("#word") if self._ctx.label.is_live else self.query_one("#back")).focus()

    def _arm(self) -> None:
        minutes, cap = (typed_number(self.query_one(f"#{name}", NumberField).value) for name in ("minutes", "cap"))
        for name, value in (("minutes", minutes), ("cap", cap)):
            if isinstance(value, NotANumber):
                self._say(value.text)
                self._go_to(name)
                return
        assert isinstance(minutes, Decimal)
        assert isinstance(cap, Decimal)
        if minutes != int(minutes):
            self._say("Minutes are whole.")
            return
        trading, arming = self._ctx.trading, Arming(int(minutes), cap)
        around = trading.surroundings(self._symbol)
        refusal = trading.modes.arm(arming, around, self._ctx.clocks.steady())
        if refusal is None:
            self.dismiss(arming)
        else:
            self._say(refusal)

    def action_edit(self) -> None:
        self._go_to("minutes")

    def action_step(self, by: int) -> None:
        names = ["minutes", "cap", *(["word"] if self._ctx.label.is_live else [])]
        here = next((n for n, name in enumerate(names) if self.query_one(f"#{name}").has_focus), -by)
        self._go_to(names[(here + by) % len(names)])

    def action_back(self) -> None:
        if not self._ctx.trading.is_deaf():
            self.dismiss(None)

    def _go_to(self, name: str) -> None:
        field = self.query_one(f"#{name}", Field)
        field.focus()
        field.select_all()

    def _say(self, text: str) -> None:
        self.query_one("#arm-fault", Lines).show(in_box([[Part(f"! {text}", Tone.ALERT)]]))


class WordDialog(Dialog[bool]):
    """Enter after the word does it; anything else does not."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("form")

    def __init__(self, context: Context, word: str, text: str) -> None:
        super().__init__()
        self._ctx = context
        self._word, self._text = word, text

    @property
    def hints(self) -> Sequence[Hint]:
        return (("form.take", f"after {self._word}"), ("form.close", "back"))

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog"):
            yield Lines(self._ctx.palette, widget_id="word-text")
            yield Field(id="word", max_length=16, compact=True)
            yield Lines(self._ctx.palette, widget_id="word-fault")

    def on_mount(self) -> None:
        retitle(self.query_one("#dialog"), f"Type {self._word}")
        self.show_keys(self._ctx.keymap)
        self.query_one("#word-text", Lines).show(in_box([[Part(self._text)], []]))
        self.query_one("#word").focus()

    def action_take(self) -> None:
        if self.query_one("#word", Field).value == self._word:
            self.dismiss(True)
        else:
            words = [[Part(f"! Type {self._word} in capital letters, or go back.", Tone.ALERT)]]
            self.query_one("#word-fault", Lines).show(in_box(words))

    def action_next(self) -> None:
        """There is one field."""

    def action_previous(self) -> None:
        """There is one field."""

    def action_back(self) -> None:
        self.dismiss(False)
