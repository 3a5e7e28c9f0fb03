"""Standard input, output and error: closed, full or read by nobody, they change nothing of what a command does."""

import contextlib
import os
import sys
from typing import Final

from tradeterm.protocol.foreign_text import printable

UNPRINTED: Final = 5  # exit code: done, and what was to be printed could not be
NO_TEXT: Final = "what was typed has bytes that are no text in UTF-8"


def open_standard_streams() -> None:
    """Have descriptors 0 to 2 open: where the caller closed one, the first file or socket that is opened would take its
    number, and what is printed would go into it. What is printed on such a one goes nowhere."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(descriptor, True)
    os.close(descriptor)
    sys.stdin = sys.stdin or os.fdopen(0, closefd=False)
    sys.stdout = sys.stdout or os.fdopen(1, "w", closefd=False)
    sys.stderr = sys.stderr or os.fdopen(2, "w", buffering=1, closefd=False)


class StandardOutput:
    """Standard output, for whoever must know what becomes of it. Writing never raises.

    What cannot be written goes to standard error, with a word: it may tell of an order that was made.
    """

    def __init__(self) -> None:
        self.is_unread = False  # whoever read us has enough
        self.is_unprinted = False

    def write(self, text: str) -> None:
        if self.is_unread:
            return
        if self.is_unprinted:
            _to_stderr(text)
            return
        try:
            if text:  # a full disk refuses even to be given nothing
                sys.stdout.write(_as_the_stream_can(text))
            sys.stdout.flush()
        except BrokenPipeError:
            self.is_unread = True
            _forget()
        except OSError as error:
            self.is_unprinted = True
            _forget()
            reason = (error.strerror or "it failed").lower()
            _to_stderr(f"tradeterm: what was asked is done, but standard output cannot be written: {reason}\n{text}")

    def code(self, code: int) -> int:
        """The exit code of a command that would have ended with this one."""
        self.write("")  # what a library has printed and not flushed
        return code or (UNPRINTED if self.is_unprinted else 0)


def say(sentence: str) -> None:
    """A word of the program itself on standard error: one line, whatever it repeats of what was typed."""
    _to_stderr(f"tradeterm: {printable(sentence)}\n")


def _as_the_stream_can(text: str) -> str:
    """Characters that the terminal's encoding does not have, and bytes of a file's name that are no text, are spelled."""
    encoding = sys.stdout.encoding or "utf-8"  # a stream in memory has none
    return text.encode(encoding, "backslashreplace").decode(encoding)


def _forget() -> None:
    """What is still buffered must not raise again at exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def _to_stderr(text: str) -> None:
    with contextlib.suppress(OSError):
        sys.stderr.write(text)
        sys.stderr.flush()


output: Final = StandardOutput()
