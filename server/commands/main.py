"""The server's command line: which group a word belongs to. Each group is imported only when it is asked for."""

import sys
from collections.abc import Sequence

import cyclopts

from tradeterm.lean_imports import without

# It would load it for tracebacks in colours. Help and errors, which cyclopts prints by it, load it when they come.
with without("rich"):
    import structlog as structlog

from server.config import SettingsError
from tradeterm import __version__
from tradeterm.standard_streams import NO_TEXT, output, say

USAGE_ERROR = 2
INTERRUPTED = 130


def build_app() -> cyclopts.App:
    """The command tree: serve, user, db, keys, venues, doctor."""
    app = cyclopts.App(
        name="tradeterm",
        version=__version__,
        help="The server behind the desk.",
        exit_on_error=False,
        result_action="return_value",
    )
    for name in ("serve", "user", "db", "keys", "venues", "doctor"):
        app.command(f"server.commands.{name}:app", name=name)
    return app


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. 0 done · 2 usage or settings · 130 interrupted; anything else as the command says."""
    return output.code(_ended(list(sys.argv[1:] if arguments is None else arguments)))


def _ended(words: list[str]) -> int:
    try:
        return int(build_app()(words) or 0)
    except cyclopts.CycloptsError:
        return USAGE_ERROR
    except SettingsError as error:
        say(str(error))
        return USAGE_ERROR
    except UnicodeEncodeError:
        say(NO_TEXT)
        return USAGE_ERROR
    except KeyboardInterrupt:
        return INTERRUPTED
