"""The Trade screen by its keys: what is asked of the desk, what is refused, and why."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from rich.console import RenderableType
from textual.screen import Screen

from tests.eventually import in_time
from tests.tradeterm.tui.apps import WIDE, Console, busy_console, painted, press, screen, toasts
from tests.tradeterm.tui.desks import NOON, FakeDesk, order, position
from tradeterm.protocol.vocabulary import OrderType, Side
from tradeterm.tui.desk.port import DeskLink, DeskLinkState, Dirty, Refused, Unknown
from tradeterm.tui.drawing.panes import Pane
from tradeterm.tui.screens.quit import QuitDialog
from tradeterm.tui.screens.review import ReviewDialog
from tradeterm.tui.screens.small import TooSmallScreen
from tradeterm.tui.screens.trade.screen import TradeScreen
from tradeterm.tui.widgets.chart import CandleChart
from tradeterm.tui.widgets.grid.view import GridView
from tradeterm.tui.widgets.lines import Lines
from tradeterm.tui.widgets.ticket import Ticket

D = Decimal


async def test_b_enter_y_sends_one_market_order() -> None:
    """Six keys to the first trade: the size is chosen, the id made, IOC said."""
    console = Console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "b", "enter", "y")
    (sent,) = console.desk.sent
    assert (sent.symbol, sent.side, sent.type) == ("BTC/USD", Side.BUY, OrderType.MARKET)
    assert sent.quantity == D("0.11115")
    assert sent.client_order_id == f"{1:032x}"


async def test_typing_replaces_the_size_that_is_selected() -> None:
    """`b`, a number, enter, `y`."""
    console = Console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "s", "2", "enter", "y")
    (sent,) = console.desk.sent
    assert (sent.side, sent.quantity) == (Side.SELL, D(2))


@pytest.mark.parametrize("key", ["enter", "escape", "n", "q", "circumflex_accent", "e"])
async def test_every_other_key_of_a_review_goes_back(key: str) -> None:
    """Only `y` sends."""
    console = Console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "b", "enter", key)
        assert isinstance(console.app.screen, TradeScreen)
    assert console.desk.sent == []


async def test_a_review_does_not_hear_a_y_that_comes_at_once() -> None:
    """A key that was meant for what was there before sends nothing; read, it does."""
    console = Console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "b", "enter")
        await pilot.press("y")
        assert console.desk.sent == []
        await press(console, pilot, "y")
        assert len(console.desk.sent) == 1


async def test_a_limit_starts_at_the_own_side_and_keeps_what_is_typed() -> None:
    """ctrl+t makes a limit; erasing the price leaves it erased."""
    console = Console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "b", "ctrl+t")
        ticket = screen(console).query_one(Ticket)
        assert ticket.draft is not None
        assert ticket.draft.price == "45012.50"
        await press(console, pilot, "backspace", *"45000", "enter", "y")
    (sent,) = console.desk.sent
    assert (sent.type, sent.price) == (OrderType.LIMIT, D(45_000))


async def test_a_fault_in_the_ticket_is_said_and_nothing_is_reviewed() -> None:
    """Off the tick: the two nearest prices are named."""
    console = Console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "b", "ctrl+t", "4", "4", "full_stop", "3", "enter")
        assert isinstance(console.app.screen, TradeScreen)
        assert "44.50" in console.app.screen.query_one("#ticket-facts", Lines).text


async def test_what_is_typed_after_a_fault_replaces_it() -> None:
    """A size of zero, Enter, and the right one: not both in a row."""
    console = Console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "b", "0", "enter", *"0.5", "enter", "y")
        await pilot.pause()
    (sent,) = console.desk.sent
    assert sent.quantity == D("0.5")


async def test_c_cancels_the_order_under_the_cursor_and_no_other() -> None:
    """In the orders, one press, no review."""
    desk = FakeDesk(orders=[order(1, Side.BUY, "0.5", "45010.5"), order(2, Side.SELL, "0.2", "45015")])
    console = Console(desk)
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "4", "j", "c")
        await pilot.pause()
    assert desk.log == [("cancel", desk.orders[1].id)]


async def test_c_outside_orders_and_ladder_says_where_it_works() -> None:
    """A key that does nothing explains itself."""
    console = busy_console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "1", "c")
        assert "4 goes to the orders" in toasts(console)
    assert console.desk.log == []


async def test_c_on_the_ladder_cancels_own_orders_at_that_price() -> None:
    """The cursor's price and nothing beside it."""
    desk = FakeDesk(orders=[order(1, Side.BUY, "0.5", "45012.5"), order(2, Side.BUY, "0.2", "45000")])
    console = Console(desk)
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "3", "j", "c")
        await pilot.pause()
    assert desk.log == [("cancel", desk.orders[0].id)]


async def test_f_flattens_after_a_review() -> None:
    """The symbol on the screen, at the market, reduce-only."""
    console = Console(FakeDesk(held=[position()]))
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "f")
        assert isinstance(console.app.screen, ReviewDialog)
        assert "closes LONG 0.5" in console.app.screen.query_one("#review-text", Lines).text
        await press(console, pilot, "y")
        await pilot.pause()
    assert console.desk.log == [("close", "BTC/USD")]


async def test_f_without_a_position_says_so() -> None:
    """Nothing to flatten is a word, not a dialog."""
    console = Console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "f")
        assert "nothing to flatten" in toasts(console)


@pytest.mark.parametrize("keys", [("b",), ("s",), ("f",), ("4", "c")])
async def test_order_keys_say_why_they_refuse_without_a_link(keys: tuple[str, ...]) -> None:
    """And nothing is asked of the desk."""
    console = busy_console()
    console.desk.line = DeskLink(DeskLinkState.DOWN, since=NOON - timedelta(seconds=3))
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, *keys)
        assert "there is no link to the server" in toasts(console)
    assert console.desk.log == []


