"""`e` in a review: what was typed for it can be written again, and nothing of it is lost."""

from tests.tradeterm.tui.apps import WIDE, Console, painted, press, reviewed, screen
from tests.tradeterm.tui.desks import FakeDesk, order, position
from tradeterm.protocol.vocabulary import OrderType, Side
from tradeterm.tui.desk.port import Refused
from tradeterm.tui.widgets.field import Field, NumberField
from tradeterm.tui.widgets.ladder import Ladder
from tradeterm.tui.widgets.lines import Lines
from tradeterm.tui.widgets.order_line import OrderLine
from tradeterm.tui.widgets.ticket import Ticket


async def test_e_opens_the_form_as_it_was_typed() -> None:
    """In another place and form, what was typed would be lost: of a protection, and of an amend."""
    console = Console(FakeDesk(held=[position()], orders=[order(1, Side.BUY, "0.5", "45010.5")]))
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "p", *"-2%", "tab", *"2r", "enter", "e")
        assert {one.id: one.value for one in console.app.screen.query(NumberField)} == {
            "stop": "-2%",
            "target": "2r",
            "trail": "",
        }
        await press(console, pilot, "tab", *"3r", "enter")
        assert "47,451.00" in reviewed(console)
        await press(console, pilot, "escape", "4", "e", *"45001", "enter", "e")
        assert console.app.screen.query_one("#price", NumberField).value == "45001"
    assert console.desk.log == []


async def test_e_opens_the_line_as_it_was_typed() -> None:
    console = Console(FakeDesk())
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, ":", *"buy 0.5 @ bid-2t", "enter", "e")
        line = screen(console).query_one(OrderLine)
        assert (line.is_open, line.query_one(Field).value) == (True, "buy 0.5 @ bid-2t")
        await press(console, pilot, "backspace", *"0t", "enter")
        assert "@ 45,002.50" in reviewed(console)
    assert console.desk.log == []


async def test_e_opens_an_order_of_the_ladder_in_the_ticket() -> None:
    """Nothing was typed for it: the ticket has its size and its price."""
    console = Console(FakeDesk())
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "3", "j", "j", "B", "e")
        draft = screen(console).query_one(Ticket).draft
        assert draft is not None
        assert (draft.type, draft.price) == (OrderType.LIMIT, "45011.00")
    assert console.desk.log == []


async def test_what_was_not_written_offers_no_edit() -> None:
    """`e` goes back then, as a key that sends nothing may."""
    console = Console(FakeDesk(held=[position()]))
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "f")
        assert "edit" not in str(console.app.screen.query_one("#dialog").border_subtitle)
        await press(console, pilot, "e")
        assert screen(console)
    assert console.desk.log == []


async def test_half_written_ticket_stays_while_the_ladder_orders() -> None:
    """What the ladder sends is another order; and what is refused of it is no word about the ticket."""
    console = Console(FakeDesk(answer=Refused("not enough")))
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "b", *"0.7", "enter", "escape")
        screen(console).query_one(Ladder).focus()  # as a click does
        await press(console, pilot, "j", "B", "y")
        await pilot.pause()
        ticket = screen(console).query_one(Ticket)
        assert (ticket.is_open, ticket.draft and ticket.draft.quantity) == (True, "0.7")
        assert "not enough" not in ticket.query_one("#ticket-facts", Lines).text
    assert len(console.desk.sent) == 1
