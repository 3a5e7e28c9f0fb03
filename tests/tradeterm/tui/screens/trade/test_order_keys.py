"""Every order key: what it reviews, what `y` then asks of the desk, and what it says where it can do nothing."""

from decimal import Decimal

import pytest

from tests.tradeterm.tui.apps import NARROW, WIDE, Console, busy_console, painted, press, reviewed, screen, toasts
from tests.tradeterm.tui.desks import FakeDesk, in_the_middle, order
from tradeterm.protocol.vocabulary import OrderType, Side, TimeInForce
from tradeterm.tui.screens.trade.screen import TradeScreen
from tradeterm.tui.widgets.field import Field
from tradeterm.tui.widgets.ladder import Ladder

D = Decimal


# ---------------------------------------------------------------- the ladder


@pytest.mark.parametrize(
    ("keys", "side", "price", "tif", "post_only"),
    [
        (("j", "j", "B"), Side.BUY, "45011", TimeInForce.GTC, False),
        (("j", "k", "k", "S"), Side.SELL, "45014", TimeInForce.GTC, False),
        (("i",), Side.BUY, "45012.5", TimeInForce.GTC, True),
        (("d",), Side.SELL, "45013", TimeInForce.GTC, True),
        (("I",), Side.BUY, "45013", TimeInForce.IOC, False),
        (("D",), Side.SELL, "45012.5", TimeInForce.IOC, False),
    ],
    ids=["B", "S", "i", "d", "I", "D"],
)
async def test_a_ladder_key_sends_the_price_that_is_displayed(
    keys: tuple[str, ...], side: Side, price: str, tif: TimeInForce, post_only: bool
) -> None:
    """After its review; nothing before it."""
    console = Console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "3", *keys)
        assert console.desk.sent == []
        assert "LIMIT" in reviewed(console)
        await press(console, pilot, "y")
    (sent,) = console.desk.sent
    assert (sent.symbol, sent.type, sent.side) == ("BTC/USD", OrderType.LIMIT, side)
    assert (sent.price, sent.time_in_force, sent.post_only) == (D(price), tif, post_only)


async def test_stops_are_placed_at_the_cursor_until_another_market_or_m() -> None:
    """The ladder's foot and a sentence say so; what joins and takes stays a limit, and the wrong side is refused."""
    console = Console()
    async with console.app.run_test(size=NARROW) as pilot:
        painted(console)
        ladder = screen(console).query_one(Ladder)
        await press(console, pilot, "3", "m")
        assert "B and S at the cursor are stops" in toasts(console)
        assert str(ladder.border_subtitle) == "STOP B S  0.11100 (5%)"
        await press(console, pilot, "j", "j", "B")
        assert "above the last price, 45,012.50" in toasts(console)
        await press(console, pilot, "S")
        assert "STOP" in reviewed(console)
        await press(console, pilot, "y", "i", "y", "L")
        assert "STOP" not in str(ladder.border_subtitle)
        await press(console, pilot, "H", "m", "m")
        assert "B and S at the cursor are limits." in toasts(console)
        await press(console, pilot, "j", "j", "B", "y")
    stop, joined, limit = console.desk.sent
    assert (stop.type, stop.side, stop.stop_price, stop.price) == (OrderType.STOP, Side.SELL, D(45_011), None)
    assert (joined.type, joined.post_only) == (OrderType.LIMIT, True)
    assert (limit.type, limit.side) == (OrderType.LIMIT, Side.BUY)


async def test_b_without_a_cursor_says_how_to_get_one() -> None:
    """It never guesses a price."""
    console = Console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "3", "B")
        assert "No price at the cursor" in toasts(console)
        await press(console, pilot, "1", "B")
        assert "3 goes there" in toasts(console)
    assert console.desk.log == []


async def test_sizes_go_by_presets_and_by_steps() -> None:
    """`t` doubles the share, `T` goes back, `+` takes a step of the size; the ladder's foot says which."""
    console = Console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        ladder = screen(console).query_one(Ladder)
        await press(console, pilot, "3", "t")
        assert "0.22200 (10%)" in str(ladder.border_subtitle)
        await press(console, pilot, "T")
        assert "0.11100 (5%)" in str(ladder.border_subtitle)
        await press(console, pilot, "plus", "j", "B", "y")
    (sent,) = console.desk.sent
    assert sent.quantity == D("0.121")


