"""`o` on the Trade screen: the order of each list, what keeps its meaning in it, and where it does nothing."""

import pytest

from tests.tradeterm.tui.apps import NARROW, WIDE, busy_console, painted, press, screen, toasts
from tests.tradeterm.tui.desks import order
from tradeterm.protocol.vocabulary import Side
from tradeterm.tui.widgets.grid.view import GridView


@pytest.mark.parametrize(
    ("pane", "presses", "first", "words"),
    [
        ("positions", 1, "ETH/USD", "Positions: by Net, smallest first"),
        ("positions", 2, "BTC/USD", "Positions: by Net, largest first"),
        ("watch", 1, "AVAX/USD", "Watch: by 24h, largest first"),
        ("watch", 2, "UNI/USD", "Watch: by 24h, smallest first"),
        ("watch", 4, "BTC/USD", "Watch: as they come"),
    ],
)
async def test_o_sorts_the_focused_list(pane: str, presses: int, first: str, words: str) -> None:
    """The cursor stays on its row, and the heading says by what."""
    console = busy_console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        grid = screen(console).query_one(f"#{pane}", GridView)
        await press(console, pilot, {"positions": "5", "watch": "1"}[pane])
        before = grid.cursor_id
        await press(console, pilot, *["o"] * presses)
        assert grid.row_ids[0] == first
        assert words in toasts(console)
        heading = grid.render_line(0).text
        assert ("▲" in heading or "▼" in heading) is (presses < 4)
        assert grid.cursor_id == before


async def test_orders_nearest_to_the_market_come_first_and_a_key_still_means_its_row() -> None:
    """`c` cancels the order at the cursor, wherever it went."""
    console = busy_console()
    async with console.app.run_test(size=NARROW) as pilot:
        painted(console)
        grid = screen(console).query_one("#orders", GridView)
        console.desk.orders.reverse()
        painted(console)
        await press(console, pilot, "4", "o")
        ids = [console.desk.order_of(row) or console.desk.order(row) for row in grid.row_ids]
        assert [one.symbol for one in ids if one is not None][-1] == "ETH/USD"
        await press(console, pilot, "G", "o", "c")
    ((_, cancelled),) = [entry for entry in console.desk.log if entry[0] == "cancel"]
    assert cancelled == next(one.id for one in console.desk.orders if one.symbol == "ETH/USD")


async def test_alerts_and_fills_are_sorted_too() -> None:
    """What lists of time there are say that they have no other order."""
    console = busy_console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "0", "o")
        assert "Alerts: by Away" in toasts(console)
        await press(console, pilot, "6", "o", "o")
        assert "Fills: by Price, largest first" in toasts(console)
        for number, name in (("7", "Events"), ("9", "Tape")):
            await press(console, pilot, number, "o")
            assert f"{name} stand by time." in toasts(console)
        await press(console, pilot, "3", "o")
        assert "o sorts a list: 1 watch, 4 orders, 5 positions, 6 fills, 7 events, 9 tape, 0 alerts" in toasts(console)


async def test_a_sorted_watchlist_is_gone_through_as_it_is_seen_and_not_moved() -> None:
    """`L` takes the next one on the screen; `J` says why it does nothing."""
    console = busy_console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "1", "o", "J")
        assert "The list is sorted" in toasts(console)
        rows = screen(console).query_one("#watch", GridView).row_ids
        await press(console, pilot, "L")
        assert screen(console).symbol == rows[rows.index("BTC/USD") + 1]


async def test_the_cursor_s_row_is_seen_after_a_sort_and_when_its_list_is_gone_back_to() -> None:
    """`c` cancels at once: never an order that went out of view."""
    console = busy_console()
    console.desk.orders = [order(n, Side.BUY, "0.1", str(45000 - 10 * n)) for n in range(40, 0, -1)]
    async with console.app.run_test(size=NARROW) as pilot:
        painted(console)
        grid = screen(console).query_one("#orders", GridView)
        await press(console, pilot, "4", "o")
        assert grid.row_ids.index(grid.cursor_id or "") == 39
        assert "▶BTC  BUY  0.10000 44,600.00" in drawn(grid)
        await press(console, pilot, "3")
        console.desk.orders = [order(50 + n, Side.BUY, "0.1", "45010") for n in range(30)] + console.desk.orders[:1]
        painted(console)
        assert "▶BTC" not in drawn(grid)
        await press(console, pilot, "4")
        assert "▶BTC  BUY  0.10000 44,600.00" in drawn(grid)


def drawn(grid: GridView) -> str:
    return "\n".join(grid.render_line(y).text for y in range(grid.size.height))
