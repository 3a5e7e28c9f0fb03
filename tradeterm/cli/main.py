"""The command `tradeterm`: hands the server's commands over by exec, and opens the console for everything else.

The console's libraries are imported by the command that needs them, so that a hand-over costs nothing.
"""

import gc
import os
import sys
from collections.abc import Sequence
from functools import partial

from tradeterm.cli.desk_command import open_desk, plainly_asked
from tradeterm.cli.ended import ended
from tradeterm.standard_streams import open_standard_streams

# Commands that need the database belong to the server's own command line.
SERVER_COMMANDS = frozenset({"serve", "user", "db", "keys", "venues"})


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code is 0 done, 2 usage or settings, 3 connection or sign-in, 130 interrupted."""
    open_standard_streams()
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words and (words[0] in SERVER_COMMANDS or _asks_of_a_venue(words)):
        # -P: a stray server.py in the user's folder must not win over the package.
        os.execv(sys.executable, [sys.executable, "-P", "-m", "server", *words])  # noqa: S606
    gc.set_threshold(50_000)  # what is imported stays: to look through it again and again is a tenth of a start
    if (asked := plainly_asked(words, os.environ)) is not None:
        return ended(partial(open_desk, asked))
    from tradeterm.cli.app import run

    return run(words)


def _asks_of_a_venue(words: Sequence[str]) -> bool:
    """`doctor --venue NAME` looks at an exchange, which only the server knows how to."""
    return words[0] == "doctor" and any(word == "--venue" or word.startswith("--venue=") for word in words)
