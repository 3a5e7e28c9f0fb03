"""The desk as a command: a bare `tradeterm`, with or without its flags.

Written as they mostly are, the flags are read here: the library that reads every other command is four megabytes, which a desk
would hold all day, and takes longer than all else before the first frame.
"""

import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tradeterm.cli.exit_codes import USAGE
from tradeterm.cli.first_frame import FirstFrame

SERVER_VARIABLE = "TRADETERM_SERVER"
NO_MOUSE = "--no-mouse"
FLAGS = ("--server", "--venue", "--user", "--palette", NO_MOUSE)
VENUE_NAME = re.compile(r"[a-z0-9_-]{1,32}")


@dataclass(frozen=True, slots=True)
class Asked:
    """The desk that somebody wants: on which server or exchange, as whom, and how it looks."""

    server: str | None = None
    venue: str | None = None
    user: str | None = None
    palette: str | None = None
    mouse: bool = True


def plainly_asked(words: Sequence[str], environment: Mapping[str, str]) -> Asked | None:
    """What these words ask for, where they are a desk's flags, each once and its value after a blank. None for all else: that
    may be an order as well, or wrong."""
    found: dict[str, Any] = {"server": environment.get(SERVER_VARIABLE)}
    seen: set[str] = set()
    left = iter(words)
    for flag in left:
        value = "" if flag == NO_MOUSE else next(left, "-")
        if flag not in FLAGS or flag in seen or value.startswith("-"):
            return None
        seen.add(flag)
        found |= {"mouse": False} if flag == NO_MOUSE else {flag.removeprefix("--"): value}
    return Asked(**found)


def open_desk(asked: Asked) -> int:
    """Run the desk until the user quits; the exit code."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        sys.stderr.write("tradeterm: the console needs a terminal; `tradeterm --help` lists the other commands\n")
        return USAGE
    if asked.venue is not None and not VENUE_NAME.fullmatch(asked.venue):
        sys.stderr.write("tradeterm: a venue's name has 1 to 32 of a-z, 0-9, dash and underscore\n")
        return USAGE
    if asked.venue is not None and asked.server is not None:
        sys.stderr.write("tradeterm: a server trades where it was started to trade: name --server or --venue\n")
        return USAGE
    return _opened(asked, None if asked.venue == "paper" else asked.venue)


def _opened(asked: Asked, venue: str | None) -> int:
    """The desk; where nothing has to be asked before it, a first frame stands while it is loaded."""
    first = FirstFrame()
    try:
        if asked.server is None and venue is None:
            first.show("loading the desk")
        # Imported here: only the console pays for Textual.
        from tradeterm.cli.console import open_console

        return open_console(asked.server, asked.user, asked.palette, asked.mouse, venue, first)
    finally:
        first.leave()
