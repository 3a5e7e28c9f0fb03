"""Keys have one result, however they are chunked and however busy the console is."""

import asyncio
import os
from collections.abc import Sequence
from random import Random

import pytest
from textual.events import Paste

from tests.eventually import PATIENCE_S
from tests.tradeterm.tui.apps import WIDE, Console, busy_console, key_event, painted, press, toasts, typed
from tests.tradeterm.tui.desks import busy_desk
from tradeterm.tui import key_queue
from tradeterm.tui.drawing.keymap import default_keymap
from tradeterm.tui.habits import Habits
from tradeterm.tui.orders.mode import Mode, Modes
from tradeterm.tui.screens.review import ReviewDialog
from tradeterm.tui.screens.search import SearchDialog
from tradeterm.tui.screens.trade.screen import TradeScreen
from tradeterm.tui.widgets.field import Field
from tradeterm.tui.widgets.grid.view import GridView
from tradeterm.tui.widgets.ladder import Ladder
from tradeterm.tui.widgets.ticket import Ticket

STREAMS = 40 * int(os.environ.get("TRADETERM_SOAK", "1"))
STREAMS_A_CONSOLE = 10
TYPED = ("0", "1", "5", "7", "full_stop", "comma", "backspace", "left", "home", "end", "tab", "shift+tab")
EDITED = ("ctrl+k", "ctrl+u", "ctrl+t", "ctrl+g", "ctrl+o", "ctrl+n", "ctrl+y", "up", "down", "pageup", "enter")
DESK = ("escape", "b", "s", "slash", "x", "r", "p", "L", "H", "j", "k", "z", "4", "3", "right_square_bracket", "w")


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that gives a test no time for seconds is no widget that hangs."""
    monkeypatch.setattr(key_queue, "SETTLE_LIMIT_S", 60.0)


async def state(console: Console) -> tuple[object, ...]:
    """All that keys can have changed."""
    await console.app.keys.done()
    app, desk = console.app, console.desk
    trade = next(one for one in app.screen_stack if isinstance(one, TradeScreen))
    ticket, ladder = trade.query_one(Ticket), trade.query_one(Ladder)
    fields = [(field.id, field.value, field.cursor_position) for field in app.screen.query(Field)]
    panes = (trade.symbol, trade.interval, trade.shown, ladder.cursor_price, ladder.step)
    focus = app.focused.id if app.focused is not None else None
    return (type(app.screen).__name__, ticket.draft, fields, panes, focus, list(desk.log))


def stream(chance: Random) -> list[tuple[str, ...]]:
    """Runs of keys, with time to read between them: within a run every key is typed at one instant."""
    kinds = (TYPED, TYPED, EDITED, DESK)
    return [
        tuple(chance.choice(chance.choice(kinds)) for _ in range(chance.randrange(2, 9)))
        for _ in range(chance.randrange(1, 4))
    ]


async def one_by_one(console: Console, runs: Sequence[tuple[str, ...]]) -> tuple[object, ...]:
    for keys in runs:
        console.wait_out()
        for key in keys:
            await typed(console, key)
            await console.app.keys.done()
    return await state(console)


async def chunked(console: Console, runs: Sequence[tuple[str, ...]], chance: Random) -> tuple[object, ...]:
    """The same keys in packets of any length, to a console that is busy with other things."""
    for keys in runs:
        console.wait_out()
        for key in keys:
            if chance.random() < 0.2:
                disturb(console, chance)
            await typed(console, key)
            for _ in range(chance.choice((0, 0, 0, 1, 2, 20))):
                await asyncio.sleep(0)
        await console.app.keys.done()
    return await state(console)


def disturb(console: Console, chance: Random) -> None:
    """Keep some widget busy, as a paint or a slow machine does."""

    async def busy() -> None:
        for _ in range(turns):
            await asyncio.sleep(0)

    turns = chance.randrange(1, 30)
    chance.choice([console.app, console.app.screen, *console.app.screen.query("*")]).call_later(busy)


@pytest.mark.parametrize("seed", range(STREAMS // STREAMS_A_CONSOLE))
async def test_a_key_stream_has_one_result_however_it_is_chunked(seed: int) -> None:
    """Two desks in the same state: one hears key by key, the other in random packets while it is busy."""
    chance = Random(seed)
    calm, hurried = busy_console(), busy_console()
    streams = [stream(chance) for _ in range(STREAMS_A_CONSOLE)]
    results = []
    for console, play in ((calm, one_by_one), (hurried, lambda c, r: chunked(c, r, chance))):
        async with console.app.run_test(size=WIDE) as pilot:
            painted(console)
            await pilot.pause()
            results.append([await play(console, runs) for runs in streams])
    for runs, expected, got in zip(streams, *results, strict=True):
        assert got == expected, runs


async def test_a_field_is_typed_into_in_the_order_of_the_keys() -> None:
    """Size, Tab, price and Enter in one packet: both fields are right and the review offers what was typed."""
    console = Console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "b", "ctrl+t", "shift+tab")
        console.wait_out()
        await typed(console, "ctrl+u", *"0.5", "tab", "ctrl+u", *"44000.5", "enter")
        await console.app.keys.done()
        assert isinstance(console.app.screen, ReviewDialog)
        ticket = console.app.screen_stack[-2].query_one(Ticket)
        assert ticket.draft is not None
        assert (ticket.draft.quantity, ticket.draft.price) == ("0.5", "44000.5")


async def test_keys_after_the_one_that_opens_a_field_are_typed_into_it() -> None:
    """`b` and a size in one packet: no digit chooses a pane; `/` and a name: no letter is a command."""
    console = Console()
    async with console.app.run_test(size=WIDE):
        painted(console)
        await typed(console, "b", *"77.5")
        await console.app.keys.done()
        ticket = console.app.screen.query_one(Ticket)
        assert ticket.draft is not None
        assert ticket.draft.quantity == "77.5"
        await typed(console, "escape", "slash", *"xrp")
        await console.app.keys.done()
        assert isinstance(console.app.screen, SearchDialog)
        await typed(console, "enter")
        await console.app.keys.done()
        assert isinstance(console.app.screen, TradeScreen)
        assert console.app.screen.symbol == "XRP/USD"


async def test_ten_arrows_in_one_packet_are_ten_steps() -> None:
    """A step counts from what the field holds."""
    console = Console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "b", "ctrl+t")
        await typed(console, *["up"] * 10)
        await console.app.keys.done()
        ticket = console.app.screen.query_one(Ticket)
        assert ticket.draft is not None
        assert ticket.draft.price == "45017.50"


@pytest.mark.parametrize("keys", [("9", "z", "pagedown"), ("9", "pagedown", "z", "ctrl+d", "z", "ctrl+d")])
async def test_a_key_acts_on_the_panes_as_the_one_before_left_them(
    keys: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pane that is given the whole screen is as tall for the next key as for one typed later, though no frame comes
    between them."""
    cursors = []
    for is_quick in (False, True):
        console = busy_console()
        async with console.app.run_test(size=WIDE) as pilot:
            painted(console)
            if is_quick:
                await pilot.pause()
                monkeypatch.setattr(console.app.screen._update_timer, "resume", lambda: None)
                await typed(console, *keys)
            else:
                await press(console, pilot, *keys)
            await console.app.keys.done()
            cursors.append(console.app.screen.query_one("#tape", GridView).cursor_id)
    assert cursors[0] == cursors[1] is not None


