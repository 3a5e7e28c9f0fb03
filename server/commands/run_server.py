"""Settings, logs and secrets of a server, and then the server, until it ends. Reads no flags."""

import asyncio
import gc
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
import uvloop

from server.config import Settings, load_settings, unknown_variables
from server.log_writer import LogWriter
from server.logs import set_up_logs

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerStart:
    """What a server is started with. `server` and `paper` are keys of these sections of the settings, None where the file and
    the environment decide."""

    server: Mapping[str, Any]
    paper: Mapping[str, Any]
    config: Path | None = None
    log_level: str = "info"
    passphrase_stdin: bool = False
    private: bool = False  # a console's own: ends when its pipe does


def private_start(words: list[str]) -> ServerStart | None:
    """What a console's words ask for, as it writes them (`tradeterm/cli/private_server.py`); None for any other words. A price
    on its screen waits for this start, and the library that reads flags is a twentieth of it."""
    match words:
        case ["serve", "--private", "--port", port] if port.isdecimal():
            return ServerStart(server={"port": int(port)}, paper={}, private=True)
        case _:
            return None


def run_server(start: ServerStart) -> int:
    """Serve until SIGTERM; the exit code. Raises SettingsError."""
    settings = load_settings(start.config, {"server": start.server, "paper": start.paper})
    logs = set_up_logs(start.log_level)
    for name in unknown_variables():
        log.warning("this is no setting; a section and its key have two underscores between them", name=name)
    secret = sys.stdin.readline().strip() if start.private else None
    reads_passphrase = start.passphrase_stdin or (start.private and settings.is_live)
    given = sys.stdin.readline().rstrip("\n") if reads_passphrase else None
    try:
        return _run(settings, secret, given, logs)
    finally:
        logs.close()


def _run(settings: Settings, secret: str | None, passphrase: str | None, logs: LogWriter) -> int:
    gc.disable()  # nothing that a start makes is garbage; the server turns it on when it is ready
    # Imported here: a wrong flag is told before half a second of imports.
    from server.app import run
    from server.venue_keys import typed_passphrase

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(run(settings, secret, lambda: logs.lost, lambda: passphrase or typed_passphrase()))
