"""What stands in the terminal while the desk is being loaded: what this is, and what it waits for.

Drawn without any library, so that it is there at once; the desk draws over it.
"""

import contextlib
import os
import shutil
import signal
import sys
import termios
from types import FrameType
from typing import Any, TextIO

from tradeterm.tui.terminal.plain import in_ascii, shows_ascii_alone

ENTER, LEAVE = "\x1b[?1049h\x1b[?25l\x1b[2J", "\x1b[?25h\x1b[?1049l"
UNHEARD = (
    "\x1b[?1000l\x1b[?1003l\x1b[?1004l\x1b[?1006l\x1b[?1015l\x1b[?2004l"  # no mouse, focus or paste is told any more
)
WIDEST = 62  # as the desk's own box about the link
ENDING = ("SIGTERM", "SIGHUP")


def frame(words: str, width: int, height: int) -> str:
    """A box with these words where the desk will say the same kind of thing."""
    inner = max(0, min(WIDEST, width - 4) - 2)
    rows = [
        f"┏{'━ tradeterm '[:inner].ljust(inner, '━')}┓",
        f"┃{f' {words}…'[:inner].ljust(inner)}┃",
        f"┗{'━' * inner}┛",
    ]
    left, top = (width - inner - 2) // 2 + 1, height // 3 + 1
    return "".join(f"\x1b[{top + n};{left}H{row}" for n, row in enumerate(rows))


class FirstFrame:
    """Shown until the desk takes the terminal over, or until it is left because there will be no desk."""

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out or sys.stdout
        self._is_shown = False
        self._modes: list[Any] | None = None  # the terminal's, where there is one

    def show(self, words: str) -> None:
        self._is_shown = True  # whoever interrupts what follows leaves it
        width, height = shutil.get_terminal_size()
        drawn = frame(words, width, height)
        self._out.write(ENTER + (in_ascii(drawn) if shows_ascii_alone(os.environ) else drawn))
        self._out.flush()
        with contextlib.suppress(termios.error, OSError, ValueError):
            self._modes = termios.tcgetattr(sys.stdin)
        for name in ENDING:
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), self._end)

    def hand_over(self) -> None:
        """The desk has the terminal from now on, and its signals once it hears them: that may be a while, on a busy machine."""
        self._is_shown = False

    def leave(self) -> None:
        """Give the terminal back as it was, and its signals."""
        if self._is_shown:
            self._is_shown = False
            for name in ENDING:
                if hasattr(signal, name):
                    signal.signal(getattr(signal, name), signal.SIG_DFL)
            self._out.write(LEAVE)
            self._out.flush()

    def _end(self, number: int, _frame: FrameType | None) -> None:
        """Also while the desk is just taking the terminal over. Past the stream, which may be at work."""
        with contextlib.suppress(OSError):
            os.write(self._out.fileno(), f"{UNHEARD}{LEAVE}".encode())
        if self._modes is not None:
            with contextlib.suppress(termios.error, OSError):
                termios.tcsetattr(sys.stdin, termios.TCSANOW, self._modes)
        os._exit(128 + number)
