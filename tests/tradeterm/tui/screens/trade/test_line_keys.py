"""The order line: it opens empty, says what stands there, and Enter opens a review and never sends."""

from decimal import Decimal

import pytest
from textual.pilot import Pilot

from tests.tradeterm.tui.apps import NARROW, WIDE, Console, painted, press, screen, typed
from tests.tradeterm.tui.desks import FakeDesk, order, position
from tradeterm.protocol.orders import OrderRequest
from tradeterm.protocol.vocabulary import OrderType, Side
from tradeterm.tui.screens.review import ReviewDialog
from tradeterm.tui.screens.trade.screen import TradeScreen
from tradeterm.tui.widgets.field import Field
from tradeterm.tui.widgets.lines import Lines
from tradeterm.tui.widgets.order_line import OrderLine

D = Decimal


def line(console: Console) -> OrderLine:
    return screen(console).query_one(OrderLine)


def preview(console: Console) -> str:
    return line(console).query_one("#line-preview", Lines).text


async def said(console: Console, pilot: Pilot[int], text: str, *then: str) -> None:
    """The colon, the text in one packet, and further keys one by one."""
    await press(console, pilot, "colon")
    await typed(console, *("space" if one == " " else one for one in text))
    await console.app.keys.done()
    await pilot.pause()
    await press(console, pilot, *then)


def busy() -> FakeDesk:
    return FakeDesk(held=[position()], orders=[order(1, Side.BUY, "0.5", "45010.5")])


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_enter_reviews_and_only_y_sends(size: tuple[int, int]) -> None:
    """Enter held down sends nothing; `y` sends what was read."""
    console = Console()
    async with console.app.run_test(size=size) as pilot:
        painted(console)
        await said(console, pilot, "buy 0.5 btc @ bid-2t stop -2%", "enter")
        assert console.desk.sent == []
        assert isinstance(console.app.screen, ReviewDialog)
        await press(console, pilot, "enter")
        assert isinstance(console.app.screen, TradeScreen)
        assert console.desk.sent == []
        await said(console, pilot, "buy 0.5 btc @ bid-2t stop -2%", "enter", "y")
    (sent,) = console.desk.sent
    assert isinstance(sent, OrderRequest)
    assert (sent.symbol, sent.type, sent.quantity, sent.price) == ("BTC/USD", OrderType.LIMIT, D("0.5"), D("45011.5"))
    assert sent.stop_loss is not None
    assert sent.stop_loss.stop_price == D("44111.5")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("buy 150000 xrp @ 0.5", ["BUY 150,000 XRP/USD", "opens LONG 150,000"]),
        ("alert btc > 146000", ["enter: alert btc > 146,000"]),
        ("buy 1 @ 45000.3", ["45,000.00 or 45,000.50"]),
        ("buy 1 @ 45000 stop 46000", ["45,000.00"]),
    ],
)
async def test_what_it_says_has_thousands_marks(text: str, words: list[str]) -> None:
    """Sizes, prices and refusals alike."""
    console = Console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await said(console, pilot, text)
        assert [one for one in words if one not in preview(console)] == [], preview(console)


async def test_it_says_what_would_happen_while_it_is_typed() -> None:
    """The effect, the cost and what the stop loses; or a caret under what is wrong. It opens empty every time."""
    console = Console(busy())
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await said(console, pilot, "sell 0.2")
        assert "closes 0.2 of 0.5" in preview(console)
        await press(console, pilot, "escape")
        assert not line(console).is_open
        await said(console, pilot, "buy 1 @ 45000.3")
        caret, words = preview(console).split("\n")[:2]
        assert caret.rstrip() == " " * 10 + "^"
        assert "45,000.00 or 45,000.50" in words
        await press(console, pilot, "enter")
        assert line(console).is_open
        assert isinstance(console.app.screen, TradeScreen)
        await press(console, pilot, "escape", "colon")
        assert line(console).query_one(Field).value == ""
    assert console.desk.log == []


async def test_letters_belong_to_the_line_and_the_focus_goes_back() -> None:
    """No key of the desk is heard while one types; afterwards the pane of before has the focus."""
    console = Console(busy())
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "4")
        before = screen(console).focused_pane
        await said(console, pilot, "bsBSfFcCxX")
        assert line(console).query_one(Field).value == "bsBSfFcCxX"
        await press(console, pilot, "escape")
        assert screen(console).focused_pane is before
    assert console.desk.log == []


async def test_tab_completes_and_the_arrows_bring_lines_back() -> None:
    """Tab again takes the next; what was done is found again."""
    console = Console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await said(console, pilot, "sym e", "tab")
        assert line(console).query_one(Field).value == "sym eth"
        await press(console, pilot, "enter")
        assert screen(console).symbol == "ETH/USD"
        await said(console, pilot, "tf 5", "tab", "enter")
        assert screen(console).interval == "5m"
        await press(console, pilot, "colon", "up", "up")
        assert line(console).query_one(Field).value == "sym eth"
        await press(console, pilot, "down", "down")
        assert line(console).query_one(Field).value == ""


async def test_the_last_row_names_the_keys_of_the_line_while_it_is_open() -> None:
    """And those of the pane again when it is put away."""
    console = Console()
    async with console.app.run_test(size=NARROW) as pilot:
        painted(console)
        foot = screen(console).query_one("#hint-bar", Lines)
        await press(console, pilot, "colon")
        painted(console)
        assert foot.text.startswith(" line: enter review")
        await press(console, pilot, "escape")
        painted(console)
        assert foot.text.startswith(" ladder:")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("mv 7f29 @ 45000", "No working order ends in 7f29."),
        ("c 7f29", "No order and no market is called 7f29."),
        ("c eth", "nothing to cancel"),
        ("flat eth", "No position in ETH/USD"),
        ("rev eth", "No position in ETH/USD"),
        ("protect eth stop 2000", "There is no position in ETH/USD to protect."),
        ("unalert btc", "No alert waits there."),
        ("flat btc", "enter: flat btc"),
        ("protect btc stop 44000", "enter: protect btc stop 44,000"),
        ("c btc", "enter: c btc"),
    ],
)
async def test_a_line_that_is_about_nothing_says_so_before_enter(text: str, words: str) -> None:
    """And one that is about something is said again as it was understood. Nothing is asked for."""
    console = Console(busy())
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await said(console, pilot, text)
        assert words in preview(console)
    assert (console.desk.log, console.desk.sent) == ([], [])
