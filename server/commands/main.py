"""The server's command line: a console's own server at once, all else by the library that reads flags."""

import sys
from collections.abc import Sequence

from tradeterm.lean_imports import without

# It would load it for tracebacks in colours. Help and errors, which cyclopts prints by it, load it when they come.
with without("rich"):
    import structlog as structlog

from server.commands.run_server import private_start, run_server
from server.config import SettingsError
from tradeterm.standard_streams import NO_TEXT, output, say

USAGE_ERROR = 2
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. 0 done · 2 usage or settings · 130 interrupted; anything else as the command says."""
    return output.code(_ended(list(sys.argv[1:] if arguments is None else arguments)))


def _ended(words: list[str]) -> int:
    try:
        start = private_start(words)
        return _ended_command(words) if start is None else run_server(start)
    except SettingsError as error:
        say(str(error))
        return USAGE_ERROR
    except UnicodeEncodeError:
        say(NO_TEXT)
        return USAGE_ERROR
    except KeyboardInterrupt:
        return INTERRUPTED


def _ended_command(words: list[str]) -> int:
    # Imported here: it is a twentieth of a start, and a console waits for its server's.
    from server.commands.command_tree import run_command

    return run_command(words)
