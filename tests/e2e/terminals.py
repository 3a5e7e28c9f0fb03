"""A real terminal: one tmux server with the console in it, keys in and the text on the screen out."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

WAIT_S = 60.0  # a machine may be busy
LOOK_EVERY_S = 0.1
DEAF_S = 0.5  # a question is, for half of that


class Terminal:
    """One tmux server of its own, with one pane that runs the console on folders of its own."""

    def __init__(self, home: Path) -> None:
        self._tmux = ("tmux", "-S", str(home / "tmux.socket"), "-f", "/dev/null")
        self._home = home
        self._is_open = False

    def start(self, *arguments: str, width: int = 120, height: int = 36, **environment: str) -> None:
        """Run `python -m tradeterm` on this home; its exit code is shown when it ends. A second one takes the first's place
        on the screen."""
        settings = {
            "PATH": os.environ["PATH"],
            "HOME": str(self._home),
            "TERM": "xterm-256color",
            "LANG": "C.UTF-8",
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
            **environment,
        }
        said = " ".join(f"'{name}={value}'" for name, value in settings.items())
        console = f"'{sys.executable}' -m tradeterm {' '.join(arguments)}"
        script = f"env -i {said} {console}; echo exit code $?; exec cat"
        size = ("-x", str(width), "-y", str(height))
        how = ["new-window", "-t", "t"] if self._is_open else ["new-session", "-d", "-s", "t", *size]
        subprocess.run([*self._tmux, *how, script], check=True, cwd=self._home)
        self._is_open = True

    def press(self, *keys: str) -> None:
        subprocess.run([*self._tmux, "send-keys", "-t", "t", *keys], check=True)

    def paste(self, text: str, *, is_bracketed: bool) -> None:
        """From the clipboard, as a terminal does that says what is pasted, or as one that does not."""
        subprocess.run([*self._tmux, "set-buffer", text], check=True)
        subprocess.run([*self._tmux, "paste-buffer", *(["-p"] if is_bracketed else []), "-t", "t"], check=True)

    def resize(self, width: int, height: int) -> None:
        subprocess.run([*self._tmux, "resize-window", "-t", "t", "-x", str(width), "-y", str(height)], check=True)

    @property
    def coloured_text(self) -> str:
        """The screen with the codes for colours in it."""
        asked = ("capture-pane", "-p", "-e", "-t", "t")
        return subprocess.run([*self._tmux, *asked], capture_output=True, text=True, check=True).stdout

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

    def confirm(self, question: str) -> None:
        """Wait for a question and press y until it is gone: at first it is deaf, a busy machine's for longer."""
        self.wait_for(question)

        def is_gone(text: str) -> bool:
            if re.search(question, text) is None:
                return True
            time.sleep(DEAF_S)
            if re.search(question, self.text):
                self.press("y")
            return False

        self.wait(f"the end of {question}", is_gone)

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


def live(terminal: Terminal) -> None:
    """Wait until the first screen shows a price, a book and the account."""
    terminal.wait_for(r"BTC/USD +[\d,.]+ ")
    terminal.wait_for(r"spread [\d.]+")
    terminal.wait_for(r"Eq +100,000\.00")
