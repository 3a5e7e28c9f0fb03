"""A terminal that is too small says so, takes no key, and goes on when it has grown."""

import pytest
from textual.geometry import Size

from tests.tradeterm.tui.apps import Console, painted, press
from tradeterm.tui.drawing.panes import MIN_HEIGHT, MIN_WIDTH
from tradeterm.tui.screens.small import TooSmallScreen, is_too_small
from tradeterm.tui.screens.trade.screen import TradeScreen
from tradeterm.tui.widgets.lines import Lines


@pytest.mark.parametrize(
    ("width", "height", "is_small"),
    [
        (MIN_WIDTH, MIN_HEIGHT, False),
        (MIN_WIDTH - 1, MIN_HEIGHT, True),
        (MIN_WIDTH, MIN_HEIGHT - 1, True),
        (400, 1, True),
    ],
)
def test_both_sides_count(width: int, height: int, is_small: bool) -> None:
    assert is_too_small(Size(width, height)) is is_small


async def test_it_says_how_large_it_is_and_must_be_until_it_is() -> None:
    """No order goes out of what nobody can see."""
    console = Console()
    async with console.app.run_test(size=(60, 10)) as pilot:
        painted(console)
        await pilot.pause()
        assert isinstance(console.app.screen, TooSmallScreen)
        text = console.app.screen.query_one(Lines).text
        assert "60x10" in text
        assert f"{MIN_WIDTH}x{MIN_HEIGHT}" in text
        await press(console, pilot, "b", "enter", "y", "F12", "y")
        await pilot.resize_terminal(61, 11)
        await pilot.pause()
        assert "61x11" in console.app.screen.query_one(Lines).text
        await pilot.resize_terminal(MIN_WIDTH, MIN_HEIGHT)
        await pilot.pause()
        assert isinstance(console.app.screen, TradeScreen)
    assert console.desk.sent == []
