"""What is done to orders that work, by keys: amending, nudging, carrying, bringing back."""

from decimal import Decimal

import pytest

from tests.tradeterm.tui.apps import WIDE, Console, busy_console, painted, press, reviewed, screen, toasts, typed
from tests.tradeterm.tui.desks import in_the_middle
from tradeterm.tui.screens.trade.screen import TradeScreen
from tradeterm.tui.widgets.field import Field
from tradeterm.tui.widgets.ladder import Ladder
from tradeterm.tui.widgets.ticket import Ticket

D = Decimal


# ---------------------------------------------------------------- amend and undo


async def test_e_amends_size_and_price_of_the_order_at_the_cursor() -> None:
    """What is as before is not asked for."""
    console = busy_console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "4", "e", "tab", *"0.4", "enter")
        assert "keeps its place" in reviewed(console)
        await press(console, pilot, "y")
        await pilot.pause()
    assert console.desk.log == [("amend", (console.desk.orders[0].id, None, D("0.4")))]


async def test_nudges_add_up_to_one_amend() -> None:
    """Three ticks up and one down, in the orders and at the ladder's cursor: one request."""
    console = busy_console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(
            console, pilot, "4", "greater_than_sign", "greater_than_sign", "greater_than_sign", "less_than_sign"
        )
        assert "45,010.50 → 45,011.50" in reviewed(console)
        await press(console, pilot, "y")
        await pilot.pause()
    assert console.desk.log == [("amend", (console.desk.orders[0].id, D("45011.5"), None))]


async def test_ten_ticks_are_one_key() -> None:
    console = busy_console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "4", "ctrl+up", "ctrl+up", "ctrl+down", "less_than_sign")
        assert "45,010.50 → 45,015.00" in reviewed(console)
        await press(console, pilot, "y")
        await pilot.pause()
    assert console.desk.log == [("amend", (console.desk.orders[0].id, D(45_015), None))]


async def test_nudges_of_one_packet_send_nothing_that_could_not_be_read() -> None:
    """And `y` behind them is not heard."""
    console = busy_console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "4")
        await typed(console, "greater_than_sign", "greater_than_sign", "y", "enter", "y")
        await console.app.keys.done()
    assert console.desk.log == []


async def test_u_opens_the_order_that_was_cancelled_last_as_a_ticket() -> None:
    """It sends nothing by itself."""
    console = busy_console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "4", "c")
        await pilot.pause()
        await press(console, pilot, "u")
        draft = screen(console).query_one(Ticket).draft
        assert draft is not None
        assert (draft.quantity, draft.price) == ("0.5", "45010.50")
        assert screen(console).query_one("#price", Field).value == "45010.50"
    assert console.desk.log == [("cancel", console.desk.orders[0].id)]


async def test_u_brings_an_order_back_as_an_amend_under_way_left_it() -> None:
    console = busy_console()
    desk = console.desk
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "4", "c")
        await pilot.pause()
        desk.orders[0] = desk.orders[0].model_copy(update={"price": D("45011.5")})
        await press(console, pilot, "u")
        draft = screen(console).query_one(Ticket).draft
        assert draft is not None
        assert draft.price == "45011.50"


# ---------------------------------------------------------------- moving by keys


async def test_v_takes_an_order_up_and_enter_reviews_where_it_goes() -> None:
    """The order follows the cursor; nothing is asked before `y`, and then one amend."""
    console = busy_console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        ladder = screen(console).query_one(Ladder)
        await press(console, pilot, "3", "j", "j", "j", "v", "k", "k")
        painted(console)
        assert "45,010.50 → 45,012.00" in str(ladder.border_subtitle)
        await press(console, pilot, "enter")
        assert "45,010.50 → 45,012.00" in reviewed(console)
        await press(console, pilot, "y")
        await pilot.pause()
    assert console.desk.log == [("amend", (console.desk.orders[0].id, D(45_012), None))]


@pytest.mark.parametrize("key", ["B", "S", "i", "d", "I", "D", "x", "c"])
async def test_with_an_order_in_the_hand_nothing_else_is_placed_or_cancelled(key: str) -> None:
    """The one in the hand stands at the cursor: whoever presses a key there means that one."""
    console = busy_console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "3", "j", "j", "j", "v", "k", "k", key)
        assert "An order is in the hand: enter puts it down at the cursor" in toasts(console)
        assert isinstance(console.app.screen, TradeScreen)
        assert screen(console).query_one(Ladder).held is not None
    assert (console.desk.log, console.desk.sent) == ([], [])


async def test_an_order_that_ends_in_the_hand_leaves_it() -> None:
    """It cannot be put down any more, and the next key means what it says."""
    console = busy_console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "3", "j", "j", "j", "v", "k")
        gone = console.desk.orders.pop(0)
        painted(console)
        assert gone.price == D("45010.5")
        assert screen(console).query_one(Ladder).held is None
        assert "The order in the hand has ended" in toasts(console)
    assert console.desk.log == []


@pytest.mark.parametrize("key", ["escape", "v"])
async def test_an_order_in_the_hand_goes_back_unmoved(key: str) -> None:
    """By Escape, or by the key that took it up; where no order is there is nothing to take."""
    console = busy_console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "3", "j", "v")
        assert "No own order" in toasts(console)
        await press(console, pilot, "j", "j", "v", "k")
        assert screen(console).query_one(Ladder).held is not None
        await press(console, pilot, key, "enter")
        assert screen(console).query_one(Ladder).held is None
        assert isinstance(console.app.screen, TradeScreen)
    assert console.desk.log == []


async def test_a_stop_is_moved_by_its_trigger() -> None:
    """From the orders, tick by tick."""
    console = Console(in_the_middle())
    stop = console.desk.orders[-1]
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "4", "G", "greater_than_sign", "greater_than_sign")
        assert "When   44,000.00 → 44,001.00" in reviewed(console)
        await press(console, pilot, "y")
        await pilot.pause()
    assert console.desk.log == [("amend", (stop.id, D(44_001), None))]
