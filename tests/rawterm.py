"""A terminal made of nothing but a pseudo-terminal: runs a program, reads as fast as it is told, keeps what one sees."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Callable, Mapping, Sequence

from rich.cells import cell_len

_TOKEN = re.compile(
    rb"\x1b\[[0-9;?<>$]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[^\[]|[\x00-\x1f]|[^\x00-\x1f\x1b]+"
)
ASKED = b"\x1b[6n"


class Seen:
    """A screen that obeys the few words a console speaks: moving, writing, and nothing of colours."""

    def __init__(self, width: int, height: int) -> None:
        self.rows = [[" "] * width for _ in range(height)]
        self.x = self.y = 0
        self.modes: set[str] = set()  # what is switched on: `?1049` is the other screen

    @property
    def text(self) -> str:
        return "\n".join("".join(row).rstrip() for row in self.rows)

    def feed(self, data: bytes) -> None:
        for token in _TOKEN.findall(data):
            if token.startswith(b"\x1b["):
                self._obey(token[2:-1].decode(), chr(token[-1]))
            elif token[:1] >= b" ":
                self._write(token.decode("utf-8", "replace"))
            elif token == b"\r":
                self.x = 0
            elif token == b"\n":
                self._feed_line()

    def _feed_line(self) -> None:
        if self.y + 1 < len(self.rows):
            self.y += 1
        else:
            self.rows = [*self.rows[1:], [" "] * len(self.rows[0])]

    def _obey(self, words: str, verb: str) -> None:
        if verb == "H":
            numbers = [int(word or 1) for word in words.split(";")]
            self.y, self.x = numbers[0] - 1, (numbers[1] if len(numbers) > 1 else 1) - 1
        elif verb == "C":
            self.x += int(words or 1)
        elif verb == "h":
            self.modes.add(words)
        elif verb == "l":
            self.modes.discard(words)

    def _write(self, text: str) -> None:
        for character in text:
            width = cell_len(character)
            if width and self.y < len(self.rows) and self.x < len(self.rows[0]):
                self.rows[self.y][self.x : self.x + width] = [character, *[""] * (width - 1)]
            self.x += width


class RawTerminal:
    """Runs `python -m MODULE`; use as a context. `rate` is the bytes a second that it can show, None for all."""

    def __init__(
        self,
        module: Sequence[str],
        size: tuple[int, int] = (120, 36),
        *,
        rate: float | None = None,
        answers: bool = True,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.size, self.rate, self.answers = size, rate, answers
        self.seen = Seen(*size)
        self.taken = 0
        self.has_ended = False
        self.code: int | None = None
        self._rest = b""
        self._module, self._environment = module, environment or {}

    def __enter__(self) -> "RawTerminal":
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            paths = os.pathsep.join(path for path in sys.path if path)
            size = {"COLUMNS": str(self.size[0]), "LINES": str(self.size[1])}
            own = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8", "PYTHONPATH": paths, **size}
            kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
            os.execve(sys.executable, [sys.executable, "-m", *self._module], {**kept, **own, **self._environment})
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", self.size[1], self.size[0], 0, 0))
        return self

    def __exit__(self, *_: object) -> None:
        if self.code is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.terminal)

    def ended_with(self, within_s: float) -> int | None:
        """The exit code, or minus the signal; None where it runs on."""

        def look() -> bool:
            if self.code is None:
                pid, status = os.waitpid(self.pid, os.WNOHANG)
                self.code = os.waitstatus_to_exitcode(status) if pid else None
            return self.code is not None

        self.run(within_s, look)
        while not look() and self.has_ended:  # the last bytes are read, and it is about to end
            time.sleep(0.01)
        return self.code

    def type(self, text: str) -> None:
        """All of it in one packet."""
        os.write(self.terminal, text.encode())

    def run(self, span_s: float, look: Callable[[], object] = lambda: None) -> bool:
        """Show what comes for so long, or until `look` is true; was it?"""
        end, began, taken = time.monotonic() + span_s, time.monotonic(), 0
        while time.monotonic() < end:
            allowed = 65_536 if self.rate is None else int((time.monotonic() - began) * self.rate) - taken
            if allowed > 0 and select.select([self.terminal], [], [], 0.02)[0]:
                taken += self._take(min(allowed, 2048 if self.rate else 65_536))
            elif allowed <= 0:
                time.sleep(0.005)
            if look() or self.has_ended:
                break
        return bool(look())

    def _take(self, most: int) -> int:
        try:
            data = os.read(self.terminal, most)
        except OSError:  # nobody holds the other end any more
            self.has_ended = True
            return 0
        taken = len(data)
        self.taken += taken
        whole = self._rest + data
        cut = _whole_until(whole)
        data, self._rest = whole[:cut], whole[cut:]
        self.seen.feed(data)
        for _ in range(data.count(ASKED) if self.answers else 0):
            os.write(self.terminal, b"\x1b[1;1R")
        return taken


_OPEN = re.compile(rb"\x1b(?:\[[0-9;?<>$]*|\][^\x07\x1b]*)?$")


def _whole_until(data: bytes) -> int:
    """Where a sequence or a character begins that is not whole yet; the end where all of it is."""
    begun = _OPEN.search(data)
    start = _last_start(data)
    return begun.start() if begun is not None else len(data) if start < 0 else start


def _last_start(data: bytes) -> int:
    """Where a character of several bytes begins whose rest is still to come; -1 where there is none."""
    for back in range(1, min(4, len(data)) + 1):
        byte = data[-back]
        if byte >= 0xC0:
            size = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return len(data) - back if size > back else -1
        if byte < 0x80:
            break
    return -1
