"""The console in a real terminal, started and used as a user does: keys in, text on the screen out."""

import os
import re
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.servers import PASSWORD, running
from tests.e2e.terminals import DEAF_S, Terminal, live

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed: there is no real terminal")


@pytest.fixture
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    # A socket's path may have 108 bytes at most.
    terminal = Terminal(tmp_path_factory.mktemp("t"))
    try:
        yield terminal
    finally:
        terminal.end()


POSITION = r"BTC +LONG +0\.\d+ +[\d,.]+ +[\d,.]+ +[\d,.]+ +([+-]?[\d,.]+)"


def send(terminal: Terminal, verb: str) -> None:
    """Wait for the review, read it for as long as it is deaf, and press y."""
    terminal.confirm(f"y = {verb}")


@pytest.mark.slow
def test_a_newcomer_buys_watches_cancels_flattens_and_quits(terminal: Terminal) -> None:
    """From an empty home to a position whose profit moves, a cancelled order and a flat book, with six keys."""
    terminal.start()
    live(terminal)

    terminal.press("b")
    terminal.wait_for(r"8 Ticket +BUY BTC/USD")
    terminal.press("Enter")
    send(terminal, "SEND BUY")
    first = terminal.wait_for(POSITION).group(1)
    terminal.wait("a profit that moves", lambda text: (now := re.search(POSITION, text)) and now.group(1) != first)

    rest_a_buy(terminal)
    terminal.press("c")
    terminal.wait_for(r"No working order")
    terminal.press("7")
    terminal.wait_for(r"BUY [\d.]+ BTC/USD @ [\d,.]+ cancelled")

    terminal.press("f")
    send(terminal, "CLOSE")
    terminal.wait_for(r"LONG BTC/USD closed, net")
    terminal.press("5")
    terminal.wait_for(r"No position\.")
    terminal.press("C-q")
    terminal.wait_for(r"exit code 0")


def rest_a_buy(terminal: Terminal) -> None:
    """A limit order far below the market, typed as a trader types it; the cursor ends on its row."""
    terminal.press("b")
    terminal.wait_for(r"8 Ticket +BUY BTC/USD")
    terminal.press("C-t")
    price = terminal.wait_for(r"Price +(\d+)\.").group(1)
    terminal.press("-l", str(int(price) - 1000))
    terminal.wait_for(rf"Price +{int(price) - 1000} ")
    terminal.press("Enter")
    send(terminal, "SEND BUY")
    terminal.wait_for(r"4 Orders 1")
    terminal.press("4")
    terminal.wait_for(r"BUY +LMT .* NEW")


@pytest.mark.slow
def test_enter_and_escape_never_send(terminal: Terminal) -> None:
    """In the review Enter and Esc go back: there is no order and no position."""
    terminal.start()
    live(terminal)
    for key in ("Enter", "Escape"):
        terminal.press("b")
        terminal.wait_for(r"8 Ticket +BUY BTC/USD")
        terminal.press("Enter")
        terminal.wait_for("y = SEND BUY")
        time.sleep(DEAF_S)
        terminal.press(key)
        terminal.wait("the review to close", lambda text: "y = SEND BUY" not in text)
        terminal.press("Escape")
        terminal.wait("the ticket to close", lambda text: "8 Ticket  BUY" not in text)
    terminal.press("7")
    terminal.wait_for(r"\d\d Deposit: ")  # what the account began with: no line of an order comes after it
    assert not re.search(r"\d\d:\d\d (BUY|SELL|LONG|SHORT) ", terminal.text)


@pytest.mark.slow
def test_a_terminal_that_is_too_small_says_so_and_recovers(terminal: Terminal) -> None:
    """Under 80x24 there is one sentence instead of a broken screen; at 80x24 everything trades."""
    terminal.start()
    live(terminal)
    terminal.resize(79, 23)
    terminal.wait_for(r"This terminal is 79x23")
    terminal.resize(80, 24)
    terminal.wait_for(r"3 Ladder")
    terminal.wait_for(r"4 Ord")
    terminal.press("b")
    terminal.wait_for(r"8 Ticket +BUY BTC/USD")


@pytest.mark.slow
def test_the_desk_comes_back_by_itself_when_its_server_was_killed(terminal: Terminal) -> None:
    """The panes say that the link is gone, order keys say why they refuse, and all is right again with the server."""
    terminal.start()
    live(terminal)
    os.kill(terminal.server, signal.SIGKILL)
    terminal.wait_for(r"Not connected")
    terminal.press("b")
    terminal.wait_for(r"Nothing can be sent: there is no link")
    terminal.wait("the link to come back", lambda text: "Not connected" not in text)
    terminal.press("b")
    terminal.wait_for(r"8 Ticket +BUY BTC/USD")


@pytest.mark.slow
def test_a_named_server_asks_for_the_password_and_may_go_and_come_back(terminal: Terminal, tmp_path: Path) -> None:
    """Signed in as a user of it; while it is away the panes say so, and after its return all is live again."""
    with running(tmp_path, "--feed", "synthetic", "--seed", "5") as server:
        terminal.start("--server", server.url, "--user", "ann")
        terminal.wait_for(r"Password of ann on 127\.0\.0\.1:\d+:")
        terminal.press("-l", PASSWORD)
        terminal.press("Enter")
        live(terminal)
        assert "PAPER · SIM prices  ann" in terminal.text
        server.kill()
        terminal.wait_for(r"Not connected")
        server.start()
        terminal.wait("the link to come back", lambda text: "Not connected" not in text)
        terminal.press("b")
        terminal.wait_for(r"8 Ticket +BUY BTC/USD")


@pytest.mark.slow
def test_a_wrong_password_is_a_sentence_and_exit_code_3(terminal: Terminal, tmp_path: Path) -> None:
    """There is no screen to leave."""
    with running(tmp_path) as server:
        terminal.start("--server", server.url, "--user", "ann")
        terminal.wait_for(r"Password of ann")
        terminal.press("-l", "not it")
        terminal.press("Enter")
        terminal.wait_for(r"exit code 3")


@pytest.mark.slow
def test_the_private_server_ends_with_a_killed_console(terminal: Terminal) -> None:
    """`kill -9` of the console closes the pipe that its server lives by."""
    terminal.start()
    live(terminal)
    server = terminal.server
    os.kill(terminal.console, signal.SIGKILL)
    terminal.wait("the server to end", lambda _: not Path(f"/proc/{server}").exists())
