"""A desk on which everything moves, in terminals that cannot keep up: what one sees is the present all the same."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from tests.eventually import PATIENCE_S
from tests.rawterm import RawTerminal

SLOW = 40_000.0
WATCHED_S = 5.0
# The clock on the screen shows whole seconds: one second is meant.
AGE = timedelta(seconds=2.5)


@contextmanager
def moving(size: tuple[int, int], rate: float | None, *, answers: bool = True) -> Iterator[RawTerminal]:
    with RawTerminal(["tests.tradeterm.tui.moving"], size, rate=rate, answers=answers) as terminal:
        assert terminal.run(PATIENCE_S, lambda: age(terminal) is not None), terminal.seen.text
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
    """40 kB/s at 120x36: however long one looks on, the clock is not old, a key is answered, and the desk can be left."""
    with moving((120, 36), SLOW, answers=answers) as terminal:
        terminal.run(WATCHED_S)
        assert_is_the_present(terminal)
        terminal.type("?")
        assert terminal.run(PATIENCE_S, lambda: "HELP" in terminal.seen.text), terminal.seen.text
        terminal.type("\x11\x11")
        assert terminal.ended_with(PATIENCE_S) == 0


def assert_is_the_present(terminal: RawTerminal) -> None:
    """A machine that is busy shows an old clock for a moment; frames that pile up show an older one every time."""
    assert terminal.run(PATIENCE_S, lambda: (age(terminal) or timedelta(days=1)) < AGE), terminal.seen.text


def test_a_line_that_is_far_too_slow_says_so_on_the_screen() -> None:
    """4 kB/s: frames are left out, and the lag stands beside the other delays; what is shown is the present all the same."""
    with moving((80, 24), 4_000.0) as terminal:
        lag = r"[◐○] TTY [\d.]+m?s"
        assert terminal.run(PATIENCE_S, lambda: re.search(lag, terminal.seen.text)), terminal.seen.text
        terminal.run(WATCHED_S)
        assert_is_the_present(terminal)


@pytest.mark.parametrize(("size", "most"), [((120, 36), 40_000), ((200, 50), 90_000)], ids=["120x36", "200x50"])
def test_a_moving_desk_costs_few_bytes(size: tuple[int, int], most: int) -> None:
    """By cell and not by line, with every pane moving ten times a second."""
    with moving(size, None) as terminal:
        before = terminal.taken
        terminal.run(WATCHED_S)
        assert (terminal.taken - before) / WATCHED_S < most
        assert terminal.run(PATIENCE_S, lambda: terminal.taken > before), "nothing moves"
