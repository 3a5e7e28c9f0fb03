"""The order ticket: fields that make a draft, and beside them what the order would do. It asks for review; it never sends."""

from collections.abc import Mapping
from dataclasses import replace
from textwrap import wrap
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Input, Label

from tradeterm.protocol.market import Market
from tradeterm.protocol.vocabulary import AT_ONCE, LIMIT_TYPES, OrderType, Side, TimeInForce
from tradeterm.tui.drawing.keymap import bindings
from tradeterm.tui.drawing.palette import Palette, Tone
from tradeterm.tui.drawing.parts import Line, Part
from tradeterm.tui.drawing.tones import side_tone
from tradeterm.tui.drawing.words.ticket import TicketText
from tradeterm.tui.orders.draft import EXITS, Draft, FieldFault, stepped_price, stepped_quantity
from tradeterm.tui.orders.typed_level import is_worded
from tradeterm.tui.orders.typed_time import stepped_time
from tradeterm.tui.widgets.field import Field, NumberField
from tradeterm.tui.widgets.lines import Lines
from tradeterm.tui.widgets.titles import retitle

_LABELS: Mapping[str, str] = {
    "quantity": "Qty",
    "trigger": "When",
    "price": "Price",
    "until": "Until",
    "stop": "Stop",
    "target": "Target",
}
_TYPES: Mapping[OrderType, str] = {
    OrderType.MARKET: "MARKET",
    OrderType.LIMIT: "LIMIT",
    OrderType.STOP: "STOP",
    OrderType.STOP_LIMIT: "ST.LMT",
    OrderType.TRAILING_STOP: "TRAIL",
}


