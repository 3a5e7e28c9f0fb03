"""What a real exchange costs: 3,500 markets loaded, the memory of a server that trades there, and how long a submit takes
from the adapter to the wire. Prints figures, asserts nothing. `python -m tests.bench exchanges`.

The exchange is a loopback one, in a process of its own.
"""

import asyncio
import gc
import multiprocessing
import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

from server.clock_and_ids import SystemClock
from server.venues.exchange.ccxt.exchange import CcxtExchange, Clients
from server.venues.exchange.ccxt.loading import Access, Loaded, load, make_client
from server.venues.exchange.ccxt.weights import Budget
from server.venues.exchange.seen import Ask
from tests.exchange.in_thread import loopback_in_thread
from tests.exchange.loopback import KEY, SECRET, Loopback
from tests.exchange.matching import Rules
from tradeterm.protocol.vocabulary import Side, TimeInForce

MARKETS = 3_500
SUBMITS = 2_000
TICK_S = 0.001
QUOTES = ("USDT", "USDC", "BTC", "EUR", "TRY", "FDUSD", "BNB")


def listed() -> list[Rules]:
    """As many as the largest exchange lists, a seventh of them in each currency."""
    return [
        Rules(f"C{number}{quote}", f"C{number}", quote, Decimal("0.0001"), Decimal("0.01"), Decimal(5))
        for number in range(MARKETS // len(QUOTES))
        for quote in QUOTES
    ]


def _serve(ready: Any, over: Any) -> None:
    with loopback_in_thread() as one:
        one.exchange.rules |= {rules.symbol: rules for rules in listed()}
        ready.put(one.port)
        over.get()


@contextmanager
def exchange_process() -> Iterator[Loopback]:
    """An exchange somewhere else; only its address is to be used."""
    spawn = multiprocessing.get_context("spawn")
    ready, over = spawn.Queue(), spawn.Queue()
    process = spawn.Process(target=_serve, args=(ready, over))
    process.start()
    here = Loopback()
    here.port = ready.get(timeout=60)
    try:
        yield here
    finally:
        over.put(None)
        process.join(10)


async def longest_stall(over: asyncio.Event) -> float:
    """How long the loop stood still at most until `over`: seconds of this process's processor time, so that what else the
    machine does is not counted."""
    longest, last = 0.0, time.process_time()
    while not over.is_set():
        await asyncio.sleep(TICK_S)
        now = time.process_time()
        longest, last = max(longest, now - last), now
    return longest


def resident_mb(process: str = "self") -> float:
    found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{process}/status").read_text())
    return int(found[1]) / 1_024 if found else 0.0


def access_to(here: Loopback) -> Access:
    return Access("binance", KEY, SECRET, more={"urls": here.overridden()["urls"]})


async def loaded_and_watched(here: Loopback) -> tuple[Loaded, float, float]:
    """(what was loaded, how long that took, how long the loop stood still at most)"""
    over = asyncio.Event()
    watching = asyncio.create_task(longest_stall(over))
    began = time.perf_counter()
    loaded = await load(access_to(here), "USDT")
    took = time.perf_counter() - began
    over.set()
    return loaded, took, await watching


async def submits(loaded: Loaded) -> list[float]:
    """Of each, seconds of processor time from the adapter to where its bytes would go."""
    access, clock, sent = Access("binance", KEY, SECRET), SystemClock(), list[float]()
    client = make_client(access)
    client.set_markets_from_exchange(loaded.client)

    async def fetch(*_: Any) -> Any:
        sent.append(time.process_time())
        return {"orderId": 1, "symbol": "C1USDT", "status": "NEW"}

    client.fetch = fetch
    exchange = CcxtExchange(
        Clients(client, client, lambda: client), access.quirks, Budget(clock, asyncio.sleep, 10**9), "USDT", lambda: 0
    )
    ask = Ask("a" * 32, "C1/USDT", Side.BUY, Decimal("10.01"), Decimal("1.2345"), TimeInForce.GTC, post_only=False)
    spent = []
    for _ in range(SUBMITS):
        began = time.process_time()
        await exchange.submit(ask)
        spent.append(sent[-1] - began)
    await client.close()
    return sorted(spent)


async def measured(here: Loopback) -> None:
    gc.disable()  # as a server's start does
    before = resident_mb()
    loaded, took, stall = await loaded_and_watched(here)
    print(f"{len(loaded.client.markets):,} markets loaded, {len(loaded.markets):,} listed: {took:.2f} s")
    print(f"the loop stood still for at most {stall * 1_000:.1f} ms meanwhile")
    print(f"memory of ccxt and the markets: {resident_mb() - before:.0f} MB")
    spent = await submits(loaded)
    print(
        f"a submit to the wire: p50 {spent[len(spent) // 2] * 1e6:.0f} us, p99 {spent[len(spent) * 99 // 100] * 1e6:.0f} us"
    )
    await loaded.client.close()


def server_memory(here: Loopback) -> None:
    from tests.e2e.servers import Server
    from tests.e2e.test_live import written

    environ = {"TRADETERM_VENUES__BINANCE__API_KEY": KEY, "TRADETERM_VENUES__BINANCE__SECRET": SECRET}
    with tempfile.TemporaryDirectory() as folder:
        file = written(Path(folder), here)
        server = Server(Path(folder), ("--venue", "binance", "--config", str(file)), environ)
        server.add_user("ann")
        server.start()
        try:
            time.sleep(3)  # its stream and its first reconciliation
            print(
                f"memory of a server that trades there: {resident_mb(str(server.process.pid if server.process else 'self')):.0f} MB"
            )
        finally:
            server.kill()


def main() -> None:
    with exchange_process() as here:
        asyncio.run(measured(here))
        server_memory(here)
