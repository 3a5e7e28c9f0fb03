"""The ticket by itself: it holds one draft, says what was changed in it, and asks for a review; it never sends."""

from typing import Any

from textual.app import App, ComposeResult
from textual.pilot import Pilot

from tests.tradeterm.tui.desks import market
from tradeterm.protocol.vocabulary import OrderType, Side
from tradeterm.tui.drawing.keymap import default_keymap
from tradeterm.tui.drawing.palette import palette
from tradeterm.tui.orders.draft import Draft, FieldFault
from tradeterm.tui.palette_names import PaletteName
from tradeterm.tui.widgets.field import Field
from tradeterm.tui.widgets.lines import Lines
from tradeterm.tui.widgets.ticket import Ticket

MARKET = market("BTC", "0.5", "0.00001", 2)


class TicketApp(App[None]):
    """One ticket; `told` is what it said: reviews and its end."""

    def __init__(self) -> None:
        super().__init__()
        self.set_keymap(dict(default_keymap()))
        self.told: list[Any] = []

    def compose(self) -> ComposeResult:
        yield Ticket(palette(PaletteName.GREEN_RED))

    def on_ticket_reviewed(self, event: Ticket.Reviewed) -> None:
        self.told.append(event.draft)

    def on_ticket_closed(self) -> None:
        self.told.append("closed")


def ticket(pilot: Pilot[None]) -> Ticket:
    return pilot.app.query_one(Ticket)


def value(pilot: Pilot[None], name: str) -> str:
    return pilot.app.query_one(f"#{name}", Field).value


async def test_what_is_typed_is_reviewed_and_escape_leaves_without_an_order() -> None:
    """The size is typed anew where it stood selected."""
    app = TicketApp()
    async with app.run_test(size=(60, 20)) as pilot:
        ticket(pilot).open(Draft("BTC/USD", Side.BUY, quantity="1"), MARKET)
        await pilot.pause()
        await pilot.press(*"0.5", "enter", "escape")
        assert not ticket(pilot).is_open
        reviewed, end = app.told
        assert (reviewed.quantity, reviewed.side, end) == ("0.5", Side.BUY, "closed")


async def test_a_suggested_price_stands_until_one_is_typed() -> None:
    """Another side wants another one; what was typed is nobody's to change."""
    app = TicketApp()
    async with app.run_test(size=(60, 20)) as pilot:
        ticket(pilot).open(Draft("BTC/USD", Side.BUY, type=OrderType.LIMIT, quantity="1"), MARKET)
        ticket(pilot).suggest_price("45000.00")
        await pilot.pause()
        assert (value(pilot, "price"), ticket(pilot).wants_price) == ("45000.00", False)
        ticket(pilot).action_flip_side()
        assert ticket(pilot).wants_price
        ticket(pilot).suggest_price("45000.50")
        await pilot.pause()
        pilot.app.query_one("#price", Field).value = "44000"
        await pilot.pause()
        ticket(pilot).action_flip_side()
        ticket(pilot).suggest_price("1.00")
        assert (value(pilot, "price"), ticket(pilot).wants_price) == ("44000", False)


async def test_a_fault_is_said_at_its_field_and_goes_with_the_next_change() -> None:
    app = TicketApp()
    async with app.run_test(size=(60, 20)) as pilot:
        ticket(pilot).open(Draft("BTC/USD", Side.BUY, type=OrderType.LIMIT, quantity="1", price="1"), MARKET)
        ticket(pilot).show_fault(FieldFault("price", "Off the tick."))
        await pilot.pause()
        facts = pilot.app.query_one("#ticket-facts", Lines)
        assert "! Off the tick." in facts.text
        assert pilot.app.query_one("#price", Field).has_focus
        await pilot.press("2")
        await pilot.pause()
        assert (facts.text, value(pilot, "price")) == ("", "2")
