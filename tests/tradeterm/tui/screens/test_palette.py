"""Commands by name: those of the focused pane, done as if their key was pressed, and nothing at one press while armed."""

from tests.eventually import in_time
from tests.tradeterm.tui.apps import WIDE, Console, busy_console, painted, press, screen, toasts, typed
from tests.tradeterm.tui.screens.trade.test_mode_keys import armed
from tradeterm.tui.drawing.keymap import ONE_PRESS, default_keymap
from tradeterm.tui.drawing.panes import Pane
from tradeterm.tui.screens.palette import CommandPalette, choices, found
from tradeterm.tui.screens.review import ReviewDialog
from tradeterm.tui.widgets.lines import Lines


def test_words_narrow_the_list_and_a_bindings_name_helps() -> None:
    """Every word must be there, in any order."""
    offered = choices(default_keymap(), ("trade", "ladder"))
    assert [one.binding for one in found(offered, "all flatten")] == ["position.flatten_all"]
    assert [one.binding for one in found(offered, "breakeven")] == ["position.breakeven"]
    assert found(offered, "no such thing") == []
    assert all(one.binding not in ONE_PRESS for one in choices(default_keymap(), ("trade", "ladder"), ONE_PRESS))


async def test_enter_presses_the_key_of_what_was_chosen() -> None:
    """In the pane that had the focus; a review opens as for the key."""
    console = busy_console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "5", "j", "ctrl+p")
        await typed(console, *"cancel", "space", *"all")
        await console.app.keys.done()
        assert "cancel all" in console.app.screen.query_one("#found", Lines).text
        await press(console, pilot, "enter")
        await console.app.keys.done()
        await pilot.pause()
        assert isinstance(console.app.screen, ReviewDialog), toasts(console)
    assert console.desk.log == []


async def test_while_armed_neither_a_list_nor_a_click_sends() -> None:
    """What one press sends is for hands alone."""
    console = Console()
    async with console.app.run_test(size=WIDE) as pilot:
        await armed(console, pilot)
        await press(console, pilot, "ctrl+p")
        assert isinstance(console.app.screen, CommandPalette)
        assert "buy at price" not in console.app.screen.query_one("#found", Lines).text
        await press(console, pilot, "escape")
        painted(console)
        hints = screen(console).query_one("#hint-bar", Lines)
        await pilot.click(hints, offset=(hints.text.index("buy here"), 0))
        await in_time(lambda: "only the key sends" in toasts(console))
    assert console.desk.sent == []


async def test_hints_and_tabs_are_pressed_by_a_click() -> None:
    """A hint does what its key does; a tab comes to the front with the focus."""
    console = busy_console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await pilot.click("#orders", offset=(16, 0))
        await pilot.pause()
        assert screen(console).focused_pane is Pane.FILLS
        console.wait_out()
        painted(console)
        hints = screen(console).query_one("#hint-bar", Lines)
        await pilot.click(hints, offset=(hints.text.index("sell"), 0))
        await in_time(lambda: screen(console).focused_pane is Pane.TICKET)
    assert console.desk.log == []
