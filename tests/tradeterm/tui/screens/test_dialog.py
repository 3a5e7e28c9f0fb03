"""The last row while a dialog is open: the keys of the dialog, and those of the pane again after it."""

import pytest

from tests.tradeterm.tui.apps import HARDLY_EVER, NARROW, WIDE, Console, painted, press
from tests.tradeterm.tui.desks import LABEL, FakeDesk, in_the_middle
from tradeterm.tui.app import TradeApp
from tradeterm.tui.desk.port import Label
from tradeterm.tui.drawing.keymap import default_keymap
from tradeterm.tui.screens.dialog import Dialog
from tradeterm.tui.widgets.lines import Lines


def foot(console: Console) -> str:
    console.app._ctx.notices.read()
    painted(console)
    return console.app.screen_stack[1].query_one("#hint-bar", Lines).text.strip()


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        (("f",), "y send  esc back"),
        (("3", "j", "B"), "y send  e edit  esc back"),
        (("4", "greater_than_sign"), "y send  < tick down  > up  esc back"),
        (("p",), "tab next  enter review  esc back"),
        (("A",), "y arm  e edit  tab next field  esc back"),
        (("5", "slash"), "enter keep  esc show all"),
        (("1", "slash"), "↑   ↓ choose  enter take  esc back"),
        (("ctrl+p",), "↑   ↓ choose  enter do it  esc back"),
        (("ctrl+q",), "y   ctrl+q quit  esc back"),
    ],
)
async def test_the_last_row_names_the_keys_of_what_is_in_front(keys: tuple[str, ...], words: str) -> None:
    """And those of the pane again once it has gone."""
    console = Console(in_the_middle())
    async with console.app.run_test(size=NARROW) as pilot:
        painted(console)
        await press(console, pilot, *keys)
        assert isinstance(console.app.screen, Dialog)
        assert foot(console) == words
        await press(console, pilot, "escape")
        assert "? help" in foot(console)


async def test_a_size_and_a_word_that_have_to_be_typed_are_named() -> None:
    """Enter takes them, and no letter does anything else there."""
    console = Console(FakeDesk())
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "b", "1", "0", "0", "enter")
        assert foot(console) == "enter size typed  esc back"


async def test_real_money_is_armed_by_the_word() -> None:
    """So the last row says."""
    console = Console(FakeDesk())
    live = Label("LIVE · binance", is_live=True)
    console.app = TradeApp(console.desk, console.clock.clocks(), live, refresh_hz=HARDLY_EVER)
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "A")
        assert foot(console) == "enter arm, after ARM  e edit  tab next field  esc back"


async def test_the_frame_names_the_keys_as_they_are_bound() -> None:
    """A key that was bound anew is the one that is named."""
    console = Console(in_the_middle())
    keymap = {**default_keymap(), "form.next": "f7", "search.take": "f8"}
    console.app = TradeApp(console.desk, console.clock.clocks(), LABEL, keymap=keymap, refresh_hz=HARDLY_EVER)
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        for keys, words in ((("p",), "F7 next · enter review · esc back"), (("5", "slash"), "F8 keep · esc show all")):
            await press(console, pilot, *keys)
            assert str(console.app.screen.query_one("#dialog").border_subtitle) == words
            await press(console, pilot, "escape")
        await press(console, pilot, "ctrl+p")
        assert str(console.app.screen.query_one("#dialog").border_subtitle) == "↑ ↓ choose · F8 do it · esc back"


async def test_the_ladders_keys_are_named_for_what_they_place() -> None:
    """`m` makes stops of them, and the last row says so until it is pressed again."""
    console = Console(FakeDesk())
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "3", "m")
        console.app._ctx.notices.read()
        painted(console)
        hints = console.app.screen.query_one("#hint-bar", Lines)
        assert "B buy stop here" in hints.text
        await press(console, pilot, "m")
        console.app._ctx.notices.read()
        painted(console)
        assert "B buy here" in hints.text


async def test_the_frames_of_ticket_and_arming_name_the_keys_that_are_bound() -> None:
    """Not those that they have by default."""
    keymap = {**default_keymap(), "ticket.review": "f7", "ticket.close": "f10", "arm.send": "f7", "arm.back": "f8"}
    desk = FakeDesk()
    console = TradeApp(desk, desk.clock.clocks(), LABEL, keymap=keymap, refresh_hz=HARDLY_EVER)
    async with console.run_test(size=WIDE) as pilot:
        console.tick()
        await pilot.press("A")
        assert "F7 arm" in str(console.screen.query_one("#dialog").border_subtitle)
        assert "F8 back" in str(console.screen.query_one("#dialog").border_subtitle)
        desk.clock.advance(1)
        await pilot.press("f8", "b")
        console.tick()
        assert str(console.screen.query_one("#ticket").border_subtitle) == "F7 review · F10 close"
