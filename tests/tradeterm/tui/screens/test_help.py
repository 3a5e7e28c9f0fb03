"""The help: the keys of the pane one comes from stand first, and every word has room."""

import pytest

from tests.tradeterm.tui.apps import WIDE, busy_console, painted, press
from tradeterm.tui.drawing.keymap import COMMANDS
from tradeterm.tui.screens.help import HelpScreen
from tradeterm.tui.widgets.lines import Lines

ROOM = 15  # cells beside the keys, in a quarter of a wide terminal


@pytest.mark.parametrize(("key", "title"), [("3", "Ladder"), ("2", "Chart"), ("4", "Lists"), ("0", "Alerts")])
async def test_the_keys_of_the_focused_pane_come_first(key: str, title: str) -> None:
    """In the upper left corner; all others after them."""
    console = busy_console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, key, "question_mark")
        assert isinstance(console.app.screen, HelpScreen)
        boxes = list(console.app.screen.query(".help-box").results(Lines))
        assert boxes[0].border_title == title
        assert {str(box.border_title) for box in boxes} >= {"Everywhere", "Trading", "Ladder", "Ticket", "Review"}


@pytest.mark.parametrize("key", ["escape", "q", "question_mark", "f1"])
async def test_it_is_closed_by_whatever_people_press_to_close_it(key: str) -> None:
    """And what is typed next is for the desk again."""
    console = busy_console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "3", "question_mark", key)
        assert not isinstance(console.app.screen, HelpScreen)


def test_no_word_is_cut() -> None:
    """As long as its line at most."""
    assert [command.text for command in COMMANDS if len(command.text) > ROOM] == []
