"""Which market the page is about, and how it changes."""

from decimal import Decimal

from tests.tradeterm.tui.apps import WIDE, Console, painted, press, screen

D = Decimal


async def test_symbols_change_by_both_pairs_of_keys() -> None:
    """`}` and `L` forward, `{` and `H` back, round the list."""
    console = Console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        seen = []
        for key in ("right_curly_bracket", "L", "left_curly_bracket", "H", "H"):
            await press(console, pilot, key)
            seen.append(screen(console).symbol)
    assert seen == ["ETH/USD", "SOL/USD", "ETH/USD", "BTC/USD", "UNI/USD"]
    assert console.desk.view is not None
    assert console.desk.view.symbol == "UNI/USD"


async def test_enter_in_the_watchlist_chooses_the_market() -> None:
    """The row under the cursor becomes the symbol of every pane."""
    console = Console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "1", "j", "j", "enter")
        assert screen(console).symbol == "SOL/USD"
