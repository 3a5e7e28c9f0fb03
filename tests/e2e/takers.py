"""A client of the SDK in a test's hands: everything it takes, orders that pour, and what must be true at the end."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from websockets.exceptions import ConnectionClosed

from tests.e2e.lines import line
from tests.e2e.servers import Server, Trader
from tests.eventually import PATIENCE_S
from tradeterm.client.trading_client import TradingClient

# A test that floods must not be the one that the limits stop.
NO_LIMITS = {
    "TRADETERM_LIMITS__COMMANDS_PER_S": "0",
    "TRADETERM_LIMITS__SOCKETS_PER_MIN": "0",
    "TRADETERM_LIMITS__SOCKETS_PER_USER": "0",
}


class AtOnce(Random):
    """Jitter that never waits."""

    def uniform(self, a: float, b: float) -> float:
        return 0.0


@dataclass
class Taken:
    """What a client's `events()` gave, by seq, in the order it came; to a monitor also whose it was."""

    seqs: list[int] = field(default_factory=list)
    accounts: list[str | None] = field(default_factory=list)
    more: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, client: TradingClient) -> None:
        async for event in client.events():
            assert event.seq is not None
            self.seqs.append(event.seq)
            self.accounts.append(event.account)
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
    """Orders that rest and are cancelled, one after the other, past the proxy; until the server is killed, at most."""

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
        try:
            await task
        except asyncio.CancelledError:
            pass
        except ConnectionClosed as error:
            if error.rcvd is not None:  # the server did not die, it closed the line
                raise


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
