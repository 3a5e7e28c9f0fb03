"""What stands in the terminal before the desk does: one box, and never longer than it is true."""

import io
import signal

import pytest

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


def test_the_terminal_is_given_back_unless_the_desk_has_it() -> None:
    """Entered and left once each; after the hand-over nothing more is written, and signals are the desk's."""
    left, handed = io.StringIO(), io.StringIO()
    first = FirstFrame(left)
    first.show("loading the desk")
    assert left.getvalue().startswith(ENTER)
    first.leave()
    first.leave()
    assert left.getvalue().count(LEAVE) == 1
    second = FirstFrame(handed)
    second.show("loading the desk")
    second.hand_over()
    second.leave()
    assert LEAVE not in handed.getvalue()
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


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
