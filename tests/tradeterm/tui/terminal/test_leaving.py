"""Whichever way the console goes, the terminal is as it was: its screen, its mouse, its echo, its cursor."""

import os
import signal
import termios
from pathlib import Path

import pytest

from tests.eventually import PATIENCE_S
from tests.rawterm import RawTerminal

START_S = LEAVE_S = PATIENCE_S
OTHER_SCREEN = "?1049"
LEFT_ON = {"?1049", "?1000", "?1003", "?1006", "?1004", "?2004"}
MOVING = "tests.tradeterm.tui.moving"


def settings(terminal: RawTerminal) -> list[object]:
    return termios.tcgetattr(terminal.terminal)[:4]


def is_up(terminal: RawTerminal) -> bool:
    return "Ladder" in terminal.seen.text and OTHER_SCREEN in terminal.seen.modes


def assert_is_given_back(terminal: RawTerminal, before: list[object]) -> None:
    assert not terminal.seen.modes & LEFT_ON
    assert "?25" in terminal.seen.modes, "the cursor is hidden"
    assert settings(terminal) == before


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGQUIT, 131)])
def test_a_signal_that_ends_the_console_gives_the_terminal_back(number: signal.Signals, code: int) -> None:
    """With the exit code that a shell expects of it."""
    with RawTerminal([MOVING]) as terminal:
        before = settings(terminal)
        assert terminal.run(START_S, lambda: is_up(terminal))
        os.kill(terminal.pid, number)
        assert terminal.ended_with(LEAVE_S) == code
        assert_is_given_back(terminal, before)


def test_a_crash_gives_the_terminal_back_and_says_what_it_was() -> None:
    """A fault in the program itself, while it paints."""
    with RawTerminal([MOVING, "crash"]) as terminal:
        before = settings(terminal)
        assert terminal.ended_with(START_S) not in (None, 0)
        assert_is_given_back(terminal, before)
        assert "this console is made to crash" in terminal.seen.text


def test_ctrl_z_suspends_and_the_desk_comes_back() -> None:
    """The shell has the terminal in between; afterwards the whole screen is drawn anew."""
    with RawTerminal([MOVING]) as terminal:
        before = settings(terminal)
        assert terminal.run(START_S, lambda: is_up(terminal))
        terminal.type("\x1a")
        assert terminal.run(LEAVE_S, lambda: state(terminal.pid) == "T")
        assert terminal.run(LEAVE_S, lambda: not terminal.seen.modes & LEFT_ON)
        assert_is_given_back(terminal, before)
        terminal.seen.rows = [[" "] * 120 for _ in range(36)]
        os.kill(terminal.pid, signal.SIGCONT)
        assert terminal.run(LEAVE_S, lambda: is_up(terminal)), terminal.seen.text
        assert terminal.run(LEAVE_S, lambda: "Positions 6" in terminal.seen.text)
        terminal.type("\x11\x11")
        assert terminal.ended_with(LEAVE_S) == 0


def state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
