"""A change that is drawn alone leaves the same picture as a screen that is drawn anew."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from textual._compositor import CompositorUpdate
from textual.drivers import headless_driver
from textual.geometry import Region
from textual.pilot import Pilot

from tests.eventually import in_time
from tests.tradeterm.tui.apps import NARROW, WIDE, Console, press
from tests.tradeterm.tui.desks import busy_desk
from tests.tradeterm.tui.moving import MovingDesk
from tradeterm.tui.desk.port import DeskLinkState
from tradeterm.tui.palette_names import PaletteName
from tradeterm.tui.screens.review import ReviewDialog
from tradeterm.tui.terminal.cells import CellScreen
from tradeterm.tui.terminal.pens import system_of
from tradeterm.tui.terminal.pieces import PieceCompositor, PiecesUpdate, TakesPieces, lay, repaint_lines, uncovered
from tradeterm.tui.widgets.lines import Lines

KEYS = ("j", "k", "tab", "b", "escape", "z", ":", "?", "1", "3", "5", "7", "w", "+", "-", "pagedown", "/", "P")
STEPS = 16


class CellDriver(TakesPieces, headless_driver.HeadlessDriver):
    """Keeps what a terminal would show."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.cells = CellScreen()
        self.pieces = 0

    def show(self, update: CompositorUpdate, width: int, height: int) -> None:
        self.cells.system = system_of(self._app.console)
        self.cells.resize(width, height)
        lay(update, self.cells)
        self.pieces += isinstance(update, PiecesUpdate)


