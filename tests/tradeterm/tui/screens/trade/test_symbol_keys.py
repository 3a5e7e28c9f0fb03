"""Which market the page is about, and how it changes."""

from decimal import Decimal

from tests.tradeterm.tui.apps import WIDE, Console, busy_console, painted, press, screen, toasts

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


async def test_a_sets_an_alert_at_the_crosshair() -> None:
    """From the side where the market is; without a crosshair it says how to get one."""
    console = busy_console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "2", "a")
        assert "v shows a crosshair" in toasts(console)
        await press(console, pilot, "k", "k", "a", "j", "j", "j", "j", "a")
        await pilot.pause()
    (above, below) = [what for name, what in console.desk.log if name == "alert"]
    assert isinstance(above, tuple)
    assert isinstance(below, tuple)
    assert (above[:2], below[:2]) == (("BTC/USD", "above"), ("BTC/USD", "below"))
    assert above[2] > D("45012.5") > below[2]


async def test_panning_past_the_oldest_candle_asks_for_twice_as_many() -> None:
    """Up to what the server keeps; another market starts with the first ones again."""
    console = busy_console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "2", *["h"] * 16)
        assert console.desk.view is not None
        assert console.desk.view.candles == 2000
        await press(console, pilot, "L")
        assert console.desk.view.candles == 500
