"""The SDK against a real server over lines that break: nothing lost, nothing twice, nothing out of order.

`TRADETERM_SOAK` multiplies the number of cuts.
"""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from tests.e2e.faults import cut_each, fault_proxy
from tests.e2e.servers import Server, running
from tests.e2e.takers import NO_LIMITS, check, pouring, taking

SOAK = int(os.environ.get("TRADETERM_SOAK", "1"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("faults"), users=("ann", "bob"), **NO_LIMITS) as started:
        yield started


async def test_cut_at_every_byte_of_the_first_frames(server: Server) -> None:
    """From the first byte of the handshake's answer to the middle of a replayed event: nothing is lost or doubled."""
    ann = server.sign_in("ann")
    first = len(ann.events()) + 1
    async with (
        fault_proxy(server.port) as proxy,
        taking(proxy.url, ann) as (_, taken),
        pouring(server, ann),
    ):
        await cut_each(proxy, range(1, 2400, max(1, 12 // SOAK)))
        await taken.until(first + 50)
        proxy.cut()
    assert taken.seqs == list(range(first, first + len(taken.seqs)))


async def test_state_after_many_cuts_is_the_servers(server: Server) -> None:
    """Cuts at random bytes under load with fills on both sides; at the end client and server agree on everything."""
    ann, bob, draw = server.sign_in("ann"), server.sign_in("bob"), Random(7)
    first = len(ann.events()) + 1
    async with fault_proxy(server.port) as proxy, taking(proxy.url, ann) as (client, taken):
        async with pouring(server, ann):
            for _ in range(20 * SOAK):
                bob.order("sell", "0.001", "45000.00")
                ann.order("buy", "0.001", "45000.00")
                budget = draw.randrange(1, 20_000)
                await cut_each(proxy, range(budget, budget + 1))
        ann.order("buy", "0.01", "29000.00")
        await check(ann, client, taken, first)


async def test_new_line_before_the_old_one_is_known_dead(server: Server) -> None:
    """The server still believes in the old socket: both get the events, the client each once."""
    ann = server.sign_in("ann")
    first = len(ann.events()) + 1
    async with fault_proxy(server.port) as proxy, taking(proxy.url, ann) as (_, taken), pouring(server, ann):
        for _ in range(5 * SOAK):
            seen = len(taken.seqs)
            proxy.abandon()
            await taken.until(first + seen + 20)
    assert taken.seqs == list(range(first, first + len(taken.seqs)))


@pytest.mark.slow
async def test_half_open_line_is_noticed_and_mended(server: Server) -> None:
    """Nothing passes any more and nobody is told: the client notices by the missing heartbeats and comes back."""
    ann = server.sign_in("ann")
    first = len(ann.events()) + 1
    async with fault_proxy(server.port) as proxy, taking(proxy.url, ann) as (client, taken):
        proxy.swallow()
        for _ in range(5):
            ann.order("buy", "0.001", "30000.00")
        await check(ann, client, taken, first)


async def test_kill_of_the_server_at_random_moments_loses_nothing(server: Server) -> None:
    """`kill -9` under load, again and again: what was committed arrives once, what was not never shows."""
    ann, draw = server.sign_in("ann"), Random(11)
    first = len(ann.events()) + 1
    async with fault_proxy(server.port) as proxy, taking(proxy.url, ann) as (client, taken):
        for _ in range(3 * SOAK):
            async with pouring(server, ann):
                await taken.until(first + len(taken.seqs) + draw.randrange(50))
                await asyncio.to_thread(server.kill)
            await asyncio.to_thread(server.start)
        server.sign_in("ann").order("buy", "0.001", "30000.00")
        await check(ann, client, taken, first)


async def test_client_goes_on_from_its_position_file(server: Server, tmp_path: Path) -> None:
    """A client that is ended anywhere and started again goes on; only the event in its hands comes once more."""
    ann, kept = server.sign_in("ann"), tmp_path / "position.json"
    seqs: list[int] = []
    async with pouring(server, ann):
        for _ in range(4 * SOAK):
            async with taking(server.url, ann, kept) as (_, taken):
                await taken.until((seqs[-1] if seqs else len(ann.events())) + 20)
            assert not seqs or taken.seqs[0] in (seqs[-1], seqs[-1] + 1)
            seqs += taken.seqs[1:] if seqs and taken.seqs[0] == seqs[-1] else taken.seqs
    assert seqs == list(range(seqs[0], seqs[-1] + 1))


async def test_late_bytes_and_cuts_among_them(server: Server) -> None:
    """Everything is held for a tenth of a second both ways, also the acknowledgements and what a cut then loses."""
    ann, draw = server.sign_in("ann"), Random(5)
    first = len(ann.events()) + 1
    async with fault_proxy(server.port) as proxy, taking(proxy.url, ann) as (client, taken):
        proxy.delay_s = 0.1
        async with pouring(server, ann):
            for _ in range(4 * SOAK):
                budget = draw.randrange(1, 20_000)
                await cut_each(proxy, range(budget, budget + 1))
            await taken.until(first + len(taken.seqs) + 20)
        await check(ann, client, taken, first)
