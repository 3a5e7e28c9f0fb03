"""A run of the server, from its settings to its exit code: what it is made of is in `composition.py`, its work in `serving.py`."""

import asyncio
import gc
import socket
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import structlog

from server.assembly import signing_secret
from server.clock_and_ids import SystemClock
from server.composition import Composition, Given
from server.config import Settings
from server.descriptors import raise_descriptors
from server.identity.signing_secret import SecretUnavailable
from server.ports import DatabaseAway
from server.serving import FAILED, START_OVER, Server
from server.storage.database import open_database
from server.storage.errors import DatabaseRefused
from server.storage.file_serving import StartProjector
from server.storage.projection.projector import ProjectorThread
from server.storage.projection.projector_process import ProjectorProcess
from server.tls import Certificate, certificate_of
from server.web import PortUnavailable, bind, listening

if TYPE_CHECKING:
    from server.live import LiveExchange
    from server.practice.live_prices import LivePrices

log = structlog.get_logger("server")

USAGE_ERROR = 2


async def run(
    settings: Settings,
    private_secret: str | None = None,
    lost_log_lines: Callable[[], int] = lambda: 0,
    passphrase: Callable[[], str | None] = lambda: None,
) -> int:
    """Serve until told to stop; the exit code. 2: the port or the database cannot be had, and nothing was touched.

    Raises SettingsError for settings that name what there is not. `passphrase()` is asked for where an exchange's keys
    are kept under one.
    """
    certificate = certificate_of(settings.server)
    raise_descriptors()
    try:
        listener = bind(settings.server.host, settings.server.port)
    except PortUnavailable as error:
        return _refuse(str(error))
    with listener:
        code, is_first = START_OVER, True
        while code == START_OVER:
            live, prices = await _reached(settings, passphrase), await _live_prices(settings)
            try:
                code = await _serve(
                    settings, private_secret, lost_log_lines, listener, certificate, live, prices, is_first
                )
            finally:
                if live is not None:
                    await live.close()
            is_first = False
            gc.unfreeze()
        return code


async def _reached(settings: Settings, passphrase: Callable[[], str | None]) -> "LiveExchange | None":
    """The real exchange that the settings name; a server on paper does not even load what trades there."""
    if not settings.is_live:
        return None
    from server.live import reach

    return await reach(settings, SystemClock(), passphrase)


async def _live_prices(settings: Settings) -> "LivePrices | None":
    """Of a paper server's feed; one whose prices are nobody's does not load what reads them."""
    if settings.is_live or not settings.server.feed.startswith("ccxt:"):
        return None
    from server.practice.live_prices import live_prices

    return await live_prices(settings)


async def _serve(
    settings: Settings,
    private_secret: str | None,
    lost_log_lines: Callable[[], int],
    listener: socket.socket,
    certificate: Certificate | None,
    live: "LiveExchange | None",
    prices: "LivePrices | None",
    is_first: bool,
) -> int:
    """Serve from what the journal says; START_OVER when it is to be read anew. The port is kept."""
    try:
        owner = settings.server.venue if live is None else live.owns
        start = _projector(settings, is_private=private_secret is not None)
        database = open_database(settings.db_url, owner, start_projector=start)
    except DatabaseRefused as error:
        return _refuse(str(error)) if is_first else _refuse(str(error), FAILED)
    try:
        secret = signing_secret(settings)
        stop = asyncio.Event()
        given = Given(settings, database, secret, private_secret, lost_log_lines, stop.is_set, live, prices)
        with database.patiently():
            parts = Composition(given)
        server = Server(parts, stop, is_private=private_secret is not None)
        tls = certificate.context if certificate else None
        web = listening(parts.gateway, parts.gateway.uvicorn_options(tls), secure=tls is not None)
        return await server.serve(web, listener.dup(), certificate, is_first=is_first)
    except SecretUnavailable as error:
        return _refuse(str(error))
    except DatabaseAway as error:
        return _refuse(f"the database cannot be used: {error}", USAGE_ERROR if is_first else FAILED)
    finally:
        database.close()


def _projector(settings: Settings, *, is_private: bool) -> StartProjector:
    """A process leaves the server's core to the server; one desk's own server does not need a second one."""
    chosen = settings.server.projector or ("thread" if is_private else "process")
    return ProjectorThread if chosen == "thread" else ProjectorProcess


def _refuse(reason: str, code: int = USAGE_ERROR) -> int:
    sys.stderr.write(f"tradeterm: {reason}\n")
    return code
