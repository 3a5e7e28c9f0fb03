"""The modes under the fingers: what one press sends, what does not, and everything that ends it."""

from decimal import Decimal

import pytest
from textual.events import AppBlur, AppFocus
from textual.pilot import Pilot

from tests.eventually import in_time
from tests.tradeterm.tui.apps import WIDE, Console, key_event, painted, press, screen, toasts, typed
from tests.tradeterm.tui.desks import FakeDesk, order, position
from tests.tradeterm.tui.screens.trade.test_line_keys import said
from tradeterm.protocol.vocabulary import Side, TradingState
from tradeterm.tui.app import TradeApp
from tradeterm.tui.desk.port import DeskLinkState, Label, Refused
from tradeterm.tui.orders.mode import Mode
from tradeterm.tui.screens.arm import ArmDialog, WordDialog
from tradeterm.tui.screens.review import ReviewDialog
from tradeterm.tui.screens.trade.screen import TradeScreen
from tradeterm.tui.widgets.field import Field
from tradeterm.tui.widgets.lines import Lines

D = Decimal


def mode(console: Console) -> Mode:
    return console.app._ctx.trading.modes.mode


def row0(console: Console) -> str:
    return screen(console).query_one("#account-bar", Lines).text


async def armed(console: Console, pilot: Pilot[int]) -> None:
    painted(console)
    await press(console, pilot, "3", "j", "A", "y")
    refresh(console.desk)
    assert mode(console) is Mode.ARMED
    painted(console)


async def test_armed_sends_at_one_press_and_says_how_long() -> None:
    """`B S i d` go out without a review, each once; the first row counts down in red."""
    console = Console()
    async with console.app.run_test(size=WIDE) as pilot:
        await armed(console, pilot)
        assert "[ARMED 10:00]" in row0(console) or "[ARMED 9:59]" in row0(console)
        for key in "BSid":
            console.clock.advance(2)
            refresh(console.desk)
            await press(console, pilot, key)
        await pilot.pause()
        assert isinstance(console.app.screen, TradeScreen)
    assert [one.side for one in console.desk.sent] == [Side.BUY, Side.SELL, Side.BUY, Side.SELL]


MEANT = [
    ("b", "enter", "y"),
    ("s", "ctrl+t", "enter", "y"),
    *((key, "y") for key in ("f", "F", "r", "C", "X", "f8", "f12", "equals_sign", "u")),
    ("p", "4", "4", "0", "0", "0", "enter", "y"),
    *(
        ("3", "j", key, "y")
        for key in ("B", "S", "i", "d", "I", "D", "x", "c", "e", "less_than_sign", "greater_than_sign")
    ),
    ("3", "k", "j", "j", "j", "j", "v", "j", "enter", "y"),
    ("3", "m", "j", "j", "S", "y"),
    *(("4", "j", key, "y") for key in ("c", "e", "less_than_sign", "A")),
]
MEANT_LINES = ("buy .5", "c all", "flat all", "rev", "kill", "mv 000001 @ 45000", "protect btc stop 44000")


async def test_view_sends_nothing_by_any_key_or_line() -> None:
    """Every way that leads to the server, each gone to its end with `y`; and then SAFE, where one of them does send."""
    console = Console(FakeDesk(held=[position()], orders=[order(1, Side.BUY, "0.5", "45010.5")]))
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await said(console, pilot, "view", "enter")
        assert mode(console) is Mode.VIEW
        for keys in MEANT:
            await press(console, pilot, *keys, *["escape"] * 3)
            assert console.desk.log == [], keys
        for text in MEANT_LINES:
            await said(console, pilot, text, "enter", "y", *["escape"] * 3)
            assert console.desk.log == [], text
        await said(console, pilot, "trade", "enter")
        await press(console, pilot, "f", "y")
    assert [name for name, _ in console.desk.log] == ["close"]


@pytest.mark.parametrize(
    "keys", [("b", "enter"), ("F",), ("r",), ("C",), ("X",), ("t", "t", "t", "B"), ("m", "j", "j", "S")]
)
async def test_armed_still_reviews_what_is_grave(keys: tuple[str, ...]) -> None:
    """Market entries, all, reverse, cancelling many, and what is worth more than the cap."""
    console = Console(FakeDesk(held=[position()], orders=[order(1, Side.BUY, "0.5", "45010.5")]))
    async with console.app.run_test(size=WIDE) as pilot:
        await armed(console, pilot)
        await press(console, pilot, *keys)
        assert isinstance(console.app.screen, ReviewDialog), toasts(console)
        assert ("worth more than" in toasts(console)) is (keys[-1] == "B")
    assert console.desk.log == []