async def test_a_review_that_is_open_when_the_link_goes_sends_nothing() -> None:
    """It stays open, says why, and works again with the link."""
    console = Console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "b", "enter")
        live = console.desk.line
        console.desk.line = DeskLink(DeskLinkState.DOWN)
        await press(console, pilot, "y")
        assert console.desk.sent == []
        assert "no link" in console.app.screen.query_one("#review-refusal", Lines).text
        console.desk.line = live
        await press(console, pilot, "y")
        await pilot.pause()
    assert len(console.desk.sent) == 1


async def test_the_panes_say_that_the_link_is_gone_and_recover() -> None:
    """A box over the panes while it is down; nothing of it after."""
    console = busy_console()
    async with console.app.run_test(size=WIDE):
        painted(console)
        box = screen(console).query_one("#link-box", Lines)
        assert not box.display
        live, console.desk.line = console.desk.line, replace(console.desk.line, state=DeskLinkState.DOWN, since=NOON)
        painted(console)
        assert box.display
        assert "Frozen at seq 184,223" in box.text
        assert "Working orders stay on the server (3)" in box.text
        console.desk.line = live
        painted(console)
        assert not box.display


async def test_bar_and_chart_show_the_same_last_price() -> None:
    """Also when the ticker comes before the candle."""
    console = busy_console()
    async with console.app.run_test(size=WIDE):
        painted(console)
        told = console.desk.tickers["BTC/USD"]
        console.desk.tickers["BTC/USD"] = told.model_copy(update={"last": told.last + D(7) if told.last else D(7)})
        console.desk.dirty = Dirty(tickers=frozenset({"BTC/USD"}))
        console.app.tick()
        chart, bar = screen(console).query_one(CandleChart), screen(console).query_one("#account-bar", Lines)
        drawn = "\n".join(chart.render_line(y).text for y in range(chart.size.height))
        assert "45,012.50" not in drawn + bar.text
        assert "◀ 45,019.50" in drawn
        assert "45,019.50" in bar.text


async def test_an_open_ticket_is_put_away_when_the_symbol_changes() -> None:
    """It belonged to the other market."""
    console = Console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "b", "shift+tab")
        screen(console).action_step_symbol(1)
        await pilot.pause()
        assert not screen(console).query_one(Ticket).is_open


async def test_a_refusal_before_there_was_an_order_is_told() -> None:
    """The server's sentence, once."""
    console = Console()
    console.desk.answer = Refused("the quantity is below the minimum")
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "b", "enter", "y")
        await pilot.pause()
        assert "the quantity is below the minimum" in toasts(console)
        assert screen(console).query_one(f"#{Pane.ORDERS}", GridView).row_ids == []


async def test_an_order_without_an_answer_stays_on_the_screen_as_unknown() -> None:
    """It is not sent again, and cannot be cancelled until the server has spoken."""
    console = Console()
    console.desk.answer = Unknown("No answer came.")
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "b", "enter", "y")
        await pilot.pause()
        painted(console)
        grid = screen(console).query_one(f"#{Pane.ORDERS}", GridView)
        (row_id,) = grid.row_ids
        row = grid.row(row_id)
        assert row is not None
        assert "? unknown" in [cell.text for cell in row.cells]
        await press(console, pilot, "4", "c")
        assert "outcome is not known yet" in toasts(console)
    assert len(console.desk.sent) == 1


async def test_a_terminal_that_is_too_small_says_so_and_comes_back() -> None:
    """Under 80x24 one sentence; the Trade screen again after."""
    console = busy_console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await pilot.resize_terminal(79, 24)
        await pilot.pause()
        assert isinstance(console.app.screen, TooSmallScreen)
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert isinstance(console.app.screen, TradeScreen)


async def test_quitting_says_what_it_leaves_and_the_second_press_leaves() -> None:
    """Orders and positions stay on the server; with none it leaves at once."""
    console = busy_console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "ctrl+q")
        assert isinstance(console.app.screen, QuitDialog)
        assert "3 working orders and 2 open positions" in console.app.screen.query_one("#quit-text", Lines).text
        await press(console, pilot, "ctrl+q")
    assert console.app.return_value == 0


async def test_quitting_a_flat_book_asks_nothing() -> None:
    """There is nothing to leave behind."""
    console = Console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "ctrl+q")
    assert console.app.return_value == 0


async def test_help_shows_the_keys_as_they_are_bound() -> None:
    """`?` opens it, `?` closes it."""
    console = Console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "question_mark")
        text = "\n".join(lines.text for lines in console.app.screen.query(".help-box").results(Lines))
        assert "b         buy ticket" in text
        await press(console, pilot, "question_mark")
        assert isinstance(console.app.screen, TradeScreen)


async def test_the_desk_goes_on_behind_a_dialog(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is seen beside a review is the present; and it is drawn when it differs, not without end."""
    console = busy_console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "b", "enter")
        assert isinstance(console.app.screen, ReviewDialog)
        drawn, display = [0], console.app._display

        def count(on: Screen[object], what: RenderableType | None) -> None:
            drawn[0] += 1
            display(on, what)

        monkeypatch.setattr(console.app, "_display", count)
        last = console.desk.tickers["ETH/USD"]
        console.desk.tickers["ETH/USD"] = last.model_copy(update={"last": D("2499.99")})
        painted(console)
        await in_time(lambda: drawn[0])
        await asyncio.sleep(0.3)  # in which without end would be some twenty times
        assert drawn[0] <= 3
        picture = console.app.export_screenshot()
        assert "2,499.99" in picture
        assert "BUY" in picture