@asynccontextmanager
async def drawn(
    monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> AsyncIterator[tuple[Console, Pilot[int], CellDriver]]:
    """A console of a moving desk, and what a terminal of that size shows of it."""
    monkeypatch.setattr(headless_driver, "HeadlessDriver", CellDriver)
    console = Console(moving_desk())
    async with console.app.run_test(size=size) as pilot:
        driver = console.app._driver
        assert isinstance(driver, CellDriver)
        yield console, pilot, driver


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_what_is_drawn_alone_is_what_all_of_it_would_be(
    monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    """Whatever moves, has the focus, stands before the panes or changes its colours."""
    chance = Random(5)
    async with drawn(monkeypatch, size) as (console, pilot, driver):
        for _ in range(STEPS):
            match chance.randrange(8):
                case 0:
                    states = (DeskLinkState.LIVE, DeskLinkState.DOWN)
                    console.desk.line = replace(console.desk.line, state=chance.choice(states))
                case 1:
                    console.app.change_palette(chance.choice(list(PaletteName)))
                case 2 | 3 | 4:
                    await press(console, pilot, chance.choice(KEYS))
            console.clock.advance(0.1)
            console.app.tick()
            await pilot.pause()
            await in_time(lambda: not is_drawing(console))
            assert_is_as_drawn_anew(console, driver)
        assert driver.pieces > STEPS / 4


@pytest.mark.parametrize("size", [WIDE, NARROW])
@pytest.mark.parametrize("name", [PaletteName.GREEN_RED, PaletteName.MONO, PaletteName.LIGHT])
@pytest.mark.parametrize(
    "keys",
    [
        ("3", "j", "B"),
        ("5", "f"),
        ("5", "p"),
        ("A",),
        ("colon", *"unlock", "enter"),
        ("slash", "b"),
        ("4", "slash", "b"),
        ("ctrl+q",),
        ("ctrl+p", "b"),
        ("f12",),
    ],
    ids=lambda keys: keys[-1],
)
async def test_a_desk_behind_a_dialog_is_drawn_alone_too(
    monkeypatch: pytest.MonkeyPatch, keys: tuple[str, ...], name: PaletteName, size: tuple[int, int]
) -> None:
    """Tinted as Textual tints it, and never over the dialog."""
    async with drawn(monkeypatch, size) as (console, pilot, driver):
        console.app.change_palette(name)
        console.app.tick()
        await press(console, pilot, *keys)
        await in_time(lambda: not is_drawing(console))
        behind = driver.pieces
        for _ in range(6):
            console.clock.advance(0.1)
            console.app.tick()
            await pilot.pause()
            await in_time(lambda: not is_drawing(console))
            assert_is_as_drawn_anew(console, driver)
        assert driver.pieces >= behind + 6


@pytest.mark.parametrize("keys", [("question_mark",), ("3", "j", "B", "f1")], ids=["help", "help over a review"])
async def test_nothing_of_the_desk_comes_through_what_hides_it(
    monkeypatch: pytest.MonkeyPatch, keys: tuple[str, ...]
) -> None:
    """Though some of it is touched there."""
    async with drawn(monkeypatch, WIDE) as (console, pilot, driver):
        console.app.tick()
        await press(console, pilot, *keys)
        await in_time(lambda: not is_drawing(console))
        repaint_lines(console.app._trade.query_one("#ladder"), range(10))
        await pilot.pause()
        await in_time(lambda: not is_drawing(console))
        assert_is_as_drawn_anew(console, driver)


async def test_what_changes_in_a_review_is_drawn_although_the_desk_behind_it_changes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Both in one frame of Textual's: a part of the desk must not stand for all that waits to be drawn."""
    async with drawn(monkeypatch, WIDE) as (console, pilot, driver):
        console.app.tick()
        await press(console, pilot, "3", "j", "J", "B")
        review, desk = console.app.screen, console.app._trade
        assert isinstance(review, ReviewDialog)
        said = review.query_one("#review-text", Lines)
        said.show([[replace(part, text=part.text.swapcase()) for part in line] for line in said._lines])
        review._dirty_widgets.add(said)  # as Textual does a turn of the loop later
        desk._compositor._dirty_regions.add(Region(0, 3, 30, 1))
        desk._compositor_refresh()
        await pilot.pause()
        await in_time(lambda: not is_drawing(console))
        assert_is_as_drawn_anew(console, driver)


async def test_a_list_that_nothing_passes_names_the_filter_as_it_is_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Though there are no rows before a letter, and none after it."""
    async with drawn(monkeypatch, WIDE) as (console, pilot, driver):
        console.app.tick()
        await press(console, pilot, "4", "/", "z", "z", "z")
        await in_time(lambda: not is_drawing(console))
        assert_is_as_drawn_anew(console, driver)
        assert any("holds zzz" in text(row) for row in driver.cells._wanted)


def moving_desk() -> MovingDesk:
    desk, busy = MovingDesk(), busy_desk()
    desk.orders, desk.trades, desk.lines, desk.held = busy.orders, busy.trades, busy.lines, busy.held
    desk.candle_list, desk.tape = busy.candle_list, busy.tape
    return desk


def is_drawing(console: Console) -> bool:
    """Is anything still to be drawn, by Textual or by us?"""
    front, desk = console.app.screen, console.app._trade
    own = desk._compositor
    assert isinstance(own, PieceCompositor)
    pending = (front._dirty_widgets, front._layout_required, front._repaint_required, front._scroll_required)
    return any(pending) or bool(own._touched or desk._dirty_widgets or front._compositor._dirty_regions)


def assert_is_as_drawn_anew(console: Console, driver: CellDriver) -> None:
    anew, compositor = CellScreen(), console.app.screen._compositor
    anew.system = system_of(console.app.console)
    anew.resize(*console.app.size)
    whole = compositor.render_update(full=True, screen_stack=console.app._background_screens)
    assert isinstance(whole, CompositorUpdate)
    lay(whole, anew)
    for y, (row, wanted) in enumerate(zip(anew._wanted, driver.cells._wanted, strict=True)):
        assert text(wanted) == text(row), y
        assert wanted == row, (y, text(row))


def text(row: list[Any]) -> str:
    return "".join(cell[0] if cell else " " for cell in row)


@pytest.mark.parametrize(
    ("covers", "left"),
    [
        ([], [(2, 9)]),
        ([(0, 2), (9, 12)], [(2, 9)]),
        ([(0, 12)], []),
        ([(4, 6)], [(2, 4), (6, 9)]),
        ([(0, 3), (5, 6), (8, 9)], [(3, 5), (6, 8)]),
    ],
)
def test_what_stands_before_a_line_is_left_alone(covers: list[tuple[int, int]], left: list[tuple[int, int]]) -> None:
    """However many there are."""
    assert uncovered((2, 9), covers) == left
