"""Whichever way the console goes, the terminal is as it was: its screen, its mouse, its echo, its cursor."""

import os
import signal
import termios
import time
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


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGQUIT, 131)]
)
def test_a_signal_that_ends_the_console_gives_the_terminal_back(number: signal.Signals, code: int) -> None:
    """With the exit code that a shell expects of it."""
    with RawTerminal([MOVING]) as terminal:
        before = settings(terminal)
        assert terminal.run(START_S, lambda: is_up(terminal))
        os.kill(terminal.pid, number)
        assert terminal.ended_with(LEAVE_S) == code
        assert_is_given_back(terminal, before)


def test_a_continue_that_nobody_stopped_for_changes_nothing() -> None:
    """From a shell that continues all its jobs, or after a stop that cannot be caught: one reader of keys is enough, and what
    the terminal was before is still known."""
    with RawTerminal([MOVING]) as terminal:
        before = settings(terminal)
        assert terminal.run(START_S, lambda: is_up(terminal))
        for number in (signal.SIGCONT, signal.SIGSTOP, signal.SIGCONT):
            os.kill(terminal.pid, number)
            terminal.run(0.5)
        assert terminal.run(LEAVE_S, lambda: is_up(terminal))
        terminal.type("\x11\x11")
        assert terminal.ended_with(LEAVE_S) == 0
        assert_is_given_back(terminal, before)


@pytest.mark.parametrize("is_continued", [True, False])
def test_a_terminal_that_is_closed_ends_the_console(is_continued: bool) -> None:
    """The kernel hangs up; whoever closed it may continue the job as well, also while it is leaving."""
    with RawTerminal([MOVING]) as terminal:
        assert terminal.run(START_S, lambda: is_up(terminal))
        os.close(terminal.terminal)
        terminal.terminal = os.open(os.devnull, os.O_RDWR)
        end = time.monotonic() + LEAVE_S
        while (code := ended(terminal)) is None and time.monotonic() < end:
            if is_continued:
                os.kill(terminal.pid, signal.SIGCONT)
            time.sleep(0.02)
        assert code not in (None, 0)


def ended(terminal: RawTerminal) -> int | None:
    """The exit code, where it has ended; nobody reads the terminal."""
    pid, status = os.waitpid(terminal.pid, os.WNOHANG)
    terminal.code = os.waitstatus_to_exitcode(status) if pid else None
    return terminal.code


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
