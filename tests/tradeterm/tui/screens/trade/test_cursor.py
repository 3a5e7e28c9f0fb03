"""What is meant is what is hit: order keys act on the row that is highlighted, and the dialog says which market."""

import pytest

from tests.tradeterm.tui.apps import WIDE, Console, busy_console, painted, press, screen, toasts, typed
from tests.tradeterm.tui.desks import FakeDesk, order, position
from tradeterm.protocol.trades import Trade
from tradeterm.protocol.vocabulary import PositionSide, Side
from tradeterm.tui.screens.review import ReviewDialog
from tradeterm.tui.screens.trade.screen import TradeScreen
from tradeterm.tui.widgets.grid.view import GridView
from tradeterm.tui.widgets.lines import Lines
from tradeterm.tui.widgets.ticket import Ticket


def holding(*symbols: str) -> FakeDesk:
    return FakeDesk(held=[position(symbol, PositionSide.LONG, "1") for symbol in symbols])


async def test_f_closes_the_position_that_is_highlighted_and_not_the_page_s() -> None:
    """The page shows BTC, the cursor is on SOL: the review names SOL, large, and SOL is closed."""
    console = Console(holding("BTC/USD", "SOL/USD"))
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "5", "j", "f")
        dialog = console.app.screen
        assert isinstance(dialog, ReviewDialog)
        assert "S O L / U S D" in dialog.query_one("#review-text", Lines).text
        assert "SOL/USD" in str(dialog.query_one("#dialog").border_title)
        await press(console, pilot, "y")
        await pilot.pause()
    assert console.desk.log == [("close", "SOL/USD")]


async def test_f_on_the_ladder_closes_the_page_s_market() -> None:
    """There is no row there that could mean another."""
    console = Console(holding("BTC/USD", "SOL/USD"))
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "5", "j", "3", "f", "y")
        await pilot.pause()
    assert console.desk.log == [("close", "BTC/USD")]


async def test_f_does_nothing_when_the_highlighted_row_has_gone() -> None:
    """It never slips to the row that took its place."""
    console = Console(holding("BTC/USD", "SOL/USD"))
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "5", "j")
        console.desk.held = console.desk.held[:1]
        painted(console)
        await press(console, pilot, "f")
        assert not isinstance(console.app.screen, ReviewDialog)
        assert "has gone" in toasts(console)
    assert console.desk.log == []


async def test_a_key_that_finds_its_list_empty_means_the_page_at_the_second_press() -> None:
    """The only order has ended: the first press says so, the next one opens the ticket of the market on the page."""
    console = Console(FakeDesk(orders=[order(1, Side.BUY, "1", "101", symbol="SOL/USD")]))
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "4", "j")
        console.desk.orders = []
        painted(console)
        await press(console, pilot, "b")
        assert not screen(console).query_one(Ticket).is_open
        assert "the same key again means the market on the page" in toasts(console)
        await press(console, pilot, "b")
        draft = screen(console).query_one(Ticket).draft
        assert draft is not None
        assert draft.symbol == "BTC/USD"


@pytest.mark.parametrize(("keys", "symbol"), [(("1", "j", "j"), "SOL/USD"), (("4", "j", "j"), "ETH/USD")])
async def test_b_opens_a_ticket_for_the_market_that_is_highlighted(keys: tuple[str, ...], symbol: str) -> None:
    """In the watchlist and in the orders; ladder and chart go there with it."""
    console = busy_console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, *keys, "b")
        ticket = screen(console).query_one(Ticket)
        assert ticket.draft is not None
        assert ticket.draft.symbol == symbol
        assert screen(console).symbol == symbol


async def test_a_fill_s_row_means_its_market() -> None:
    """A fill of ETH while the page shows BTC."""
    console = busy_console()
    console.desk.trades = [replace_symbol(console, "ETH/USD")]
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "6", "s")
        ticket = screen(console).query_one(Ticket)
        assert ticket.draft is not None
        assert ticket.draft.symbol == "ETH/USD"


@pytest.mark.parametrize("key", ["c", "e", "greater_than_sign", "y", "f", "b"])
async def test_no_key_means_a_row_that_the_filter_hides(key: str) -> None:
    """The cursor is on an order of BTC, the list is narrowed to ETH: `c` cancelled what nobody saw."""
    console = busy_console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "4", "slash")
        await typed(console, *"ETH")
        await console.app.keys.done()
        await press(console, pilot, "enter", key)
        assert isinstance(console.app.screen, TradeScreen)
        assert screen(console).query_one(Ticket).draft is None
        assert "j and k" in toasts(console)
        assert "Copied" not in toasts(console)
        await press(console, pilot, "j", "c")
    ((name, cancelled),) = console.desk.log
    assert (name, cancelled) == ("cancel", console.desk.orders[2].id)


@pytest.mark.parametrize("key", ["c", "e", "f"])
async def test_a_key_on_a_row_that_the_wheel_left_behind_shows_it_first(key: str) -> None:
    """Whoever looks elsewhere in the list does not mean what they do not see; the second press does."""
    console = busy_console()
    console.desk.orders = [order(n, Side.BUY, "0.1", str(45000 - 10 * n)) for n in range(1, 41)]
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "4")
        grid = screen(console).query_one("#orders", GridView)
        grid.scroll_to(y=20, animate=False, immediate=True)
        await press(console, pilot, key)
        assert isinstance(console.app.screen, TradeScreen)
        assert "out of view" in toasts(console)
        assert grid.scroll_offset.y == 0
        assert console.desk.log == []
        await press(console, pilot, "c")
    assert console.desk.log == [("cancel", console.desk.orders[0].id)]


def replace_symbol(console: Console, symbol: str) -> Trade:
    return console.desk.trades[0].model_copy(update={"symbol": symbol})
