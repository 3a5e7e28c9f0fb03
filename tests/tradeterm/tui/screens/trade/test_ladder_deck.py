"""Ladders side by side: each of its own market, and keys that mean the one with the focus."""

from decimal import Decimal

import pytest
from textual.pilot import Pilot

from tests.tradeterm.tui.apps import WIDE, Console, painted, press, screen, toasts
from tests.tradeterm.tui.desks import busy_desk, depth
from tests.tradeterm.tui.screens.trade.test_mode_keys import refresh
from tradeterm.tui.drawing.panes import Pane
from tradeterm.tui.habits import Habits
from tradeterm.tui.orders.mode import Arming
from tradeterm.tui.screens.review import ReviewDialog
from tradeterm.tui.widgets.field import Field
from tradeterm.tui.widgets.ladder import Ladder
from tradeterm.tui.widgets.lines import Lines
from tradeterm.tui.widgets.ticket import Ticket

HUGE = (200, 50)
D = Decimal


def two_markets(habits: Habits | None = None) -> Console:
    desk = busy_desk()
    desk.depths["ETH/USD"] = depth("2451.12", "0.01")
    desk.places = {order.id: D("3.2") for order in desk.orders}
    return Console(desk, habits=habits)


async def pinned(console: Console, pilot: Pilot[int]) -> Ladder:
    """Two ladders; the second has the focus, and is pinned to ETH/USD while the page stays at BTC/USD."""
    painted(console)
    await press(console, pilot, "3", "M", "3", "P", "L")
    painted(console)
    ladder = console.app.focused
    assert isinstance(ladder, Ladder)
    return ladder


def seen(console: Console) -> list[str]:
    return [ladder.symbol for ladder in screen(console).query(Ladder) if ladder.display]


async def test_ladders_come_side_by_side_and_are_subscribed_to() -> None:
    """One, two, three, and one again; a pinned one keeps its market while the page goes on."""
    console = two_markets()
    async with console.app.run_test(size=HUGE) as pilot:
        await pinned(console, pilot)
        assert seen(console) == ["BTC/USD", "ETH/USD"]
        assert console.desk.view is not None
        assert (console.desk.view.symbol, set(console.desk.view.beside)) == ("BTC/USD", {"BTC/USD", "ETH/USD"})
        titles = [str(ladder.border_title) for ladder in screen(console).query(Ladder) if ladder.display]
        assert ["3 BTC/USD  step" in titles[0], "3 ETH/USD pinned  step" in titles[1]] == [True, True]
        await press(console, pilot, "1", "L")
        assert (screen(console).symbol, seen(console)) == ("ETH/USD", ["ETH/USD", "ETH/USD"])
        await press(console, pilot, "3", "M")
        assert seen(console) == ["ETH/USD", "ETH/USD", "ETH/USD"]
        await press(console, pilot, "M")
        assert seen(console) == ["ETH/USD"]
        assert set(console.desk.view.beside) == {"ETH/USD"}


async def test_a_ladder_that_is_alone_follows_the_page_whatever_it_was_pinned_to() -> None:
    """It has no name of its own then: what stands there is of the page, and so is what its keys mean."""
    console = two_markets()
    async with console.app.run_test(size=HUGE) as pilot:
        painted(console)
        await press(console, pilot, "3", "M", "P", "L")
        painted(console)
        assert seen(console) == ["ETH/USD", "BTC/USD"]
        await press(console, pilot, "M", "M")
        painted(console)
        assert seen(console) == ["BTC/USD"]
        assert console.desk.view is not None
        assert set(console.desk.view.beside) == {"BTC/USD"}
        await press(console, pilot, "j", "j", "B")
        assert "BTC/USD" in console.app.screen.query_one("#review-text", Lines).text
        await press(console, pilot, "escape", "L")
        assert (screen(console).symbol, seen(console)) == ("ETH/USD", ["ETH/USD"])
        await press(console, pilot, "H", "3", "M")
        painted(console)
        assert seen(console) == ["ETH/USD", "BTC/USD"]
        await pilot.resize_terminal(*WIDE)
        await pilot.pause()
        painted(console)
        assert seen(console) == ["BTC/USD"]


async def test_keys_act_on_the_ladder_with_the_focus() -> None:
    """An order at its cursor, a cancel, a flatten: of its market, not of the page's."""
    console = two_markets()
    async with console.app.run_test(size=HUGE) as pilot:
        ladder = await pinned(console, pilot)
        await press(console, pilot, "j", "j", "B")
        assert isinstance(console.app.screen, ReviewDialog)
        await press(console, pilot, "y")
        (sent,) = console.desk.sent
        assert (sent.symbol, sent.price, ladder.cursor_price) == ("ETH/USD", D("2451.11"), D("2451.11"))
        await press(console, pilot, "f", "y")
        assert console.desk.log[-1] == ("close", "ETH/USD")
        await press(console, pilot, "t")
        assert [str(one.border_subtitle).count("10%") for one in screen(console).query(Ladder)][:2] == [1, 1]
        await press(console, pilot, "3", "f", "y")
        assert console.desk.log[-1] == ("close", "BTC/USD")