class TicketFields(Vertical):
    """A row for each thing that can be typed: label, field, and a note beside it."""

    def __init__(self, palette: Palette) -> None:
        super().__init__(id="ticket-fields")
        self._palette = palette

    def compose(self) -> ComposeResult:
        for name, label in _LABELS.items():
            with Horizontal(id=f"{name}-row", classes="ticket-row"):
                yield Label(f"{label:<7}", markup=False, id=f"{name}-label")
                yield NumberField(id=name, compact=True)
                yield Lines(self._palette, widget_id=f"{name}-note")

    def field(self, name: str) -> Field:
        return self.query_one(f"#{name}", Field)

    def fill(self, draft: Draft) -> None:
        """Show what the draft says, without a word to anybody."""
        with self.prevent(Input.Changed):
            for name in _LABELS:
                self.field(name).value = getattr(draft, name)

    def show_rows(self, draft: Draft) -> None:
        """Only what the draft's type is written with."""
        for name in _LABELS:
            self.query_one(f"#{name}-row").display = name in draft.fields
        is_trail = draft.type is OrderType.TRAILING_STOP
        self.query_one("#trigger-label", Label).update(f"{'Trail' if is_trail else 'When':<7}")

    def show_notes(self, notes: Mapping[str, Line]) -> None:
        for name in _LABELS:
            self.query_one(f"#{name}-note", Lines).show([[Part(" "), *notes.get(name, ())]])

    def go_to(self, name: str) -> None:
        field = self.field(name)
        field.focus()
        field.select_all()

    @property
    def focused(self) -> str | None:
        return next((name for name in _LABELS if self.field(name).has_focus), None)


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
        self._fault: FieldFault | None = None
        self._text = TicketText()
        self._suggested: str | None = ""  # the price that stands there untouched; None when one was typed
        self._suggested_side: Side | None = None

    def compose(self) -> ComposeResult:
        yield Lines(self._palette, widget_id="ticket-summary")
        yield Lines(self._palette, widget_id="ticket-head")
        yield TicketFields(self._palette)
        yield Lines(self._palette, widget_id="ticket-facts")

    def on_mount(self) -> None:
        self._redraw()

    def on_descendant_focus(self) -> None:
        self._show_focus()

    def on_descendant_blur(self) -> None:
        self._show_focus()

    def _show_focus(self) -> None:
        """Frame the ticket as focused while a field of it is. As a style of what has the focus within, it would have Textual
        look up the styles of all fields at each step from one to the next."""
        if self.has_focus_within != self.has_class("-focused"):
            self.set_class(self.has_focus_within, "-focused", update=False)
            self.app.stylesheet.update_nodes([self])

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
        self._fields.fill(draft)
        self._redraw()
        self._fields.go_to("quantity")

    def reopen(self, draft: Draft, market: Market, fault: FieldFault) -> None:
        """Show a draft that was refused, with why; the focus stays where it is."""
        self._draft, self._market, self._fault, self._suggested = draft, market, fault, None
        self._fields.fill(draft)
        self._redraw()

    def put_away(self) -> None:
        self._draft = None
        self._redraw()

    def show_fault(self, fault: FieldFault) -> None:
        """Say what is wrong, and go to the field that it is about."""
        self._fault = fault
        if fault.field:
            self._fields.go_to(fault.field)
        self._show_facts()

    def show_text(self, text: TicketText) -> None:
        """What the draft would do; written by the screen, which knows the market."""
        self._text = text
        self._fields.show_notes(text.notes)
        self._show_facts()

    def show_summary(self, lines: list[Line]) -> None:
        self.query_one("#ticket-summary", Lines).show(lines)

    @property
    def _fields(self) -> TicketFields:
        return self.query_one(TicketFields)

    def _redraw(self) -> None:
        draft = self._draft
        for selector in ("#ticket-head", "#ticket-fields", "#ticket-facts"):
            self.query_one(selector).display = draft is not None
        self.query_one("#ticket-summary").display = draft is None
        if draft is None:
            retitle(self, "8 Account")
            return
        retitle(self, f"8 Ticket  {draft.side.upper()} {draft.symbol}")
        self.query_one("#ticket-head", Lines).show([_switches(draft)])
        self._fields.show_rows(draft)
        self._show_facts()

    def _show_facts(self) -> None:
        width = self.content_size.width
        texts = [*([self._fault.text] if self._fault else []), *self._text.faults]
        faults = [line for text in dict.fromkeys(texts) for line in alert_lines(text, width)]
        self.query_one("#ticket-facts", Lines).show([*faults, *self._text.facts])

    # -- typing -------------------------------------------------------------------------------------------------------

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if self._draft is None or event.input.id is None:
            return
        if event.input.id == "price":
            self._suggested = self._suggested if event.value == self._suggested else None
        self._change(self._draft.typed(event.input.id, event.value))

    @property
    def wants_price(self) -> bool:
        """Has it a limit that nobody typed, and none was suggested for this side?"""
        draft = self._draft
        if draft is None or draft.type not in LIMIT_TYPES:
            return False
        return self._suggested is not None and self._suggested_side is not draft.side

    def suggest_price(self, text: str) -> None:
        """Fill a price that was never touched, so that arrows have something to step from; typing replaces it."""
        if self._draft is None or not self.wants_price:
            return
        self._suggested, self._suggested_side = text, self._draft.side
        field = self._fields.field("price")
        field.value = text
        field.select_all()

    def _change(self, draft: Draft) -> None:
        self._draft, self._fault = draft, None
        if self._fields.focused not in (None, *draft.fields):
            self._fields.go_to("quantity")
        self._redraw()
        self.post_message(self.Changed(draft))

    # -- keys ---------------------------------------------------------------------------------------------------------

    def action_next_field(self, by: int = 1) -> None:
        if self._draft is not None:
            names = self._draft.fields
            here = names.index(self._fields.focused) if self._fields.focused in names else -1
            self._fields.field(names[(here + by) % len(names)]).focus()

    def action_previous_field(self) -> None:
        self.action_next_field(-1)

    def action_step(self, steps: int) -> None:
        draft, name = self._draft, self._fields.focused or "quantity"
        if draft is None or self._market is None:
            return
        if name == "quantity":
            self._fields.field(name).value = stepped_quantity(draft.quantity, self._market, steps)
        elif name == "until":
            self._fields.field(name).value = stepped_time(draft.until, steps)
        elif name in EXITS and is_worded(getattr(draft, name)):
            self.show_fault(FieldFault(name, "Arrows step a price: type one, or another distance."))
        else:
            start = getattr(draft, name) or draft.price or draft.trigger
            self._fields.field(name).value = stepped_price(start, self._market, steps)

    def action_switch_type(self) -> None:
        if self._draft is not None:
            self._change(self._draft.next_type())
            self._fields.field(self._draft.fields[0 if self._draft.type is OrderType.MARKET else 1]).focus()

    def action_switch_time_in_force(self) -> None:
        if self._draft is not None:
            draft = self._draft.next_time_in_force()
            with self.prevent(Input.Changed):
                self._fields.field("until").value = draft.until
            self._change(draft)

    def action_switch_post_only(self) -> None:
        draft = self._draft
        if draft is not None and draft.may_be_post_only:
            tif = TimeInForce.GTC if draft.time_in_force in AT_ONCE else draft.time_in_force
            self._change(replace(draft, post_only=not draft.post_only, time_in_force=tif))

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


def _switches(draft: Draft) -> Line:
    """`LIMIT ^t  GTC ^g  □ post ^o  □ ro ^n`, the side's colour on the type."""
    post_tone = Tone.PLAIN if draft.may_be_post_only else Tone.MUTED
    return [
        Part(f"{_TYPES[draft.type]:6}", side_tone(draft.side)),
        Part(" ^t ", Tone.MUTED),
        Part(f"{draft.works_for.upper():3}", Tone.STRONG),
        Part(" ^g ", Tone.MUTED),
        Part(f"{_box(draft.post_only)} post", post_tone),
        Part(" ^o ", Tone.MUTED),
        Part(f"{_box(draft.reduce_only)} ro"),
        Part(" ^n", Tone.MUTED),
    ]


def alert_lines(text: str, width: int) -> list[Line]:
    """A sentence about what is wrong, whole, on as many lines as it needs."""
    return [[Part(line, Tone.ALERT)] for line in wrap(f"! {text}", max(10, width), subsequent_indent="  ")]


def _box(is_on: bool) -> str:
    return "■" if is_on else "□"
