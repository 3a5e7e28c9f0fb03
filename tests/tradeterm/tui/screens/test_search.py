"""Finding a market by a part of its name, to look at or to put on the watchlist."""

from tests.tradeterm.tui.apps import WIDE, Console, painted, press, screen
from tradeterm.tui.screens.search import SearchDialog
from tradeterm.tui.widgets.lines import Lines


async def test_a_market_is_found_by_a_part_of_its_name() -> None:
    """`/`, letters, enter."""
    console = Console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "slash", "l", "i", "n", "enter")
        assert screen(console).symbol == "LINK/USD"


async def test_the_arrows_choose_among_what_was_found_and_escape_leaves() -> None:
    """Nothing changes by looking."""
    console = Console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "slash", "down", "down", "up", "enter")
        assert screen(console).symbol == "ETH/USD"
        await press(console, pilot, "slash", "z", "z")
        assert isinstance(console.app.screen, SearchDialog)
        await press(console, pilot, "enter", "escape")
        assert screen(console).symbol == "ETH/USD"


async def test_only_what_is_not_on_the_list_can_be_added() -> None:
    """Otherwise nothing would happen."""
    console = Console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "1", "d", "a")
        assert console.app.screen.query_one("#found", Lines).text.split() == ["▶", "BTC/USD"]
