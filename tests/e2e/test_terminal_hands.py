"""What hands and terminals do to the console, on one desk after the other in a real terminal: nothing is ever sent by it."""

import re
import shutil
import time
from collections.abc import Iterator

import pytest

from tests.e2e.terminals import Terminal, live

pytestmark = [
    pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed: there is no real terminal"),
    pytest.mark.slow,
]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    """One console for all tests here: each leaves it as it was."""
    terminal = Terminal(tmp_path_factory.mktemp("t"))
    try:
        terminal.start()
        live(terminal)
        yield terminal
    finally:
        terminal.end()


def back_on_the_desk(desk: Terminal) -> None:
    """Escape, as often as it takes: a review is deaf for a moment."""

    def is_there(text: str) -> bool:
        if not re.search(r"y = SEND|8 Ticket  (BUY|SELL)", text):
            return True
        desk.press("Escape")
        time.sleep(0.5)
        return False

    desk.wait("the desk", is_there)


def nothing_was_sent(desk: Terminal) -> None:
    desk.press("7")
    desk.wait_for(r"\d\d Deposit: ")  # what the account began with: no line of an order comes after it
    assert not re.search(r"\d\d:\d\d (BUY|SELL|LONG|SHORT) ", desk.text)


def test_escape_and_enter_in_one_packet_send_nothing(desk: Terminal) -> None:
    """A terminal may make one key of them: the ticket closes or not, and no order is there."""
    desk.press("b")
    desk.wait_for("8 Ticket +BUY")
    desk.press("Enter")
    desk.wait_for("y = SEND BUY")
    desk.press("Escape", "Enter", "Enter", "Escape", "Enter")
    back_on_the_desk(desk)
    nothing_was_sent(desk)


def test_what_is_pasted_is_a_number_or_nothing(desk: Terminal) -> None:
    """In a field without its marks; on the desk it is no keys, and without a word for it it is noise."""
    desk.press("b")
    desk.wait_for("8 Ticket +BUY")
    desk.paste(" 1,234.50 ", is_bracketed=True)
    desk.wait_for(r"Qty +1234\.50 ")
    back_on_the_desk(desk)
    desk.paste("buy sell flatten\n" * 40, is_bracketed=True)
    desk.paste("Bsy" * 400, is_bracketed=False)
    # In one piece it is noise; in pieces, as a busy terminal gives it, some of it may open a ticket and is no number there.
    desk.wait_for("More keys at once than hands can type|too long for a number|is not a number")
    back_on_the_desk(desk)
    nothing_was_sent(desk)


@pytest.mark.parametrize(("width", "height"), [(80, 24), (200, 50), (79, 24), (120, 36)])
def test_every_size_has_its_desk(desk: Terminal, width: int, height: int) -> None:
    """In any order; one that is too small says so."""
    desk.resize(width, height)
    if width < 80:
        desk.wait_for("needs 80x24")
        return
    alerts = "0 Alrt" if width < 120 else "0 Alerts"

    def is_there(text: str) -> bool:
        widest = max(len(line) for line in text.splitlines())
        return width - 2 <= widest <= width and all(one in text for one in ("3 Ladder", "9 Tape", alerts, "? help"))

    desk.wait("the desk", is_there)


def test_a_window_that_loses_the_focus_disarms(desk: Terminal) -> None:
    """The terminal says that it is looked away from; some seconds later no key sends any more."""
    desk.press("3", "A")
    desk.wait_for("y arm ")

    def is_armed(text: str) -> bool:
        if "y arm " in text:  # it is deaf for a moment
            desk.press("y")
            time.sleep(0.5)
        return re.search(r"\[ARMED 9:\d\d\]", text) is not None

    desk.wait("the armed desk", is_armed)
    desk.press("-l", "\x1b[O")
    desk.wait_for(r"\[SAFE\]")
    desk.press("-l", "\x1b[I")
    nothing_was_sent(desk)


def test_a_terminal_without_colours_or_signs_has_a_desk(desk: Terminal) -> None:
    """A second console on the same market: ASCII alone, no colour."""
    desk.start(TERM="vt100", NO_COLOR="1")
    live(desk)
    assert desk.text.isascii()
    assert "3 Ladder" in desk.text
    assert "38;2;" not in desk.coloured_text
    assert "38;5;" not in desk.coloured_text
    desk.press("C-q")
    desk.wait_for("exit code 0")
