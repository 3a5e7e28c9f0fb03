"""What every clock and every maker of ids must do: the machine's, and those that tests set by hand."""

from collections.abc import Callable
from datetime import UTC, timedelta

import pytest

from server.clock_and_ids import SystemClock, Uuid7Ids
from server.ports import Clock, Ids
from tests.builders import CountedIds, Desk
from tests.fakes import ManualClock
from tests.server.executor.desks import DeskClock
from tests.server.executor.rig import StepClock
from tests.server.venues.exchange.fake_exchange import HexIds, LoopClock
from tests.server.venues.test_delayed import HandClock

CLOCKS: dict[str, Callable[[], Clock]] = {
    "the machine's": SystemClock,
    "set by hand": ManualClock,
    "in steps": StepClock,
    "of a desk": lambda: DeskClock(Desk()),
    "of a venue": HandClock,
    "of the loop": LoopClock,
}


@pytest.fixture(params=CLOCKS)
def clock(request: pytest.FixtureRequest) -> Clock:
    return CLOCKS[request.param]()


async def test_wall_time_is_aware_and_utc(clock: Clock) -> None:
    """A time without its offset would be read as another one elsewhere."""
    assert clock.now().utcoffset() == timedelta(0)
    assert clock.now().tzinfo is UTC


async def test_steady_time_never_goes_back(clock: Clock) -> None:
    """Durations are differences of it."""
    seen = [clock.monotonic() for _ in range(100)]
    assert seen == sorted(seen)


def _put_back(clock: ManualClock | StepClock, by: timedelta) -> None:
    if isinstance(clock, ManualClock):
        clock.set_wall(-by)
    else:
        clock.at -= by


@pytest.mark.parametrize("make", [ManualClock, StepClock])
def test_clock_on_the_wall_may_be_set_and_no_time_passes_by_that(make: Callable[[], ManualClock | StepClock]) -> None:
    """Those that can be set keep the two apart."""
    clock, hour = make(), timedelta(hours=1)
    wall, steady = clock.now(), clock.monotonic()
    _put_back(clock, hour)
    assert clock.now() == wall - hour
    assert clock.monotonic() == steady
    clock.advance(2)
    assert clock.now() == wall - hour + timedelta(seconds=2)
    assert clock.monotonic() == steady + 2


@pytest.mark.parametrize("make", [Uuid7Ids, CountedIds, HexIds])
def test_ids_are_new_and_sort_as_they_were_made(make: Callable[[], Ids]) -> None:
    """Pages by key rest on that."""
    ids = make()
    made = [ids.new() for _ in range(10_000)]
    assert made == sorted(set(made))
    assert all(one.isascii() and one.isprintable() for one in made)
