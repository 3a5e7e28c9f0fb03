"""The screens as they look, at both sizes, with a clock that stands still. `pytest --snapshot-update` takes them anew."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Protocol

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from tests.tradeterm.tui.apps import NARROW, WIDE, Console, busy_console
from tests.tradeterm.tui.desks import NOON, FakeDesk, depth
from tradeterm.tui.desk.port import EVERYTHING, DeskLinkState
from tradeterm.tui.palette_names import PaletteName

Keys = tuple[str, ...]
HUGE = (200, 50)


class Compare(Protocol):
    """`snap_compare` of pytest-textual-snapshot."""

    def __call__(
        self, app: object, *, terminal_size: tuple[int, int], run_before: Callable[[Pilot[int]], Awaitable[None]]
    ) -> bool: ...


@pytest.fixture(autouse=True)
def _still_cursor(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cursor that blinks would be in one picture and not in the next."""
    monkeypatch.setattr(Input, "cursor_blink", False)


def pressing(console: Console, *keys: str) -> Callable[[Pilot[int]], Awaitable[None]]:
    """Paint, press the keys one by one with time between them, and let the last paint settle."""

    async def run(pilot: Pilot[int]) -> None:
        app = console.app
        app.tick()
        await pilot.pause()
        for key in keys:
            console.wait_out()
            await pilot.press(key)
            await pilot.pause()
            console.desk.dirty = EVERYTHING
            app.tick()
            await pilot.pause()

    return run


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize(
    "keys",
    [(), ("4", "j"), ("6",), ("7",), ("1", "j", "j"), ("3", "j", "j"), ("9",)],
    ids=["trade", "orders", "fills", "events", "watch", "ladder", "tape"],
)
def test_the_trade_screen(snap_compare: Compare, size: tuple[int, int], keys: Keys) -> None:
    """Every pane in front, in the middle of a day."""
    console = busy_console()
    assert snap_compare(console.app, terminal_size=size, run_before=pressing(console, *keys))


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize(
    "keys",
    [("b",), ("s", "ctrl+t"), ("b", "enter"), ("f",), ("ctrl+q",), ("question_mark",), ("slash", "l")],
    ids=["ticket", "limit", "review", "flatten", "quit", "help", "search"],
)
def test_tickets_and_dialogs(snap_compare: Compare, size: tuple[int, int], keys: Keys) -> None:
    """What opens over the panes or in their place."""
    console = busy_console()
    assert snap_compare(console.app, terminal_size=size, run_before=pressing(console, *keys))


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_the_link_is_gone(snap_compare: Compare, size: tuple[int, int]) -> None:
    """The panes are dimmed and a box says what stays and what comes."""
    console = busy_console()
    console.desk.line = replace(
        console.desk.line, state=DeskLinkState.DOWN, since=NOON - timedelta(seconds=7), attempt=3, retry_at=NOON
    )
    assert snap_compare(console.app, terminal_size=size, run_before=pressing(console))


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_a_first_screen_with_nothing_on_it(snap_compare: Compare, size: tuple[int, int]) -> None:
    """No order, no position, no candle: every pane says what would be there."""
    console = Console(FakeDesk())
    assert snap_compare(console.app, terminal_size=size, run_before=pressing(console))


@pytest.mark.parametrize("size", [NARROW, WIDE, HUGE], ids=["narrow", "wide", "huge"])
@pytest.mark.parametrize("name", [PaletteName.BLUE_ORANGE, PaletteName.MONO], ids=str)
def test_other_palettes(snap_compare: Compare, name: PaletteName, size: tuple[int, int]) -> None:
    """Direction, side and alert can be told apart in every palette."""
    console = busy_console(name)
    assert snap_compare(console.app, terminal_size=size, run_before=pressing(console, "b"))


def test_a_light_palette(snap_compare: Compare) -> None:
    """Dark ink on light paper, also in the frames and fields."""
    console = busy_console(PaletteName.LIGHT)
    assert snap_compare(console.app, terminal_size=WIDE, run_before=pressing(console, "b"))


@pytest.mark.parametrize(
    "keys",
    [("3", *"jjjjj", "v", "k"), ("2", "i", "v", *"hhh", "k"), ("b", "ctrl+t", "ctrl+t", "ctrl+t")],
    ids=["ladder", "chart", "ticket"],
)
def test_a_huge_terminal(snap_compare: Compare, keys: Keys) -> None:
    """Every column of the ladder with an order in the hand; a crosshair; a stop-limit being written."""
    console = busy_console()
    console.desk.places = {console.desk.orders[0].id: Decimal("3.2")}
    assert snap_compare(console.app, terminal_size=HUGE, run_before=pressing(console, *keys))


@pytest.mark.parametrize("count", [2, 3])
def test_ladders_side_by_side(snap_compare: Compare, count: int) -> None:
    """Each with its own market, orders and place in the queue; the one with the focus has the cursor of the keys."""
    console = busy_console()
    console.desk.depths |= {"ETH/USD": depth("2451.12", "0.01"), "SOL/USD": depth("101.25", "0.01")}
    console.desk.orders[2] = console.desk.orders[2].model_copy(update={"price": Decimal("2451.10")})
    console.desk.places = {order.id: Decimal("3.2") for order in console.desk.orders}
    third = ("M", "3", "P", "L", "L") if count > 2 else ()
    keys = ("3", "M", "3", "P", "L", *third, *"jjj")
    assert snap_compare(console.app, terminal_size=HUGE, run_before=pressing(console, *keys))


def test_a_very_wide_terminal(snap_compare: Compare) -> None:
    """From 160 columns on the tape has a column of its own."""
    console = busy_console()
    assert snap_compare(console.app, terminal_size=(170, 44), run_before=pressing(console))


def test_a_terminal_that_is_too_small(snap_compare: Compare) -> None:
    """One sentence."""
    console = busy_console()
    assert snap_compare(console.app, terminal_size=(70, 20), run_before=pressing(console))