async def test_an_order_is_moved_and_cancelled_on_the_ladder_where_it_is_seen() -> None:
    """Taken up and put down on the second ladder; escape puts back whichever ladder has the focus by then."""
    console = two_markets()
    console.desk.orders[2] = console.desk.orders[2].model_copy(update={"price": D("2451.10")})
    async with console.app.run_test(size=HUGE) as pilot:
        ladder = await pinned(console, pilot)
        await press(console, pilot, "j", "j", "j", "v")
        assert ladder.held is not None
        await press(console, pilot, "tab", "escape")
        assert ladder.held is None
        await press(console, pilot, "shift+tab", "v", "j", "enter", "y")
        assert console.desk.log == [("amend", (console.desk.orders[2].id, D("2451.09"), None))]
        await press(console, pilot, "k", "x")
        assert console.desk.log[-1] == ("cancel", console.desk.orders[2].id)


async def test_tab_and_the_number_go_from_ladder_to_ladder() -> None:
    """Each is a stop on the way round; 3 again is the next one."""
    console = two_markets()
    async with console.app.run_test(size=HUGE) as pilot:
        painted(console)
        await press(console, pilot, "3", "M", "M")
        stops = []
        for key in ("3", "3", "3", "tab", "shift+tab", "shift+tab"):
            await press(console, pilot, key)
            stops.append(console.app.focused.id if console.app.focused is not None else None)
        assert stops == ["ladder-2", "ladder-3", "ladder", "ladder-2", "ladder", "chart"]
        await press(console, pilot, "tab", "tab", "tab")
        assert (console.app.focused, screen(console).focused_pane) == (
            screen(console).query_one("#ladder-3"),
            Pane.LADDER,
        )


async def test_a_ticket_takes_its_price_from_the_ladder_of_its_market() -> None:
    """`b` on the pinned ladder: the page goes there, and the limit starts at that cursor."""
    console = two_markets()
    async with console.app.run_test(size=HUGE) as pilot:
        await pinned(console, pilot)
        await press(console, pilot, "j", "j", "b", "ctrl+t")
        draft = screen(console).query_one(Ticket).draft
        assert draft is not None
        assert (draft.symbol, screen(console).symbol) == ("ETH/USD", "ETH/USD")
        assert screen(console).query_one("#price", Field).value == "2451.11"


async def test_armed_is_for_one_market() -> None:
    """On a ladder of another one every order is reviewed, with the reason; the first goes on sending at one press."""
    console = two_markets()
    async with console.app.run_test(size=HUGE) as pilot:
        await pinned(console, pilot)
        trading = console.app._ctx.trading
        refresh(console.desk)
        around = trading.surroundings("BTC/USD")
        assert trading.modes.arm(Arming(10, D(100_000)), around, console.clock.elapsed) is None
        await press(console, pilot, "j", "j", "B")
        assert isinstance(console.app.screen, ReviewDialog)
        assert "it is armed for BTC/USD" in toasts(console)
        refresh(console.desk)
        await press(console, pilot, "escape", "3", "j", "j", "B")
        await pilot.pause()
    assert [one.symbol for one in console.desk.sent] == ["BTC/USD"]


@pytest.mark.parametrize("keys", [("3", "M"), ("3", "P")])
async def test_where_there_is_no_room_it_says_so(keys: tuple[str, ...]) -> None:
    """Under 200 columns there is one ladder, and it follows the page."""
    console = two_markets()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, *keys)
        assert "side" in toasts(console)
        assert seen(console) == ["BTC/USD"]


async def test_a_narrower_terminal_shows_one_ladder_and_a_wide_one_the_same_again() -> None:
    """With their pins; the keys mean a ladder that is seen. What they are is kept for the next start."""
    kept: list[object] = []
    console = two_markets(Habits(keep=lambda *what: kept.append(what)))
    async with console.app.run_test(size=HUGE) as pilot:
        await pinned(console, pilot)
        assert kept[-1] == ("ui", "ladders", ["", "ETH/USD"])
        await pilot.resize_terminal(*WIDE)
        await pilot.pause()
        painted(console)
        assert seen(console) == ["BTC/USD"]
        await press(console, pilot, "3", "i")
        assert "BTC/USD" in console.app.screen.query_one("#review-text", Lines).text
        await press(console, pilot, "escape")
        await pilot.resize_terminal(*HUGE)
        await pilot.pause()
        painted(console)
        assert seen(console) == ["BTC/USD", "ETH/USD"]
