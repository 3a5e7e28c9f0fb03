"""Every way of breaking a line, drawn at random, while orders pour: over fifty cuts and five hundred events.

`TRADETERM_SOAK=200` makes that ten thousand cuts and a hundred thousand events; `--log-cli-level=info` tells the counts.
"""

import asyncio
import contextlib
import logging
import os
from collections.abc import AsyncIterator, Iterator
from itertools import cycle
from pathlib import Path
from random import Random

import pytest

from tests.e2e.faults import break_line, fault_proxy
from tests.e2e.lines import line
from tests.e2e.servers import Server, Trader, running
from tests.e2e.takers import NO_LIMITS, Taken, check, pouring, taking
from tests.eventually import PATIENCE_S

SOAK = int(os.environ.get("TRADETERM_SOAK", "1"))
CUTS, EVENTS = 50 * SOAK, 500 * SOAK
MONITORED = ("order:", "position:", "trade:")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with running(tmp_path, users=("ann", "bob"), **NO_LIMITS) as started:
        started.add_user("mon", "monitor")
        yield started


@contextlib.asynccontextmanager
async def trading(ann: Trader, bob: Trader) -> AsyncIterator[None]:
    """The two trade with each other, to and fro, past the proxy: fills, positions and balances."""

    async def trade() -> None:
        async with line(ann.url, ann.token) as first, line(bob.url, bob.token) as second:
            for side, other in cycle((("buy", "sell"), ("sell", "buy"))):
                await second.create(other, "0.001", "45000.00")
                await first.create(side, "0.001", "45000.00")
                first.heard.clear()
                second.heard.clear()

    task = asyncio.create_task(trade())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def check_monitor(traders: list[Trader], taken: Taken, firsts: list[int]) -> None:
    """Each account's orders, positions and trades once and in the account's order."""
    for trader, first in zip(traders, firsts, strict=True):
        journal = [one["seq"] for one in trader.events() if one["seq"] >= first and one["event"].startswith(MONITORED)]
        async with asyncio.timeout(PATIENCE_S):
            while (trader.name, journal[-1]) not in zip(taken.accounts, taken.seqs, strict=True):
                taken.more.clear()
                await taken.more.wait()
        found = [seq for account, seq in zip(taken.accounts, taken.seqs, strict=True) if account == trader.name]
        assert found == journal


@pytest.mark.timeout(300 + 6 * SOAK)
async def test_storm_of_breaks_loses_and_doubles_nothing(server: Server) -> None:
    """A trader and a monitor behind lines that break in every way; at the end each has all, once, in order."""
    ann, bob, mon, draw = server.sign_in("ann"), server.sign_in("bob"), server.sign_in("mon"), Random(20261001)
    firsts = [len(trader.events()) + 1 for trader in (ann, bob)]
    async with (
        fault_proxy(server.port) as monitors,
        fault_proxy(server.port) as anns,
        taking(monitors.url, mon) as (_, seen),
        taking(anns.url, ann) as (client, taken),
    ):
        async with trading(ann, bob), pouring(server, ann, pause_s=0):
            while anns.opened + monitors.opened <= CUTS or len(taken.seqs) <= EVENTS:
                await break_line(draw.choice((monitors, anns, anns)), draw)
        await check(ann, client, taken, firsts[0])
        await check_monitor([ann, bob], seen, firsts)
    lines = anns.opened + monitors.opened
    logging.getLogger(__name__).info(
        "lines %d, events to ann %d, to the monitor %d", lines, len(taken.seqs), len(seen.seqs)
    )
