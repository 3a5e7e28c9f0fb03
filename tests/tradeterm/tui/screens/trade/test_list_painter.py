"""The lists of the Trade screen: a tinted price, what stands at the foot of the positions, and how tabs are named."""

from dataclasses import replace

from tests.tradeterm.tui.apps import NARROW, WIDE, Console, painted, press, screen
from tests.tradeterm.tui.desks import busy_desk, position, ticker
from tradeterm.tui.desk.port import Dirty, Unknown
from tradeterm.tui.drawing.palette import Tone
from tradeterm.tui.drawing.panes import Pane
from tradeterm.tui.widgets.grid.view import GridView

TICKED = replace(Dirty(), tickers=frozenset({"BTC/USD"}))


def grid(console: Console, pane: Pane) -> GridView:
    return screen(console).query_one(f"#{pane}", GridView)


def tick(console: Console, dirty: Dirty) -> None:
    console.desk.dirty = dirty
    console.app.tick()


async def test_a_price_that_turns_round_is_tinted_for_a_moment() -> None:
    console = Console()
    async with console.app.run_test(size=WIDE):
        painted(console)
        tones = []
        for last in ("45000.0", "45010.0", "45000.0"):
            console.desk.tickers["BTC/USD"] = ticker("BTC/USD", last, "1.0", "0.5")
            tick(console, TICKED)
            row = grid(console, Pane.WATCH).row("BTC/USD")
            assert row is not None
            tones.append(row.cells[1].tone)
        assert tones[-1] is Tone.FLASH_DOWN
        console.clock.advance(0.4)
        tick(console, Dirty())
        row = grid(console, Pane.WATCH).row("BTC/USD")
        assert row is not None
        assert row.cells[1].tone is not Tone.FLASH_DOWN


async def test_the_foot_of_the_positions_says_nothing_while_a_mark_is_missing() -> None:
    """A sum without one of its parts would be wrong."""
    console = Console()
    async with console.app.run_test(size=WIDE):
        console.desk.held.append(position())
        painted(console)
        assert "net " in str(grid(console, Pane.POSITIONS).border_subtitle)
        console.desk.held.append(position("ETH/USD").model_copy(update={"id": "p-2", "current_price": None}))
        tick(console, replace(Dirty(), positions=True))
        assert "net " not in str(grid(console, Pane.POSITIONS).border_subtitle)


async def test_tabs_are_named_short_where_there_is_little_room() -> None:
    for size, name in ((NARROW, "Ord"), (WIDE, "Orders")):
        console = Console()
        async with console.app.run_test(size=size):
            painted(console)
            titles = [str(grid(console, pane).border_title) for pane in (Pane.POSITIONS, Pane.ORDERS)]
            assert any(name in title for title in titles)


async def test_the_title_counts_the_orders_that_a_filter_hides_too() -> None:
    """What works is at stake whether it is looked at or not."""
    console = Console(busy_desk())
    async with console.app.run_test(size=WIDE):
        painted(console)
        grid(console, Pane.ORDERS).narrow("ETH")
        painted(console)
        assert len(grid(console, Pane.ORDERS).row_ids) == 1
        assert "4 Orders 3" in str(grid(console, Pane.ORDERS).border_title)


async def test_an_unknown_outcome_is_seen_whichever_tab_is_in_front() -> None:
    """Of an order that was sent, and of one that the server cannot tell about; both narrow and wide."""
    for size in (NARROW, WIDE):
        console = Console(busy_desk())
        console.desk.answer = Unknown("No answer came.")
        del console.desk.orders[0]  # it has the id that the console gives its first order
        async with console.app.run_test(size=size) as pilot:
            painted(console)
            await press(console, pilot, "3", "b", "enter", "y")
            await pilot.pause()
            await press(console, pilot, "7")
            painted(console)
            assert " 3 ?1" in str(grid(console, Pane.EVENTS).border_title)
            console.desk.orders[0] = console.desk.orders[0].model_copy(update={"unconfirmed": True})
            painted(console)
            assert " 3 ?2" in str(grid(console, Pane.EVENTS).border_title)