async def test_a_console_that_ends_in_the_middle_of_its_keys_ends_in_peace() -> None:
    """Nothing is raised for the keys that nobody hears any more."""
    for _ in range(3):
        console = busy_console()
        async with console.app.run_test(size=WIDE):
            painted(console)
            await typed(console, "9", "z", "b", "escape", "z", "3", "z")


async def test_what_was_typed_before_a_review_could_be_read_sends_nothing() -> None:
    """`b`, Enter and y in one packet to a console so busy that the review comes a second later."""
    console = Console()
    async with console.app.run_test(size=WIDE):
        painted(console)
        await typed(console, "b", "enter", "y")
        console.clock.advance(1)
        await console.app.keys.done()
        assert isinstance(console.app.screen, ReviewDialog)
    assert console.desk.sent == []


async def test_a_paste_waits_for_the_field_that_is_being_opened() -> None:
    """It is not lost, and goes before what is typed after it."""
    console = Console()
    async with console.app.run_test(size=WIDE):
        painted(console)
        await typed(console, "b")
        await console.app.on_event(Paste("0.02"))
        await typed(console, "5")
        await console.app.keys.done()
        ticket = console.app.screen.query_one(Ticket)
        assert ticket.draft is not None
        assert ticket.draft.quantity == "0.025"


async def test_a_paste_that_no_field_takes_is_said() -> None:
    """Nothing is swallowed in silence."""
    console = Console()
    async with console.app.run_test(size=WIDE):
        painted(console)
        await console.app.on_event(Paste("45000"))
        await console.app.keys.done()
        assert "Nothing here takes what was pasted" in toasts(console)


async def test_a_key_that_nobody_wants_is_done_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The queue never waits for an effect that does not come, however long it would wait for one."""
    monkeypatch.setattr(key_queue, "SETTLE_LIMIT_S", 3_600)
    console = Console()
    async with console.app.run_test(size=WIDE):
        painted(console)
        await console.app.on_event(key_event("f7"))
        async with asyncio.timeout(PATIENCE_S):
            await console.app.keys.done()


HOSTILE = [
    *(key for ids in default_keymap().values() for key in ids.split(",") if key not in ("y", "ctrl+q", "ctrl+z")),
    *"0123456789.,-'eQWRTZ",
]
HARMLESS = {"alert", "delete alert", "resync"}  # what a desk can be asked for that moves no money


@pytest.mark.parametrize("seed", range(STREAMS // STREAMS_A_CONSOLE // 2))
async def test_no_keys_send_anything_in_view(seed: int) -> None:
    """With `y` among them, and with cancels: from there even they are not asked for, only alerts and news."""
    chance, desk = Random(2_000 + seed), busy_desk()
    console = Console(desk, habits=Habits(modes=Modes(Mode.VIEW)))
    async with console.app.run_test(size=WIDE):
        painted(console)
        for _ in range(STREAMS_A_CONSOLE * 2):
            for _ in range(chance.randrange(1, 12)):
                console.clock.advance(chance.choice((0, 0.05, 0.3, 1)))
                await typed(console, chance.choice((*HOSTILE, "y", "y")))
            await console.app.keys.done()
    assert {name for name, _ in desk.log} <= HARMLESS


@pytest.mark.parametrize("seed", range(STREAMS // STREAMS_A_CONSOLE))
async def test_no_keys_send_an_order_without_y(seed: int) -> None:
    """Every key there is but `y`, with and without time between them: at most cancels, alerts and news are asked for."""
    chance, console = Random(1_000 + seed), busy_console()
    async with console.app.run_test(size=WIDE):
        painted(console)
        for _ in range(STREAMS_A_CONSOLE * 2):
            for _ in range(chance.randrange(1, 12)):
                console.clock.advance(chance.choice((0, 0, 0.05, 0.3, 1)))
                await typed(console, chance.choice(HOSTILE))
            await console.app.keys.done()
    assert {name for name, _ in console.desk.log} <= {"cancel", *HARMLESS}
