"""The command tree of the terminal side; a bare `tradeterm` is the console."""

from collections.abc import Sequence
from difflib import get_close_matches
from functools import partial
from typing import Annotated

import cyclopts
from cyclopts import Parameter
from rich.console import Console

from tradeterm import __version__
from tradeterm.cli.desk_command import SERVER_VARIABLE, Asked, open_desk
from tradeterm.cli.ended import ended
from tradeterm.cli.exit_codes import DONE, USAGE
from tradeterm.standard_streams import say

# Name, where it is, what it is for: help lists them without importing any.
COMMANDS = (
    ("login", "sign_in:login", "Sign in on a server; the other commands use that session."),
    ("logout", "sign_in:logout", "End the kept session."),
    ("buy", "orders:buy", "Buy at market, or with --price at a limit."),
    ("sell", "orders:sell", "Sell at market, or with --price at a limit."),
    ("cancel", "orders:cancel_order", "Cancel one order, or --all."),
    ("amend", "orders:amend_order", "Give an open order a new quantity or price."),
    ("orders", "queries:orders", "List orders, newest first."),
    ("positions", "queries:positions", "List the open positions."),
    ("fills", "queries:fills", "List own trades, newest first."),
    ("balance", "queries:balance", "What the account holds."),
    ("account", "queries:account", "Equity, margin, profit and trading state."),
    ("markets", "market_data:markets", "List the markets and their terms."),
    ("quote", "market_data:quote", "Bid, ask and last price, of the markets named or of all."),
    ("depth", "market_data:depth", "The order book of a market."),
    ("candles", "market_data:candles", "The newest candles of a market."),
    ("events", "events:events", "The own journal; --follow goes on with every new event."),
    ("flatten", "flatten_and_kill:flatten", "Close every position at market."),
    ("kill", "flatten_and_kill:kill", "Halt, cancel all and close all."),
    ("resume", "flatten_and_kill:resume", "End a halt."),
    ("paper", "paper:app", "Paper money: deposit, reset."),
    ("doctor", "doctor:doctor", "Check settings, folders, server, sign-in and versions."),
    ("config", "config:app", "Where the settings are and what they say."),
)


def build_app() -> cyclopts.App:
    """Every command of the terminal side; those of the server are handed over before this tree is built."""
    app = cyclopts.App(
        name="tradeterm",
        version=__version__,
        help="A trading desk in a terminal. Also: serve, user, db, keys, venues (the server's commands).",
        error_console=Console(stderr=True),
        exit_on_error=False,
        result_action="return_value",
    )
    app.default(console)
    app.register_install_completion_command()
    for name, place, purpose in COMMANDS:
        app.command(f"tradeterm.cli.commands.{place}", name=name, help=purpose)
    return app


def run(arguments: Sequence[str]) -> int:
    """Run one command of the terminal side; its exit code."""
    return ended(partial(_code_of, arguments))


def _code_of(arguments: Sequence[str]) -> int:
    if (sentence := _unknown(arguments)) is not None:
        say(sentence)
        return USAGE
    try:
        return int(build_app()(list(arguments)) or DONE)
    except cyclopts.CycloptsError:
        return USAGE


def _unknown(arguments: Sequence[str]) -> str | None:
    """What is said of a first word that is no command, with the nearest one that is; None where there is nothing to say."""
    names = [name for name, _, _ in COMMANDS]
    first = arguments[0] if arguments else "-"
    if first.startswith("-") or first in names:
        return None
    near = get_close_matches(first, names, 1)
    hint = f"did you mean {near[0]}?" if near else "`tradeterm --help` lists them"
    return f"there is no command {first}: {hint}"


def console(
    *,
    server: Annotated[str | None, Parameter(env_var=SERVER_VARIABLE)] = None,
    venue: str | None = None,
    user: str | None = None,
    palette: str | None = None,
    mouse: bool = True,
) -> int:
    """Open the desk: on a running server, or with none named on a private paper server of its own.

    Parameters
    ----------
    server
        The server's address, http://HOST:PORT.
    venue
        A real exchange: a private server of its own trades there, with the keys of `tradeterm keys add`.
    user
        Who signs in there; the password is asked for.
    palette
        green-red, red-green, blue-orange, light, light-blue-orange or mono.
    mouse
        Off gives the terminal's own text selection back.
    """
    return open_desk(Asked(server, venue, user, palette, mouse))
