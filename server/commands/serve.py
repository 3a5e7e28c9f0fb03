"""`tradeterm serve`: the flags of the headless server, turned into settings and handed to the composition root."""

import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Literal

import cyclopts
from cyclopts import Parameter, Token

from server.commands.run_server import ServerStart, run_server

app = cyclopts.App(name="serve", result_action="return_value", help="Run the server without a console.")


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class ServerFlags:
    """What the settings have in [server]; each field is a key there."""

    host: Annotated[str | None, Parameter(help="The address to listen on.")] = None
    port: Annotated[int | None, Parameter(help="The port; 0 picks a free one.")] = None
    db: Annotated[str | None, Parameter(help="The database, sqlite:///PATH or postgresql://…")] = None
    venue: Annotated[
        str | None,
        Parameter(help="paper, or a real exchange: the name of a [venues.NAME], or ccxt's name of the exchange."),
    ] = None
    feed: Annotated[str | None, Parameter(help="synthetic, recorded:FILE, ccxt:ID or none.")] = None
    seed: Annotated[int | None, Parameter(help="Makes the synthetic market the same in every run.")] = None
    allow_origin: Annotated[
        list[str] | None, Parameter(negative=(), help="A web page's origin that may connect (repeatable).")
    ] = None
    allow_host: Annotated[
        list[str] | None,
        Parameter(
            negative=(),
            help="A name that the server goes by, beside addresses and names without a dot (repeatable).",
        ),
    ] = None
    tls_cert: Annotated[Path | None, Parameter(help="The certificate (PEM, with its chain); read again on SIGHUP.")] = (
        None
    )
    tls_key: Annotated[Path | None, Parameter(help="Its key (PEM).")] = None
    insecure: Annotated[
        bool | None,
        Parameter(negative=(), help="Serve another address than this machine's own without a certificate."),
    ] = None
    projector: Annotated[
        Literal["thread", "process"] | None,
        Parameter(
            help="Where SQLite's tables are brought up to the journal: a process of its own (the default), or a thread."
        ),
    ] = None


def _finite(_: object, tokens: Sequence[Token]) -> Decimal:
    """Raises ValueError for what is no number that one can reckon with, in a sentence: the library's own names itself."""
    text = tokens[0].value
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("nan")
    if not number.is_finite():
        raise ValueError(f"{text!r} is no number")
    return number


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class PaperFlags:
    """What the settings have in [paper]; each field is a key there."""

    cash: Annotated[
        Decimal | None, Parameter("--paper-cash", converter=_finite, help="What a new account opens with.")
    ] = None
    leverage: Annotated[
        Decimal | None, Parameter("--paper-leverage", converter=_finite, help="Initial margin is 1/leverage.")
    ] = None
    maker_fee: Annotated[
        Decimal | None, Parameter("--paper-maker-fee", converter=_finite, help="A rate: 0.001 is 0.1 %.")
    ] = None
    taker_fee: Annotated[
        Decimal | None, Parameter("--paper-taker-fee", converter=_finite, help="A rate: 0.0026 is 0.26 %.")
    ] = None
    latency_ms: Annotated[
        str | None,
        Parameter("--paper-latency-ms", help="One number, LOW-HIGH to draw from, or three of them: feed,order,answer."),
    ] = None
    reject_rate: Annotated[
        Decimal | None,
        Parameter(
            "--paper-reject-rate",
            converter=_finite,
            help="Practice: the share of orders that the venue refuses at random.",
        ),
    ] = None
    collar_pct: Annotated[
        Decimal | None,
        Parameter(converter=_finite, help="How far past the mark an aggressive price may go; 0 is no collar."),
    ] = None


def _known_level(_: object, level: str) -> None:
    """Raises ValueError for what is no level of the log."""
    if level.upper() not in logging.getLevelNamesMapping():
        raise ValueError("it is debug, info, warning or error")


@app.default
def serve(
    *,
    config: Annotated[Path | None, Parameter(help="The settings file (TOML).")] = None,
    server: ServerFlags | None = None,
    paper: PaperFlags | None = None,
    log_level: Annotated[str, Parameter(validator=_known_level, help="debug, info, warning or error.")] = "info",
    passphrase_stdin: Annotated[
        bool,
        Parameter(
            negative=(),
            help="Read the passphrase of the exchange keys from standard input, one line; else it is asked for.",
        ),
    ] = False,
    private: Annotated[bool, Parameter(show=False, negative=())] = False,  # a console's own: ends when its pipe does
) -> int:
    """Serve until SIGTERM. Prints one line, `ready http://HOST:PORT`, when connections are accepted; logs go to stderr."""
    return run_server(
        ServerStart(
            server=asdict(server or ServerFlags()),
            paper=asdict(paper or PaperFlags()),
            config=config,
            log_level=log_level,
            passphrase_stdin=passphrase_stdin,
            private=private,
        )
    )
