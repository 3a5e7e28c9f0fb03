"""Every command of the server as its flags are read. Each group is imported only when it is asked for."""

import cyclopts

from server.commands.main import USAGE_ERROR
from tradeterm import __version__


def run_command(words: list[str]) -> int:
    """The exit code of the command that these words are; 2 where they are none."""
    app = cyclopts.App(
        name="tradeterm",
        version=__version__,
        help="The server behind the desk.",
        exit_on_error=False,
        result_action="return_value",
    )
    for name in ("serve", "user", "db", "keys", "venues", "doctor"):
        app.command(f"server.commands.{name}:app", name=name)
    try:
        return int(app(words) or 0)
    except cyclopts.CycloptsError:
        return USAGE_ERROR
