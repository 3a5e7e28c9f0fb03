"""The watchlist by its keys: what is put on it, taken off, moved, and put back."""

from tests.tradeterm.tui.apps import WIDE, Console, painted, press, screen, toasts
from tests.tradeterm.tui.desks import FakeDesk, position
from tradeterm.tui.drawing.panes import Pane
from tradeterm.tui.habits import Habits
from tradeterm.tui.widgets.watch import WatchGrid


def rows(console: Console) -> list[str]:
    return screen(console).query_one(f"#{Pane.WATCH}", WatchGrid).row_ids


async def test_rows_are_moved_and_taken_off_at_the_cursor() -> None:
    """The cursor goes with its row; what is subscribed to follows the list."""
    console = Console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "1", "J")
        assert rows(console)[:3] == ["ETH/USD", "BTC/USD", "SOL/USD"]
        await press(console, pilot, "J", "K", "K")
        assert rows(console)[:3] == ["BTC/USD", "ETH/USD", "SOL/USD"]
        await press(console, pilot, "j", "d")
        assert rows(console)[:2] == ["BTC/USD", "SOL/USD"]
        assert console.desk.view is not None
        assert "ETH/USD" not in console.desk.view.watched


async def test_a_market_is_added_where_the_cursor_is() -> None:
    """`a`, a part of its name, enter."""
    console = Console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "1", "d", "g", "a", "b", "t", "c", "enter")
        assert rows(console)[:2] == ["BTC/USD", "ETH/USD"]


async def test_the_last_market_stays_and_says_so() -> None:
    """An empty watchlist would be all markets."""
    console = Console()
    console.desk.market_list = console.desk.market_list[:1]
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "1", "d")
        assert rows(console) == ["BTC/USD"]
        assert "The last market stays" in toasts(console)


async def test_taking_off_one_after_the_other_keeps_the_cursor() -> None:
    """On the row that took the place; at the end on the one before."""
    console = Console()
    console.desk.market_list = console.desk.market_list[:4]
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "1", "j", "d", "d")
        assert rows(console) == ["BTC/USD", "XRP/USD"]
        await press(console, pilot, "d")
        assert rows(console) == ["BTC/USD"]


async def test_u_puts_a_market_back_where_it_was() -> None:
    """Once; then there is nothing to put back, and the cursor still works."""
    console = Console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        before = rows(console)
        await press(console, pilot, "1", "j", "d")
        assert "ETH/USD is off the watchlist: u puts it back." in toasts(console)
        await press(console, pilot, "u")
        assert rows(console) == before
        await press(console, pilot, "u")
        assert "No order was cancelled here yet" in toasts(console)
        await press(console, pilot, "d")
        assert len(rows(console)) == len(before) - 1


async def test_favourites_are_marked_kept_and_seen_alone() -> None:
    """`*` marks, `w` goes through the groups; an empty one says how it gets a market, and a narrowed list is not changed."""
    kept: list[tuple[object, ...]] = []
    console = Console(FakeDesk(held=[position("SOL/USD")]), habits=Habits(keep=lambda *what: kept.append(what)))
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        grid = screen(console).query_one(WatchGrid)
        await press(console, pilot, "1", "w")
        painted(console)
        assert rows(console) == []
        assert "No favourite yet" in grid.render_line(2).text
        await press(console, pilot, "asterisk")
        assert "No market at the cursor" in toasts(console)
        await press(console, pilot, "w", "w", "j", "asterisk")
        assert kept == [("watch", "favourites", ["ETH/USD"])]
        painted(console)
        assert "ETH*" in grid.render_line(2).text
        await press(console, pilot, "w")
        painted(console)
        assert (rows(console), str(grid.border_title)) == (["ETH/USD"], "1 Watch  favourites 1")
        await press(console, pilot, "d")
        assert "narrowed to favourites" in toasts(console)
        await press(console, pilot, "asterisk", "w")
        painted(console)
        assert (rows(console), str(grid.border_title)) == (["SOL/USD"], "1 Watch  held 1")
        assert console.desk.view is not None
        assert len(console.desk.view.watched) == 12
    assert kept[-1] == ("watch", "favourites", [])


async def test_a_favourite_that_cannot_be_kept_is_said() -> None:
    """It is one all the same until the console ends."""

    def full(*_: object) -> None:
        raise OSError("the disk is full")

    console = Console(habits=Habits(keep=full))
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "1", "asterisk")
        assert "could not be kept: the disk is full" in toasts(console)
