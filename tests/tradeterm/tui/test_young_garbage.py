"""How a console looks for garbage once it stands."""

import gc
from collections.abc import Iterator

import pytest

from tests.tradeterm.tui.apps import WIDE, Console, painted
from tests.tradeterm.tui.desks import FakeDesk
from tradeterm.tui.desk.port import DeskLinkState
from tradeterm.tui.young_garbage import THRESHOLD, look_at_the_young_alone


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    """The collector belongs to all tests."""
    thresholds = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)


def test_what_is_there_is_looked_through_no_more() -> None:
    """A full collection has hardly anything to look at; what comes after is found as ever."""
    before = len(gc.get_objects())
    look_at_the_young_alone()
    assert gc.get_freeze_count() >= before
    assert len(gc.get_objects()) < before / 100
    assert gc.get_threshold() == THRESHOLD
    cycle: list[object] = []
    cycle.append(cycle)
    del cycle
    assert gc.collect() >= 1


async def test_a_console_is_told_once_when_it_stands_on_a_live_line() -> None:
    """Not while it waits for its server: most of what stays comes with the first prices."""
    stood: list[int] = []
    console = Console(FakeDesk())
    console.app._when_live = lambda: stood.append(1)
    live = console.desk.line
    async with console.app.run_test(size=WIDE):
        console.desk.line = type(live)(DeskLinkState.CONNECTING)
        painted(console)
        assert stood == []
        console.desk.line = live
        painted(console)
        painted(console)
    assert stood == [1]