async def test_flatten_and_cancel_go_at_once() -> None:
    """The way out is the shortest."""
    console = Console(FakeDesk(held=[position()], orders=[order(1, Side.BUY, "0.5", "45010.5")]))
    async with console.app.run_test(size=WIDE) as pilot:
        await armed(console, pilot)
        await press(console, pilot, "f")
        console.clock.advance(2)
        await press(console, pilot, "4", "j", "c")
        await pilot.pause()
    assert [name for name, _ in console.desk.log] == ["close", "cancel"]


@pytest.mark.parametrize(
    ("event", "words"),
    [
        ("A", "Disarmed"),
        ("L", "another market"),
        ("time", "10 minutes"),
        ("idle", "no key"),
        ("blur", "focus"),
        ("stale", "stale"),
        ("link", "no link"),
        ("loss", "only reduce"),
        ("halt", "halted"),
        ("burst", "faster than hands"),
        ("line", ""),
    ],
)
async def test_everything_that_should_disarms(event: str, words: str) -> None:
    """And the next order key is reviewed, or refused."""
    console = Console()
    async with console.app.run_test(size=WIDE) as pilot:
        await armed(console, pilot)
        await happens(console, pilot, event)
        console.app.tick()
        assert mode(console) is (Mode.LOCKED if event == "halt" else Mode.SAFE)
        assert words in toasts(console)
        console.desk.line = FakeDesk().line
        await press(console, pilot, "B")
    assert console.desk.sent == []


async def happens(console: Console, pilot: Pilot[int], event: str) -> None:
    desk, clock = console.desk, console.clock
    money = desk.money
    assert money is not None
    match event:
        case "time":
            for _ in range(11):
                clock.advance(60)
                refresh(desk)
                await press(console, pilot, "j")
        case "idle":
            clock.advance(121)
            refresh(desk)
        case "blur":
            await console.app.on_event(AppBlur())
            await pilot.pause()
            clock.advance(6)
            refresh(desk)
        case "stale":
            clock.advance(10)
        case "link":
            desk.line = type(desk.line)(DeskLinkState.DOWN)
        case "loss":
            desk.money = money.model_copy(update={"trading_state": TradingState.REDUCING})
        case "halt":
            desk.money = money.model_copy(update={"trading_state": TradingState.HALTED})
        case "burst":
            await typed(console, *"qoQOZPMN")
            await console.app.keys.done()
        case "line":
            await said(console, pilot, "disarm", "enter")
        case key:
            await press(console, pilot, key)


def refresh(desk: FakeDesk) -> None:
    """New prices of the same moment."""
    for symbol, ticker in desk.tickers.items():
        desk.tickers[symbol] = ticker.model_copy(update={"time": desk.clock.wall})


async def test_the_focus_that_comes_back_in_time_keeps_it() -> None:
    """A look elsewhere is allowed."""
    console = Console()
    async with console.app.run_test(size=WIDE) as pilot:
        await armed(console, pilot)
        await console.app.on_event(AppBlur())
        await pilot.pause()
        console.clock.advance(2)
        await console.app.on_event(AppFocus())
        await pilot.pause()
        console.clock.advance(60)
        refresh(console.desk)
        console.app.tick()
        assert mode(console) is Mode.ARMED


async def test_a_held_key_is_one_order() -> None:
    """250 ms, then every 92 ms, in one packet; the first acts, the second waits and is dropped."""
    console = Console()
    async with console.app.run_test(size=WIDE) as pilot:
        await armed(console, pilot)
        console.clock.advance(5)
        start = console.clock.elapsed.total_seconds()
        console.clock.advance(3)
        refresh(console.desk)
        for n in range(12):
            event = key_event("B")
            event.time = start + (0 if n == 0 else 0.25 + 0.092 * (n - 1))
            await console.app.on_event(event)
        await console.app.keys.done()
        await pilot.pause(0.2)
    assert len(console.desk.sent) == 1


async def test_two_taps_are_two_orders() -> None:
    """200 ms apart: the second waits until nothing follows it, and goes out."""
    console = Console()
    async with console.app.run_test(size=WIDE) as pilot:
        await armed(console, pilot)
        start = console.clock.elapsed.total_seconds()
        console.clock.advance(1)
        for at in (start, start + 0.2):
            event = key_event("B")
            event.time = at
            await console.app.on_event(event)
        await console.app.keys.done()
        await in_time(lambda: len(console.desk.sent) == 2)
    assert len(console.desk.sent) == 2


