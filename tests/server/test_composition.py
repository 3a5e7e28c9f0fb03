"""What a server is made of: each part knows whom it asks and whom it tells."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import structlog

import server.composition as module
from server.composition import Composition, Given
from server.config import load_settings
from server.domain.commands import OpenAccount
from server.domain.positions import Position
from server.ports import Place
from server.storage.database import open_database
from server.storage.projection.projector import ProjectorThread
from tradeterm.protocol.vocabulary import Side, TimeInForce

pytestmark = pytest.mark.blocks("a start opens its database before anybody waits for it")
SECRET = b"a secret of the tests, long enough for HS256"


@contextmanager
def composed(folder: Path, feed: str = "none", **paper: Any) -> Iterator[Composition]:
    """The parts of a server on a database of its own."""
    url = f"sqlite:///{folder / 'desk.db'}"
    settings = load_settings(None, {"server": {"db": url, "seed": 1, "feed": feed}, "paper": paper}, {})
    database = open_database(url, "paper", start_projector=ProjectorThread)
    parts = Composition(Given(settings, database, SECRET, None, lambda: 0))
    try:
        yield parts
    finally:
        parts.password_process.close()
        database.close()


async def test_the_venue_knows_what_the_core_says_is_held(tmp_path: Path) -> None:
    """Whoever holds nothing can reduce nothing, also where the venue is some way off."""
    for paper in ({}, {"latency_ms": "0"}):
        with composed(tmp_path, **paper) as parts:
            venue, sell = parts.exchange.venue, reducing()
            list(venue.execute(Place("bid", "", "BTC/USD", Side.BUY, Decimal(1), Decimal(9), TimeInForce.GTC)))
            list(venue.execute(sell))
            assert venue.best_bid("BTC/USD") == 9
            parts.core.handle(OpenAccount("ann"), parts.clock.now())
            held = Position("p", "ann", "BTC/USD", parts.clock.now(), parts.clock.now(), Side.BUY, Decimal(1))
            parts.core.ledger.hold(parts.core.ledger.accounts["ann"], held)
            list(venue.execute(sell))
            assert venue.best_bid("BTC/USD") is None


def reducing() -> Place:
    return Place("s", "ann", "BTC/USD", Side.SELL, Decimal(1), None, TimeInForce.IOC, reduce_only=True)


async def test_the_log_hears_of_every_event_where_it_is_to_say_everything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the debug level alone: it reads the journal for that."""
    for level, names in ((logging.INFO, []), (logging.DEBUG, ["debug log"])):
        monkeypatch.setattr(
            module, "log", structlog.wrap_logger(None, wrapper_class=structlog.make_filtering_bound_logger(level))
        )
        with composed(tmp_path) as parts:
            assert [one.name for one in parts.listeners] == names


async def test_practice_holds_market_data_back(tmp_path: Path) -> None:
    """Only where a latency is set."""
    with composed(tmp_path) as parts:
        assert (parts.late, parts.exchange.delayed) == (None, None)
    with composed(tmp_path, latency_ms="20") as parts:
        assert parts.late is not None
        assert parts.exchange.delayed is parts.exchange.venue
