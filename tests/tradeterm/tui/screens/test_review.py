"""The review of an order that is beyond the console's own limits: its size is typed, and then it is still `y` that sends."""

from decimal import Decimal

import pytest
from textual.pilot import Pilot

from tests.tradeterm.tui.apps import NARROW, WIDE, Console, painted, press, toasts, typed
from tests.tradeterm.tui.desks import FakeDesk, order, position, ticker
from tests.tradeterm.tui.screens.trade.test_mode_keys import armed
from tradeterm.protocol.vocabulary import Side
from tradeterm.tui.desk.port import DeskLink, DeskLinkState
from tradeterm.tui.habits import Habits
from tradeterm.tui.orders.soft_limits import SoftLimits
from tradeterm.tui.screens.review import ReviewDialog
from tradeterm.tui.widgets.field import NumberField
from tradeterm.tui.widgets.lines import Lines

SEVEN = ("b", "ctrl+u", "7", "enter")  # 3.15x of the equity


def dialog(console: Console) -> ReviewDialog:
    found = console.app.screen
    assert isinstance(found, ReviewDialog)
    return found


def refusal(console: Console) -> str:
    return dialog(console).query_one("#review-refusal", Lines).text


async def under_review(console: Console, pilot: Pilot[int], *keys: str) -> None:
    painted(console)
    await press(console, pilot, *keys)
    console.wait_out()


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_a_size_beyond_the_limits_is_typed_and_then_sent_by_y(size: tuple[int, int]) -> None:
    """Enter alone, `y` alone and another size send nothing; nor does Enter after the right one."""
    console = Console()
    async with console.app.run_test(size=size) as pilot:
        await under_review(console, pilot, *SEVEN)
        assert "Leverage 3.15x is above 3x" in refusal(console)
        await press(console, pilot, "enter", "y", "enter", "ctrl+u", *"0.7", "enter")
        assert "The size is 7" in refusal(console)
        assert console.desk.log == []
        await press(console, pilot, "ctrl+u", "7", "enter")
        assert refusal(console) == ""
        assert console.desk.log == []
        await press(console, pilot, "y")
        await pilot.pause()
    assert [one.quantity for one in console.desk.sent] == [Decimal(7)]


async def test_typed_in_one_packet_with_the_order_it_sends_nothing() -> None:
    """Nobody can have read it: the size counts only when it was typed under the review."""
    console = Console()
    async with console.app.run_test(size=WIDE):
        painted(console)
        await typed(console, *SEVEN, "7", "enter", "y")
        await console.app.keys.done()
        assert console.desk.log == []
        assert dialog(console).query_one("#size", NumberField).has_focus


async def test_what_closes_and_what_is_within_the_limits_is_asked_for_no_size() -> None:
    """The field is not even shown."""
    for keys, desk in ((("s", "enter"), FakeDesk(held=[position(quantity="7")])), (("b", "enter"), FakeDesk())):
        console = Console(desk)
        async with console.app.run_test(size=WIDE) as pilot:
            await under_review(console, pilot, *keys)
            assert not dialog(console).query_one("#review-size").display
            await press(console, pilot, "y")
            await pilot.pause()
        assert len(console.desk.sent) == 1


async def test_a_market_that_moves_beyond_a_limit_under_the_review_asks_too() -> None:
    """The focus stays where it is; `y` then goes to the field instead of sending."""
    console = Console()
    async with console.app.run_test(size=WIDE) as pilot:
        await under_review(console, pilot, "b", "ctrl+u", *"6.5", "enter")
        assert refusal(console) == ""
        assert console.desk.money is not None
        console.desk.money = console.desk.money.model_copy(update={"equity": Decimal(90_000)})
        painted(console)
        assert dialog(console).query_one("#back").has_focus
        await press(console, pilot, "y")
        assert dialog(console).query_one("#size", NumberField).has_focus
        assert console.desk.log == []


async def test_armed_an_order_beyond_the_limits_is_reviewed() -> None:
    """One press is no order there, whatever the cap."""
    console = Console(habits=Habits(limits=SoftLimits(value=Decimal(4000))))
    async with console.app.run_test(size=WIDE) as pilot:
        await armed(console, pilot)
        await press(console, pilot, "i")
        assert isinstance(console.app.screen, ReviewDialog)
    assert console.desk.log == []


async def test_a_refusal_for_want_of_a_link_goes_with_the_link_that_is_back() -> None:
    """What was refused a moment ago can be sent now, and nothing says otherwise."""
    console = Console(FakeDesk())
    async with console.app.run_test(size=WIDE) as pilot:
        await under_review(console, pilot, "b", "enter")
        live, console.desk.line = console.desk.line, DeskLink(DeskLinkState.DOWN)
        await press(console, pilot, "y")
        assert "no link" in refusal(console)
        console.desk.line = live
        painted(console)
        assert refusal(console).strip() == ""
        await press(console, pilot, "y")
        await pilot.pause()
    assert len(console.desk.sent) == 1


async def test_a_kill_that_nobody_means_goes_by_itself() -> None:
    """It counts down; after five seconds it says that nothing was sent, and `y` is a key like any other."""
    console = Console(FakeDesk(held=[position()]))
    async with console.app.run_test(size=NARROW) as pilot:
        painted(console)
        await press(console, pilot, "f12")
        console.clock.advance(1)
        painted(console)
        assert "y = KILL   within 4 s" in dialog(console).query_one("#review-verb", Lines).text
        console.clock.advance(4)
        painted(console)
        await pilot.pause()
        assert not isinstance(console.app.screen, ReviewDialog)
        assert "KILL was not sent" in toasts(console)
        await press(console, pilot, "y")
    assert console.desk.log == []


async def test_a_warning_is_said_whole() -> None:
    """What is too long for the dialog goes on in the next line."""
    console = Console()
    async with console.app.run_test(size=NARROW) as pilot:
        await under_review(console, pilot, "3", "i")
        console.desk.tickers["BTC/USD"] = ticker("BTC/USD", "45000.0", "5.3", "0.5")
        painted(console)
        said = dialog(console).query_one("#review-text", Lines).text
        assert " ".join(said.split()).count("crosses the spread by 24 ticks: post-only, it will be refused") == 1


async def test_ticks_pressed_in_a_row_all_count_though_the_first_opens_the_review() -> None:
    """They send nothing, so they need not wait until it could be read; `y` does, from the last of them on."""
    console = Console(FakeDesk(orders=[order(1, Side.BUY, "0.1", "44500")]))
    async with console.app.run_test(size=NARROW) as pilot:
        painted(console)
        await press(console, pilot, "4")
        console.wait_out()
        await pilot.press(*["greater_than_sign"] * 3, "y")
        await pilot.pause()
        assert "44,500.00 → 44,501.50" in dialog(console).query_one("#review-text", Lines).text
    assert console.desk.log == []


@pytest.mark.parametrize("keys", [("F",), ("f12",)])
async def test_a_way_out_of_many_positions_fits_the_smallest_terminal(keys: tuple[str, ...]) -> None:
    """Its frame ends above the status row and begins below row 0."""
    held = [position().model_copy(update={"id": f"p-{number}"}) for number in range(12)]
    console = Console(FakeDesk(held=held))
    async with console.app.run_test(size=NARROW) as pilot:
        painted(console)
        await press(console, pilot, *keys)
        await pilot.pause()
        region = dialog(console).query_one("#dialog").region
        assert region.y >= 1
        assert region.bottom <= NARROW[1] - 2
        assert "and 6 more" in dialog(console).query_one("#review-text", Lines).text
