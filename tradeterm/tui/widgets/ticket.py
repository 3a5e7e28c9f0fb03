"""The order ticket: fields that make a draft, and under them what the order would do. It asks for review; it never sends."""

from dataclasses import replace
from textwrap import wrap
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Input, Label

from tradeterm.protocol.market import Market
from tradeterm.protocol.vocabulary import AT_ONCE, OrderType, Side, TimeInForce
from tradeterm.tui.drawing.keymap import bindings
from tradeterm.tui.drawing.palette import Palette, Tone
from tradeterm.tui.drawing.parts import Line, Part
from tradeterm.tui.drawing.tones import side_tone
from tradeterm.tui.orders.draft import TIMES, Draft, Fault, stepped_price, stepped_quantity
from tradeterm.tui.widgets.field import Field, NumberField
from tradeterm.tui.widgets.lines import Lines
from tradeterm.tui.widgets.titles import resubtitle, retitle


class Ticket(Vertical):
    """Closed it shows the account; open it holds one draft."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("ticket")

    class Changed(Message):
        """A field or a switch changed; `draft` is the new state."""

        def __init__(self, draft: Draft) -> None:
            super().__init__()
            self.draft = draft

    class Reviewed(Changed):
        """The user wants to review this."""

    class Closed(Message):
        """The ticket was put away without an order."""

    def __init__(self, palette: Palette, *, widget_id: str | None = None) -> None:
        super().__init__(id=widget_id)
        self._palette = palette
        self._draft: Draft | None = None
        self._market: Market | None = None
        self._fault: Fault | None = None
        self._facts: tuple[Line, ...] = ()
        self._suggested: str | None = ""  # the price that stands there untouched; None when one was typed
        self._suggested_side: Side | None = None

    def compose(self) -> ComposeResult:
        yield Lines(self._palette, widget_id="ticket-summary")
        yield Lines(self._palette, widget_id="ticket-head")
        with Horizontal(id="quantity-row"):
            yield Label("Qty   ", markup=False)
            yield NumberField(id="quantity", compact=True)
            yield Lines(self._palette, widget_id="quantity-note")
        with Horizontal(id="price-row"):
            yield Label("Price ", markup=False)
            yield NumberField(id="price", compact=True)
            yield Lines(self._palette, widget_id="price-note")
        yield Lines(self._palette, widget_id="ticket-facts")

    def on_mount(self) -> None:
        self._redraw()

    # -- what is shown ------------------------------------------------------------------------------------------------

    @property
    def draft(self) -> Draft | None:
        return self._draft

    @property
    def is_open(self) -> bool:
        return self._draft is not None

    def open(self, draft: Draft, market: Market) -> None:
        """Show this draft with the size selected, so that typing replaces it."""
        self._draft, self._market, self._fault = draft, market, None
        self._suggested, self._suggested_side = None if draft.price else "", None
        with self.prevent(Input.Changed):
            self._field("quantity").value = draft.quantity
            self._field("price").value = draft.price
        self._redraw()
        quantity = self._field("quantity")
        quantity.focus()
        quantity.select_all()

    def put_away(self) -> None:
        self._draft = None
        self._redraw()

    def show_fault(self, fault: Fault) -> None:
        """Say what is wrong, and go to the field that it is about."""
        self._fault = fault
        if fault.field:
            field = self._field(fault.field)
            field.focus()
            field.select_all()
        self._show_facts()

    def show_facts(self, facts: list[Line], price_note: str) -> None:
        """What the draft would do; written by the screen, which knows the market."""
        self._facts = tuple(facts)
        self.query_one("#price-note", Lines).show([[Part(" " + price_note, Tone.MUTED)]])
        self._show_facts()

    def show_summary(self, lines: list[Line]) -> None:
        self.query_one("#ticket-summary", Lines).show(lines)

    def _field(self, name: str) -> Field:
        return self.query_one(f"#{name}", Field)

    def _redraw(self) -> None:
        draft = self._draft
        for selector in ("#ticket-head", "#quantity-row", "#ticket-facts"):
            self.query_one(selector).display = draft is not None
        self.query_one("#price-row").display = draft is not None and draft.type is OrderType.LIMIT
        self.query_one("#ticket-summary").display = draft is None
        resubtitle(self, "" if draft is None else "enter review · esc close")
        if draft is None or self._market is None:
            retitle(self, "8 Ticket")
            return
        retitle(self, f"8 Ticket  {draft.side.upper()} {draft.symbol}")
        self.query_one("#ticket-head", Lines).show([self._head(draft), self._switches(draft)])
        self.query_one("#quantity-note", Lines).show([[Part(f" {self._market.base}", Tone.MUTED)]])
        self._show_facts()

    def _head(self, draft: Draft) -> Line:
        tif = TimeInForce.IOC if draft.type is OrderType.MARKET else draft.time_in_force
        return [
            Part(f"{draft.side.upper():4} ", side_tone(draft.side)),
            Part(f"{draft.type.upper():6}", Tone.STRONG),
            Part(" ^t  ", Tone.MUTED),
            Part(f"{tif.upper():3}", Tone.STRONG),
            Part(" ^g" if draft.type is OrderType.LIMIT else "", Tone.MUTED),
        ]

    def _switches(self, draft: Draft) -> Line:
        return [
            Part(f"{_box(draft.post_only)} post-only", Tone.PLAIN if draft.type is OrderType.LIMIT else Tone.MUTED),
            Part(" ^o  ", Tone.MUTED),
            Part(f"{_box(draft.reduce_only)} reduce-only"),
            Part(" ^n", Tone.MUTED),
        ]

    def _show_facts(self) -> None:
        fault = alert_lines(self._fault.text, self.content_size.width) if self._fault else []
        self.query_one("#ticket-facts", Lines).show([*fault, *self._facts])

    # -- keys ---------------------------------------------------------------------------------------------------------

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if self._draft is not None and event.input.id == "quantity":
            self._change(replace(self._draft, quantity=event.value))
        elif self._draft is not None:
            self._suggested = self._suggested if event.value == self._suggested else None
            self._change(replace(self._draft, price=event.value))

    def action_next_field(self) -> None:
        self._other_field()

    def action_previous_field(self) -> None:
        self._other_field()

    def action_step(self, steps: int) -> None:
        if self._draft is None or self._market is None:
            return
        if self._field("price").has_focus:
            self._field("price").value = stepped_price(self._draft.price, self._market, steps)
        else:
            self._field("quantity").value = stepped_quantity(self._draft.quantity, self._market, steps)

    def action_switch_type(self) -> None:
        if self._draft is not None:
            self._change(self._draft.next_type())
            self._field("price" if self._draft.type is OrderType.LIMIT else "quantity").focus()

    def action_switch_time_in_force(self) -> None:
        if self._draft is not None and self._draft.type is OrderType.LIMIT:
            self._change(self._draft.next_time_in_force())

    def action_switch_post_only(self) -> None:
        if self._draft is not None and self._draft.type is OrderType.LIMIT:
            rests = self._draft.time_in_force not in AT_ONCE
            tif = self._draft.time_in_force if rests else TIMES[0]
            self._change(replace(self._draft, post_only=not self._draft.post_only, time_in_force=tif))

    def action_switch_reduce_only(self) -> None:
        if self._draft is not None:
            self._change(replace(self._draft, reduce_only=not self._draft.reduce_only))

    def action_flip_side(self) -> None:
        if self._draft is not None:
            self._change(replace(self._draft, side=self._draft.side.opposite))

    def action_review(self) -> None:
        if self._draft is not None:
            self.post_message(self.Reviewed(self._draft))

    def action_close(self) -> None:
        self.put_away()
        self.post_message(self.Closed())

    @property
    def wants_price(self) -> bool:
        """Is it a limit whose price nobody typed, and none was suggested for this side?"""
        draft = self._draft
        if draft is None or draft.type is not OrderType.LIMIT:
            return False
        return self._suggested is not None and self._suggested_side is not draft.side

    def suggest_price(self, text: str) -> None:
        """Fill a price that was never touched, so that arrows have something to step from; typing replaces it."""
        if self._draft is None or not self.wants_price:
            return
        self._suggested, self._suggested_side = text, self._draft.side
        field = self._field("price")
        field.value = text
        field.select_all()

    def _other_field(self) -> None:
        is_limit = self._draft is not None and self._draft.type is OrderType.LIMIT
        self._field("price" if is_limit and not self._field("price").has_focus else "quantity").focus()

    def _change(self, draft: Draft) -> None:
        self._draft, self._fault = draft, None
        self._redraw()
        self.post_message(self.Changed(draft))


def alert_lines(text: str, width: int) -> list[Line]:
    """A sentence about what is wrong, whole, on as many lines as it needs."""
    return [[Part(line, Tone.ALERT)] for line in wrap(f"! {text}", max(10, width), subsequent_indent="  ")]


def _box(is_on: bool) -> str:
    return "■" if is_on else "□"