async def test_arming_asks_for_minutes_and_a_size() -> None:
    """`e` goes to the fields, wrong numbers are said; the next time it opens with the same."""
    console = Console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "A", "e")
        dialog = console.app.screen
        assert isinstance(dialog, ArmDialog)
        await typed(console, *"90")
        await press(console, pilot, "tab")
        await typed(console, *"2,000.50")
        await press(console, pilot, "enter", "y")
        assert "1 to 60" in dialog.query_one("#arm-fault", Lines).text
        await press(console, pilot, "e")
        await typed(console, *"5")
        refresh(console.desk)
        await press(console, pilot, "enter", "y")
        arming = console.app._ctx.trading.modes.arming
        assert arming is not None
        assert (arming.minutes, arming.cap) == (5, D("2000.50"))
        await press(console, pilot, "A", "A")
        assert isinstance(console.app.screen, ArmDialog)
        assert console.app.screen.query_one("#cap", Field).value == "2000.50"
        await press(console, pilot, "enter")
        assert mode(console) is Mode.SAFE


async def test_real_money_is_armed_by_the_word_alone() -> None:
    """`y` does nothing, nor does the word in small letters."""
    console = Console()
    live = Label("LIVE · binance", is_live=True)
    console.app = TradeApp(console.desk, console.clock.clocks(), live, refresh_hz=0.001)
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "A", "y", "enter")
        assert mode(console) is Mode.SAFE
        await press(console, pilot, "backspace")
        await typed(console, *"arm", "enter")
        await console.app.keys.done()
        assert mode(console) is Mode.SAFE
        await press(console, pilot, "ctrl+u")
        await typed(console, *"ARM", "enter")
        await console.app.keys.done()
        assert mode(console) is Mode.ARMED


async def test_view_sends_nothing_at_all() -> None:
    """No order, no cancel, no kill, until `:trade`."""
    console = Console(FakeDesk(held=[position()], orders=[order(1, Side.BUY, "0.5", "45010.5")]))
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await said(console, pilot, "view", "enter")
        painted(console)
        assert "[VIEW]" in row0(console)
        for key in ("b", "s", "i", "f", "F", "r", "X", "f12", "A", "4", "j", "c", "e"):
            await press(console, pilot, key)
            assert isinstance(console.app.screen, TradeScreen), key
        assert "VIEW: nothing is sent" in toasts(console)
        await said(console, pilot, "trade", "enter")
        assert mode(console) is Mode.SAFE
    assert console.desk.log == []


async def test_after_a_kill_it_is_locked_until_the_word_is_typed() -> None:
    """Cancels go on working; UNLOCK and Enter resume the account."""
    console = Console(FakeDesk(held=[position()], orders=[order(1, Side.BUY, "0.5", "45010.5")]))
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "ctrl+k", "y")
        assert mode(console) is Mode.LOCKED
        painted(console)
        assert "[LOCKED]" in row0(console)
        await press(console, pilot, "b", "f")
        assert isinstance(console.app.screen, TradeScreen)
        await press(console, pilot, "4", "j", "c")
        assert console.desk.money is not None
        console.desk.money = console.desk.money.model_copy(update={"trading_state": TradingState.HALTED})
        await said(console, pilot, "unlock", "enter")
        assert isinstance(console.app.screen, WordDialog)
        await typed(console, *"unlock", "enter")
        await console.app.keys.done()
        assert isinstance(console.app.screen, WordDialog)
        await press(console, pilot, "ctrl+u")
        await typed(console, *"UNLOCK", "enter")
        await console.app.keys.done()
        await pilot.pause()
        assert mode(console) is Mode.SAFE
    assert [name for name, _ in console.desk.log] == ["kill", "cancel", "resume"]


async def test_a_lock_stays_when_the_server_does_not_resume() -> None:
    """It says why."""
    console = Console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        assert console.desk.money is not None
        console.desk.money = console.desk.money.model_copy(update={"trading_state": TradingState.HALTED})
        console.app.tick()
        console.desk.answer = Refused("trading is halted after a loss")
        await said(console, pilot, "unlock", "enter")
        await typed(console, *"UNLOCK", "enter")
        await console.app.keys.done()
        await pilot.pause()
        assert mode(console) is Mode.LOCKED
        assert "after a loss" in toasts(console)


async def test_armed_nudges_of_a_moment_are_one_amend() -> None:
    """However many keys: three up and one down go out as two, and nothing is reviewed."""
    console = Console(FakeDesk(orders=[order(1, Side.BUY, "0.05", "45000")]))
    async with console.app.run_test(size=WIDE) as pilot:
        await armed(console, pilot)
        await press(console, pilot, "4", "j")
        await typed(console, *["greater_than_sign"] * 3, "less_than_sign")
        await console.app.keys.done()
        await in_time(lambda: console.desk.log)
        assert isinstance(console.app.screen, TradeScreen)
    assert console.desk.log == [("amend", (console.desk.orders[0].id, Decimal(45_001), None))]
