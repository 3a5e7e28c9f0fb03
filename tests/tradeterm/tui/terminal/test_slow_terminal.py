"""A desk on which everything moves, in terminals that cannot keep up: what one sees is the present all the same."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from tests.rawterm import RawTerminal

SLOW = 40_000.0
START_S = 60.0
WATCHED_S = 5.0
# The clock on the screen shows whole seconds, and this machine may be busy: one second is meant.
AGE = timedelta(seconds=2.5)


@contextmanager
def moving(size: tuple[int, int], rate: float | None, *, answers: bool = True) -> Iterator[RawTerminal]:
    with RawTerminal(["tests.tradeterm.tui.moving"], size, rate=rate, answers=answers) as terminal:
        assert terminal.run(START_S, lambda: age(terminal) is not None), terminal.seen.text
        terminal.run(1.5)
        yield terminal


def age(terminal: RawTerminal) -> timedelta | None:
    """How old what one sees is, by the clock in its status row."""
    found = re.search(r"│ (\d\d):(\d\d):(\d\d)Z", terminal.seen.text)
    if found is None:
        return None
    hour, minute, second = map(int, found.groups())
    now = datetime.now(UTC)
    return now - now.replace(hour=hour, minute=minute, second=second, microsecond=0)


@pytest.mark.parametrize("answers", [True, False], ids=["that answers", "that never answers"])
def test_a_screen_behind_a_slow_line_is_the_present(answers: bool) -> None:
    """40 kB/s at 120x36: the clock is never old, a key is answered at once, and the desk can be left."""
    with moving((120, 36), SLOW, answers=answers) as terminal:
        ages: list[timedelta] = []
        terminal.run(WATCHED_S, lambda: ages.append(age(terminal) or timedelta(days=1)))
        assert max(ages) < AGE
        terminal.type("?")
        assert terminal.run(3.0, lambda: "HELP" in terminal.seen.text), terminal.seen.text
        terminal.type("\x11\x11")
        assert terminal.ended_with(20.0) == 0


def test_a_line_that_is_far_too_slow_says_so_on_the_screen() -> None:
    """4 kB/s: frames are left out, and the lag stands beside the other delays."""
    with moving((80, 24), 4_000.0) as terminal:
        assert terminal.run(10.0, lambda: re.search(r"[◐○] TTY [\d.]+m?s", terminal.seen.text)), terminal.seen.text


@pytest.mark.parametrize(("size", "most"), [((120, 36), 40_000), ((200, 50), 90_000)], ids=["120x36", "200x50"])
def test_a_moving_desk_costs_few_bytes(size: tuple[int, int], most: int) -> None:
    """By cell and not by line, with every pane moving ten times a second."""
    with moving(size, None) as terminal:
        before = terminal.taken
        terminal.run(WATCHED_S)
        assert 0 < (terminal.taken - before) / WATCHED_S < most
