"""What stands in the terminal before the desk does: one box, and never longer than it is true."""

import io
import os
import pty
import signal
import subprocess
import sys
import termios
from collections.abc import Iterator

import pytest

from tests.eventually import PATIENCE_S
from tradeterm.cli.first_frame import ENTER, LEAVE, FirstFrame, frame


@pytest.mark.parametrize(("width", "height"), [(80, 24), (200, 50), (20, 5), (1, 1)])
def test_it_fits_the_terminal(width: int, height: int) -> None:
    """Also one that is too small for a desk."""
    text = frame("loading the desk", width, height)
    rows = [row.partition("H")[2] for row in text.split("\x1b[")[1:]]
    assert len(rows) == 3
    assert all(len(row) <= max(2, width) for row in rows)
    if width >= 80:
        assert "loading the desk" in text


@pytest.fixture(autouse=True)
def signals_as_they_were() -> Iterator[None]:
    """They belong to all tests."""
    before = {name: signal.getsignal(name) for name in (signal.SIGTERM, signal.SIGHUP)}
    yield
    for name, handler in before.items():
        signal.signal(name, handler)


def test_the_terminal_is_given_back_unless_the_desk_has_it() -> None:
    """Entered and left once each; after the hand-over nothing more is written."""
    left, handed = io.StringIO(), io.StringIO()
    first = FirstFrame(left)
    first.show("loading the desk")
    assert left.getvalue().startswith(ENTER)
    first.leave()
    first.leave()
    assert left.getvalue().count(LEAVE) == 1
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    second = FirstFrame(handed)
    second.show("loading the desk")
    second.hand_over()
    second.leave()
    assert LEAVE not in handed.getvalue()


def test_an_ascii_terminal_gets_ascii(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the desk will draw there."""
    monkeypatch.setenv("TERM", "vt100")
    out = io.StringIO()
    first = FirstFrame(out)
    first.show("loading the desk")
    first.leave()
    assert out.getvalue().isascii()


def test_what_was_never_shown_leaves_nothing_behind() -> None:
    """A terminal that is asked for a password has no frame."""
    out = io.StringIO()
    FirstFrame(out).leave()
    assert out.getvalue() == ""


ENDED_WHILE = """
import os, signal, sys, tty
from tradeterm.cli.first_frame import FirstFrame
first = FirstFrame()
first.show("loading")
if sys.argv[1] == "handed":
    first.hand_over()
    tty.setraw(0)
os.kill(os.getpid(), signal.SIGTERM)
"""


@pytest.mark.parametrize("when", ["shown", "handed"])
def test_who_is_ended_before_the_desk_hears_signals_gives_the_terminal_back(when: str) -> None:
    """As it was, also where the desk has just begun to change it."""
    terminal, side = pty.openpty()
    before = termios.tcgetattr(side)
    child = subprocess.Popen([sys.executable, "-P", "-c", ENDED_WHILE, when], stdin=side, stdout=side)
    assert child.wait(PATIENCE_S) == 128 + signal.SIGTERM
    assert termios.tcgetattr(side) == before
    os.close(side)
    assert os.read(terminal, 65_536).decode().endswith(LEAVE)
    os.close(terminal)