async def test_own_orders_out_of_view_are_counted() -> None:
    """Above and below."""
    desk = FakeDesk(orders=[order(1, Side.SELL, "0.5", "46000"), order(2, Side.BUY, "0.5", "44000")])
    console = Console(desk)
    async with console.app.run_test(size=NARROW) as pilot:
        painted(console)
        await pilot.pause()
        assert "▲1 ▼1" in str(screen(console).query_one(Ladder).border_title)


# ---------------------------------------------------------------- ways out


@pytest.mark.parametrize(
    ("keys", "words", "asked"),
    [
        (("F",), "Net of all", ("close all", None)),
        (("X",), "1 exit stays", ("cancel entries", None)),
        (("f8",), "CANCEL 2 working entries", ("cancel entries", None)),
        (("5", "j", "C"), "CANCEL 1 working entry", ("cancel entries", "SOL/USD")),
        (("5", "j", "r"), "FLIPS to LONG 3", ("reverse", "SOL/USD")),
        (("f12",), "halt the account", ("kill", None)),
    ],
    ids=["F", "X", "F8", "C", "r", "F12"],
)
async def test_a_way_out_is_said_in_words_and_asked_for_once(
    keys: tuple[str, ...], words: str, asked: tuple[str, object]
) -> None:
    """Reviewed, all of them: Caps Lock makes F, C and X of f, c and x."""
    console = Console(in_the_middle())
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, *keys)
        assert words in reviewed(console)
        assert console.desk.log == []
        await press(console, pilot, "y", "y")
        await pilot.pause()
    assert console.desk.log == [asked]


async def test_a_key_with_nothing_to_do_says_so() -> None:
    """No position, no order: a word, no dialog."""
    console = Console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        for key in ("F", "X", "C", "r", "p", "equals_sign", "e", "greater_than_sign", "u"):
            before = len(toasts(console))
            await press(console, pilot, key)
            assert isinstance(console.app.screen, TradeScreen), key
            assert len(toasts(console)) > before, key
    assert console.desk.log == []


async def test_kill_works_while_one_types() -> None:
    """F12 is heard inside a field."""
    console = Console(in_the_middle())
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "b", "f12", "y")
        await pilot.pause()
    assert console.desk.log == [("kill", None)]


async def test_a_letter_in_a_field_is_text_and_f8_is_a_command() -> None:
    """X cancels all entries everywhere but where one types."""
    console = busy_console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "b", "X")
        assert screen(console).query_one("#quantity", Field).value == "X"
        await press(console, pilot, "f8")
        assert "CANCEL 3 working entries" in reviewed(console)


async def test_a_key_that_is_bound_to_nothing_says_so() -> None:
    """And names the one that helps; inside a field it is a letter."""
    console = Console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        keys = ("Q", "Z", "semicolon", "f7", "ctrl+w")
        for count, key in enumerate(keys, 1):
            await press(console, pilot, key)
            assert toasts(console).count("does nothing here") == count, key
        await press(console, pilot, "slash", "Q")
        assert toasts(console).count("does nothing here") == len(keys)


# ---------------------------------------------------------------- copying


@pytest.mark.parametrize(
    ("keys", "copied"),
    [
        (("3", "j", "j"), "45011.00"),
        (("4",), "0192f0c0-0000-7000-8000-000000000001"),
        (("5",), "BTC/USD"),
        (("1", "j"), "ETH/USD"),
    ],
)
async def test_y_copies_what_stands_at_the_cursor(keys: tuple[str, ...], copied: str) -> None:
    """A price as it can be typed, an order's own id, a market; nothing is sent."""
    console = busy_console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, *keys, "y")
        assert console.app.clipboard == copied
        assert f"Copied {copied}." in toasts(console)
    assert (console.desk.log, console.desk.sent) == ([], [])


async def test_y_where_nothing_stands_says_so() -> None:
    console = Console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "2", "y")
        assert "Nothing stands at a cursor here" in toasts(console)
        assert console.app.clipboard == ""
