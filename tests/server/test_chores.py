"""What runs beside the requests: which of it a server has, and how far prices may go."""

import asyncio
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from server.chores import Chores, set_bands
from server.marketdata.market_board import MarketBoard
from server.ports import DatabaseAway, Place, PrintReport
from server.venues.paper import PaperVenue
from tests.builders import market
from tests.eventually import PATIENCE_S
from tests.fakes import ManualClock
from tests.server.test_composition import composed
from tradeterm.protocol.vocabulary import Side, TimeInForce

SYMBOL = "BTC/USD"


@pytest.mark.blocks("a start opens its database before anybody waits for it")
@pytest.mark.parametrize(
    ("feed", "paper", "more"),
    [("none", {}, set()), ("synthetic", {}, {"_play"}), ("none", {"latency_ms": "1"}, {"_deliver"})],
)
async def test_a_server_does_what_its_settings_ask_for(
    tmp_path: Path, feed: str, paper: dict[str, Any], more: set[str]
) -> None:
    """A feed is played where there is one; what is underway is delivered where the venue is some way off."""
    with composed(tmp_path, feed, **paper) as parts:
        heard = [one.run for one in parts.listeners]
        names = [one.__name__ for one in Chores(parts).all() if one not in heard]
    always = [
        "run",
        "_flush_board",
        "_beat",
        "run",
        "watch",
        "_look_after_markets",
        "_keep_candles",
        "_keep_connections",
    ]
    assert (names[: len(always)], set(names[len(always) :])) == (always, more)


@pytest.mark.blocks("a start opens its database before anybody waits for it")
async def test_old_events_are_let_go_of_and_trouble_passes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the settings say for how long they are kept; what is in the way is said, and the next look finds more."""
    asked: list[datetime] = []
    enough = asyncio.Event()

    def step(before: datetime) -> bool:
        asked.append(before)
        if len(asked) == 1:
            raise DatabaseAway("the disk is full")
        if len(asked) == 4:
            loop.call_soon_threadsafe(enough.set)
        return len(asked) < 4

    loop = asyncio.get_running_loop()
    with composed(tmp_path, "none") as parts:
        assert "_cut_journal" not in [one.__name__ for one in Chores(parts).all() if hasattr(one, "__name__")]
        parts.keep = timedelta(seconds=1)
        monkeypatch.setattr(parts.database.retention, "step", step)
        (work,) = [one for one in Chores(parts).all() if getattr(one, "__name__", "") == "_cut_journal"]
        cutting = asyncio.create_task(work())
        async with asyncio.timeout(PATIENCE_S):
            await enough.wait()
        cutting.cancel()
        age = parts.clock.now() - asked[0]
    assert timedelta(seconds=1) <= age < timedelta(seconds=1 + PATIENCE_S)


@pytest.mark.parametrize(("seconds", "is_bound"), [(29, False), (30, True)])
def test_prices_stay_near_the_median_of_the_last_minutes(seconds: int, is_bound: bool) -> None:
    """A tenth of it either way, once there are enough seconds to tell."""
    clock, markets = ManualClock(), {SYMBOL: market()}
    venue = PaperVenue(markets)
    board = MarketBoard(markets, venue, clock)
    for number in range(seconds):
        price = Decimal(100 if number % 10 else 1_000)
        board.observe([PrintReport(SYMBOL, price, Decimal(1), Side.BUY, str(number))], [], clock.now())
        clock.advance(1)
    set_bands(board, venue)
    for name, at in (("far", "111"), ("near", "110")):
        list(venue.execute(Place(name, "", SYMBOL, Side.SELL, Decimal(1), Decimal(at), TimeInForce.GTC)))
    list(venue.execute(Place("b", "", SYMBOL, Side.BUY, Decimal(2), None, TimeInForce.IOC)))
    assert venue.best_ask(SYMBOL) == (Decimal(111) if is_bound else None)
