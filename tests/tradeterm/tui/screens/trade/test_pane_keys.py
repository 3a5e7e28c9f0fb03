"""Moving between panes: by number, by tab, by zoom; and that nothing else moves the focus."""

from datetime import timedelta
from decimal import Decimal

import pytest
from textual.app import App
from textual.events import AppBlur, AppFocus

from tests.tradeterm.tui.apps import NARROW, WIDE, Console, busy_console, painted, press, screen, toasts
from tests.tradeterm.tui.desks import NOON, trade
from tradeterm.tui.drawing.panes import Pane

D = Decimal


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_numbers_go_to_their_panes(size: tuple[int, int]) -> None:
    """At both sizes every pane is one key away; a ticket only when it is open."""
    console = busy_console()
    async with console.app.run_test(size=size) as pilot:
        painted(console)
        for pane in Pane:
            if pane is not Pane.TICKET:
                await press(console, pilot, str(pane.number))
                assert screen(console).focused_pane is pane
        await press(console, pilot, "8")
        assert "No ticket is open" in toasts(console)


@pytest.mark.parametrize("size", [WIDE, NARROW])
@pytest.mark.parametrize("is_looked_at", [True, False])
async def test_the_ladder_has_the_focus_at_first(size: tuple[int, int], is_looked_at: bool) -> None:
    """Also where the terminal says that another window is looked at, as it does when several start together."""
    console = busy_console()
    console.app.set_reactive(App.app_focus, is_looked_at)
    async with console.app.run_test(size=size) as pilot:
        painted(console)
        await pilot.pause()
        assert screen(console).focused is screen(console).query_one(f"#{Pane.LADDER}")


async def test_the_focus_is_where_it_was_when_the_terminal_is_looked_at_again() -> None:
    """Whatever its size has become meanwhile."""
    console = busy_console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "4")
        console.app.post_message(AppBlur())
        await pilot.pause()
        await pilot.resize_terminal(*NARROW)
        console.app.post_message(AppFocus())
        await pilot.pause()
        assert screen(console).focused_pane is Pane.ORDERS


async def test_brackets_change_the_interval_in_the_chart_and_the_tab_elsewhere() -> None:
    """What is subscribed to follows."""
    console = busy_console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "2", "right_square_bracket")
        assert console.desk.view is not None
        assert console.desk.view.interval == "5m"
        await press(console, pilot, "4", "right_square_bracket")
        assert screen(console).focused_pane is Pane.FILLS


async def test_zoom_gives_a_pane_the_body_and_back() -> None:
    """`z` both ways, escape back."""
    console = busy_console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "4", "z")
        assert screen(console).shown.visible == (Pane.ORDERS,)
        await press(console, pilot, "escape")
        assert len(screen(console).shown.visible) > 1


async def test_a_toast_never_takes_the_focus() -> None:
    """Fills are announced while one types."""
    console = Console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "b")
        focused = console.app.focused
        console.desk.trades = [trade(1, at=NOON + timedelta(seconds=5))]
        painted(console)
        await pilot.pause()
        assert "Filled BUY" in toasts(console)
        assert console.app.focused is focused


async def test_zoom_keeps_the_width_of_the_screen() -> None:
    """A zoom in a very wide terminal comes back to the very wide page, tape and all."""
    console = busy_console()
    async with console.app.run_test(size=(200, 50)) as pilot:
        painted(console)
        before = screen(console).shown
        await press(console, pilot, "3", "z", "z")
        assert screen(console).shown == before


@pytest.mark.parametrize("keys", [("1",), ("b",), ("9",), ("0",), ("5",), ("colon",)])
async def test_what_has_the_focus_stays_on_a_screen_that_becomes_narrow(keys: tuple[str, ...]) -> None:
    """Whatever there is room for there: the next key is meant for it, also after a moment in which nothing had room."""
    console = Console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, *keys)
        focused = console.app.focused
        assert focused is not None
        for size in (NARROW, (60, 20), (200, 50), WIDE):
            await pilot.resize_terminal(*size)
            await pilot.pause()
            if size == (60, 20):
                await press(console, pilot, "y", "enter")
                continue
            assert console.app.focused is focused, size
            assert focused.region.size.area, size
    assert console.desk.log == []
