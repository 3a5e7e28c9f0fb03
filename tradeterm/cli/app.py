"""The command tree of the terminal side; a bare `tradeterm` is the console."""

import sys
from collections.abc import Sequence
from typing import Annotated

import cyclopts
from cyclopts import Parameter
from rich.console import Console

from tradeterm import __version__

DONE, REFUSED, USAGE, CONNECTION, UNKNOWN, INTERRUPTED = 0, 1, 2, 3, 4, 130


def build_app() -> cyclopts.App:
    """Every command of the terminal side; those of the server are handed over before this tree is built."""
    app = cyclopts.App(
        name="tradeterm",
        version=__version__,
        help="A trading desk in a terminal. Also: serve, user, db (the server's commands).",
        error_console=Console(stderr=True),
        exit_on_error=False,
        result_action="return_value",
    )
    app.default(console)
    return app


def run(arguments: Sequence[str]) -> int:
    """Run one command of the terminal side; its exit code."""
    try:
        return int(build_app()(list(arguments)) or DONE)
    except cyclopts.CycloptsError:
        return USAGE
    except KeyboardInterrupt:
        return INTERRUPTED


def console(
    *,
    server: Annotated[str | None, Parameter(env_var="TRADETERM_SERVER")] = None,
    user: str | None = None,
    palette: str | None = None,
    mouse: bool = True,
) -> int:
    """Open the desk: on a running server, or with none named on a private paper server of its own.

    Parameters
    ----------
    server
        The server's address, http://HOST:PORT.
    user
        Who signs in there; the password is asked for.
    palette
        green-red, red-green, blue-orange or mono.
    mouse
        Off gives the terminal's own text selection back.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        sys.stderr.write("tradeterm: the console needs a terminal; `tradeterm --help` lists the other commands\n")
        return USAGE
    # Imported here: only the console pays for Textual.
    from tradeterm.cli.console import open_console

    return open_console(server, user, palette, mouse)
