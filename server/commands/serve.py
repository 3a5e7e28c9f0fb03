"""`tradeterm serve`: the flags of the headless server, turned into settings and handed to the composition root."""

import asyncio
import gc
import sys
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

import cyclopts
import structlog
import uvloop
from cyclopts import Parameter

from server.config import load_settings, unknown_variables
from server.logs import set_up_logs

log = structlog.get_logger(__name__)

app = cyclopts.App(name="serve", result_action="return_value", help="Run the server without a console.")


@app.default
def serve(
    *,
    config: Path | None = None,
    host: str | None = None,
    port: int | None = None,
    db: str | None = None,
    venue: str | None = None,
    feed: str | None = None,
    seed: int | None = None,
    paper_cash: Decimal | None = None,
    paper_leverage: Decimal | None = None,
    paper_maker_fee: Decimal | None = None,
    paper_taker_fee: Decimal | None = None,
    paper_latency_ms: str | None = None,
    paper_reject_rate: Decimal | None = None,
    collar_pct: Decimal | None = None,
    allow_origin: Annotated[list[str] | None, Parameter(negative=())] = None,
    allow_host: Annotated[list[str] | None, Parameter(negative=())] = None,
    tls_cert: Path | None = None,
    tls_key: Path | None = None,
    insecure: Annotated[bool | None, Parameter(negative=())] = None,
    projector: Literal["thread", "process"] | None = None,
    log_level: str = "info",
    passphrase_stdin: Annotated[bool, Parameter(negative=())] = False,
    private: Annotated[bool, Parameter(show=False, negative=())] = False,
) -> int:
    """Serve until SIGTERM. Prints one line, `ready http://HOST:PORT`, when connections are accepted; logs go to stderr.

    Parameters
    ----------
    config
        The settings file (TOML).
    host
        The address to listen on.
    port
        The port; 0 picks a free one.
    db
        The database, sqlite:///PATH or postgresql://…
    venue
        paper, or a real exchange: the name of a [venues.NAME], or ccxt's name of the exchange.
    feed
        synthetic, recorded:FILE, ccxt:ID or none.
    seed
        Makes the synthetic market the same in every run.
    paper_cash
        What a new account opens with.
    paper_leverage
        Initial margin is 1/leverage.
    paper_maker_fee
        A rate: 0.001 is 0.1 %.
    paper_taker_fee
        A rate: 0.0026 is 0.26 %.
    paper_latency_ms
        One number, LOW-HIGH to draw from, or three of them: feed,order,answer.
    paper_reject_rate
        Practice: the share of orders that the venue refuses at random.
    collar_pct
        How far past the mark an aggressive price may go; 0 is no collar.
    allow_origin
        A web page's origin that may connect (repeatable).
    allow_host
        A name that the server goes by, beside addresses and names without a dot (repeatable).
    tls_cert
        The certificate (PEM, with its chain); read again on SIGHUP.
    tls_key
        Its key (PEM).
    insecure
        Serve another address than this machine's own without a certificate.
    projector
        Where SQLite's tables are brought up to the journal: a process of its own (the default), or a thread.
    log_level
        debug, info, warning or error.
    passphrase_stdin
        Read the passphrase of the exchange keys from standard input, one line; else it is asked for.
    private
        For the console's own server: secret on standard input, stop when it closes.
    """
    settings = load_settings(
        config,
        {
            "server": _said(
                host=host,
                port=port,
                db=db,
                venue=venue,
                feed=feed,
                seed=seed,
                allow_origin=allow_origin or None,
                allow_host=allow_host or None,
                tls_cert=tls_cert,
                tls_key=tls_key,
                insecure=insecure,
                projector=projector,
            ),
            "paper": _said(
                cash=paper_cash,
                leverage=paper_leverage,
                maker_fee=paper_maker_fee,
                taker_fee=paper_taker_fee,
                latency_ms=paper_latency_ms,
                reject_rate=paper_reject_rate,
                collar_pct=collar_pct,
            ),
        },
    )
    logs = set_up_logs(log_level)
    for name in unknown_variables():
        log.warning("this is no setting; a section and its key have two underscores between them", name=name)
    secret = sys.stdin.readline().strip() if private else None
    reads_passphrase = passphrase_stdin or (private and settings.is_live)
    given = sys.stdin.readline().rstrip("\n") if reads_passphrase else None
    gc.disable()  # nothing that a start makes is garbage; the server turns it on when it is ready
    # Imported here: a wrong flag is told before half a second of imports.
    from server.app import run
    from server.venue_keys import typed_passphrase

    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(run(settings, secret, lambda: logs.lost, lambda: given or typed_passphrase()))
    finally:
        logs.close()


def _said(**values: Any) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}
