"""The SDK against a real server over lines that break: nothing lost, nothing twice, nothing out of order.

`TRADETERM_SOAK` multiplies the number of cuts.
"""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pytest

from tests.e2e.faults import FaultProxy, fault_proxy
from tests.e2e.lines import line
from tests.e2e.servers import Server, Trader, running
from tradeterm.client.client import TradingClient

SOAK = int(os.environ.get("TRADETERM_SOAK", "1"))
LIMITS = {
    "TRADETERM_LIMITS__COMMANDS_PER_S": "0",
    "TRADETERM_LIMITS__SOCKETS_PER_MIN": "0",
    "TRADETERM_LIMITS__SOCKETS_PER_USER": "0",
}
PATIENCE_S = 30.0


class AtOnce(Random):
    """Jitter that never waits."""

    def uniform(self, a: float, b: float) -> float:
        return 0.0


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with running(tmp_path, users=("ann", "bob"), **LIMITS) as started:
        yield started


@dataclass
class Taken:
    """What a client's `events()` gave, by seq, in the order it came."""

    seqs: list[int] = field(default_factory=list)
    more: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, client: TradingClient) -> None:
        async for event in client.events():
            assert event.seq is not None
            self.seqs.append(event.seq)
            self.more.set()

    async def until(self, seq: int) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not self.seqs or self.seqs[-1] < seq:
                self.more.clear()
                await self.more.wait()


@contextlib.asynccontextmanager
async def taking(
    url: str, trader: Trader, position_file: Path | None = None
) -> AsyncIterator[tuple[TradingClient, Taken]]:
    """A live client of the SDK, and what it takes."""
    taken = Taken()
    async with TradingClient(url, token=trader.token, random=AtOnce(), position_file=position_file) as client:
        task = asyncio.create_task(taken.take(client))
        await client.live()
        try:
            yield client, taken
        finally:
            task.cancel()


@contextlib.asynccontextmanager
async def pouring(server: Server, trader: Trader, pause_s: float = 0.01) -> AsyncIterator[None]:
    """Orders that rest and are cancelled, one after the other, past the proxy."""

    async def pour() -> None:
        async with line(server.url, trader.token) as socket:
            while True:
                made = await socket.create("buy", "0.001", "30000.00")
                await socket.ask("order.cancel", data={"id": made["data"]["order"]["id"]})
                socket.heard.clear()
                await asyncio.sleep(pause_s)

    task = asyncio.create_task(pour())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def check(trader: Trader, client: TradingClient, taken: Taken, first: int) -> None:
    """Every journaled event since `first` once and in order, and the client's state the server's."""
    journal = [one["seq"] for one in trader.events()]
    await taken.until(journal[-1])
    assert taken.seqs == list(range(first, journal[-1] + 1))
    shown = {order.id for order in client.store.orders.values()}
    assert shown == {one["id"] for one in trader.items("/orders", status="open")}
    positions = {one["symbol"]: one["quantity"] for one in trader.items("/positions")}
    assert {symbol: str(one.quantity) for symbol, one in client.store.positions.items()} == positions
    (balance,) = trader.items("/balances")
    kept = client.store.balances["USD"]
    assert (str(kept.total), str(kept.reserved)) == (balance["total"], balance["reserved"])


async def cut_each(proxy: FaultProxy, budgets: range) -> None:
    """Cut one line after each of these numbers of bytes, and wait each time until the next line is there."""
    for budget in budgets:
        proxy.cut_after = budget
        opened = proxy.opened
        proxy.cut()
        async with asyncio.timeout(PATIENCE_S):
            while proxy.opened < opened + 2:
                await proxy.next_line()


async def test_cut_at_every_byte_of_the_first_frames(server: Server) -> None:
    """From the first byte of the handshake's answer to the middle of a replayed event: nothing is lost or doubled."""
    ann = server.sign_in("ann")
    first = len(ann.events()) + 1
    async with (
        fault_proxy(server.port) as proxy,
        taking(proxy.url, ann) as (_, taken),
        pouring(server, ann),
    ):
        await cut_each(proxy, range(1, 2400, max(1, 48 // SOAK)))
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
            with contextlib.suppress(Exception):  # the pouring line dies with the server
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
