"""The console in a real terminal, started and used as a user does: keys in, text on the screen out."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.servers import PASSWORD, running

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed: there is no real terminal")

WAIT_S = 30.0
LOOK_EVERY_S = 0.1


class Terminal:
    """One tmux server of its own, with one pane that runs the console on folders of its own."""

    def __init__(self, home: Path) -> None:
        self._tmux = ("tmux", "-S", str(home / "tmux.socket"), "-f", "/dev/null")
        self._home = home

    def start(self, *arguments: str, width: int = 120, height: int = 36) -> None:
        """Run `python -m tradeterm` with an empty home; its exit code is shown when it ends."""
        settings = {
            "PATH": os.environ["PATH"],
            "HOME": str(self._home),
            "TERM": "xterm-256color",
            "LANG": "C.UTF-8",
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        }
        environment = " ".join(f"'{name}={value}'" for name, value in settings.items())
        console = f"'{sys.executable}' -m tradeterm {' '.join(arguments)}"
        script = f"env -i {environment} {console}; echo exit code $?; exec cat"
        size = ("-x", str(width), "-y", str(height))
        subprocess.run([*self._tmux, "new-session", "-d", "-s", "t", *size, script], check=True, cwd=self._home)

    def press(self, *keys: str) -> None:
        subprocess.run([*self._tmux, "send-keys", "-t", "t", *keys], check=True)

    def resize(self, width: int, height: int) -> None:
        subprocess.run([*self._tmux, "resize-window", "-t", "t", "-x", str(width), "-y", str(height)], check=True)

    @property
    def text(self) -> str:
        done = subprocess.run(
            [*self._tmux, "capture-pane", "-p", "-t", "t"], capture_output=True, text=True, check=True
        )
        return done.stdout

    def wait(self, what: str, is_there: Callable[[str], object]) -> str:
        """The screen as soon as it shows this."""
        deadline = time.monotonic() + WAIT_S
        while not is_there(text := self.text):
            assert time.monotonic() < deadline, f"{what} did not come:\n{text}"
            time.sleep(LOOK_EVERY_S)
        return text

    def wait_for(self, pattern: str) -> "re.Match[str]":
        text = self.wait(pattern, lambda text: re.search(pattern, text))
        found = re.search(pattern, text)
        assert found is not None
        return found

    @property
    def console(self) -> int:
        """The process id of the console."""
        asked = ("display-message", "-p", "-t", "t", "#{pane_pid}")
        done = subprocess.run([*self._tmux, *asked], capture_output=True, text=True, check=True)
        return child_of(int(done.stdout))

    @property
    def server(self) -> int:
        """The process id of the private server that the console started."""
        return child_of(self.console)

    def end(self) -> None:
        subprocess.run([*self._tmux, "kill-server"], check=False, capture_output=True)


def child_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])


@pytest.fixture
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    # A socket's path may have 108 bytes at most.
    terminal = Terminal(tmp_path_factory.mktemp("t"))
    try:
        yield terminal
    finally:
        terminal.end()


POSITION = r"BTC +LONG +0\.\d+ +[\d,.]+ +[\d,.]+ +[\d,.]+ +([+-]?[\d,.]+)"


def live(terminal: Terminal) -> None:
    """Wait until the first screen shows a price, a book and the account."""
    terminal.wait_for(r"BTC/USD +[\d,.]+ ")
    terminal.wait_for(r"spread [\d.]+")
    terminal.wait_for(r"Eq +100,000\.00")


def send(terminal: Terminal, verb: str) -> None:
    """Wait for the review, read it for as long as it is deaf, and press y."""
    terminal.wait_for(f"y = {verb}")
    time.sleep(0.3)
    terminal.press("y")


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
        time.sleep(0.3)
        terminal.press(key)
        terminal.wait("the review to close", lambda text: "y = SEND BUY" not in text)
        terminal.press("Escape")
        terminal.wait("the ticket to close", lambda text: "8 Ticket  BUY" not in text)
    terminal.press("7")
    terminal.wait_for(r"Nothing has happened yet\.")


@pytest.mark.slow
def test_a_terminal_that_is_too_small_says_so_and_recovers(terminal: Terminal) -> None:
    """Under 80x24 there is one sentence instead of a broken screen; at 80x24 everything trades."""
    terminal.start()
    live(terminal)
    terminal.resize(79, 23)
    terminal.wait_for(r"This terminal is 79x23")
    terminal.resize(80, 24)
    terminal.wait_for(r"3 Ladder")
    terminal.wait_for(r"4 Orders")
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
