"""`ctrl+r`: everything anew from the server, or the next try now; and what it says where neither can be."""

from dataclasses import replace

import pytest

from tests.tradeterm.tui.apps import NARROW, Console, painted, press, screen, toasts
from tradeterm.tui.desk.port import DeskLinkState
from tradeterm.tui.widgets.ladder import Ladder
from tradeterm.tui.widgets.lines import Lines


@pytest.mark.parametrize(
    ("state", "words", "is_asked"),
    [
        (DeskLinkState.LIVE, "Everything is asked of the server anew.", True),
        (DeskLinkState.DOWN, "The link is tried now.", True),
        (DeskLinkState.CONNECTING, "It is being connected already.", True),
        (DeskLinkState.REFUSED, "The server refused", False),
    ],
)
async def test_ctrl_r_says_what_it_does(state: DeskLinkState, words: str, is_asked: bool) -> None:
    """From every pane."""
    console = Console()
    console.desk.line = replace(console.desk.line, state=state)
    async with console.app.run_test(size=NARROW) as pilot:
        painted(console)
        await press(console, pilot, "ctrl+r")
        assert words in toasts(console)
        assert (("resync", None) in console.desk.log) is is_asked


async def test_a_key_that_is_held_down_switches_and_asks_once() -> None:
    """Its repeats are no presses of their own."""
    console = Console()
    async with console.app.run_test(size=NARROW) as pilot:
        painted(console)
        for pane, key in (("3", "ctrl+r"), ("3", "m"), ("1", "asterisk")):
            await press(console, pilot, pane)
            for _ in range(4):
                console.clock.advance(0.033)
                await pilot.press(key)
                await pilot.pause()
        assert console.desk.log == [("resync", None)]
        assert screen(console).query_one("#ladder", Ladder).is_stop
        assert console.app._ctx.watchlist.favourites == ["BTC/USD"]


async def test_the_box_about_the_link_names_the_key_while_it_is_down() -> None:
    """And not while nothing would come of it."""
    console = Console()
    async with console.app.run_test(size=NARROW):
        for state, words in ((DeskLinkState.DOWN, "ctrl+r tries it now"), (DeskLinkState.REFUSED, "")):
            console.desk.line = replace(console.desk.line, state=state)
            painted(console)
            assert str(screen(console).query_one("#link-box", Lines).border_subtitle or "") == words
