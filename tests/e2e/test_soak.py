"""Everything at once for long: sessions on every transport, orders, reading, exports and sign-ins leave the server's memory
where it was.

Some seconds by default; `TRADETERM_SOAK=1800` makes it two hours. The first tenth of the time fills caches and is the
measure; what is resident then is printed beside what is at the end.
"""

import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from random import Random

import pytest
from websockets.exceptions import ConnectionClosed

from server.gateway.commands.unanswered import AWAY
from tests.e2e.bystanders import memory_kb
from tests.e2e.engines import caller
from tests.e2e.lines import line
from tests.e2e.rawlines import raw_line
from tests.e2e.servers import Server, Trader, running
from tradeterm.protocol.vocabulary import CloseCode

SOAK = float(os.environ.get("TRADETERM_SOAK", "1"))
RUN_S = 4 * SOAK
PACE_S = 1.5 if SOAK > 1 else 0.0  # between two rounds, so that a long run leaves the machine to others
SIGN_IN_EVERY = 20  # rounds
USERS = ("ann", "ben", "cas")
WARM_UP = 15  # rounds: what is made and loaded at its first use
FIRST = 0.1  # of the time
GROWTH = 1.10
BUSY = 503  # the disk of a loaded machine may take longer than a reader is let wait
WELL = (200, 409, 429, BUSY)
SLACK_KB = (
    40_000  # allocators do not give back all at once: a password's hash takes 19 MB, in every thread that made one
)


async def by_socket(server: Server, trader: Trader) -> None:
    """`/ws`: signed in, subscribed, an order made and cancelled, closed."""
    async with line(server.url, trader.token) as opened:
        await opened.subscribe()
        answer = await opened.create("buy", "0.001", "30000.00")
        if "order" in answer.get("data", {}):
            await opened.ask("order.cancel", data={"id": answer["data"]["order"]["id"]})


async def by_cut_socket(server: Server, trader: Trader) -> None:
    async with raw_line(server.port) as opened:
        await opened.upgrade(trader.token)


async def by_socketio(server: Server, trader: Trader) -> None:
    async with caller(server.url, "websocket") as client:
        assert "sid" in await client.connect(trader.token)
        await client.ask("subscribe", "trading")


async def by_polling(server: Server, trader: Trader) -> None:
    async with caller(server.url, "polling", verify=False) as client:
        assert "sid" in await client.connect(trader.token)
        await client.engine.send("1")


async def by_left_polling(server: Server, trader: Trader) -> None:
    """A session that nobody polls again and nobody ends."""
    async with caller(server.url, "polling", verify=False) as client:
        await client.connect(trader.token)


async def by_orders(server: Server, trader: Trader) -> None:
    """In and out at the market, a refusal, an amend."""
    await asyncio.to_thread(_trade, trader)


def _trade(trader: Trader) -> None:
    for body in (
        {"symbol": "BTC/USD", "side": "buy", "type": "market", "quantity": "0.01"},
        {"symbol": "BTC/USD", "side": "sell", "type": "market", "quantity": "0.01"},
        {"symbol": "BTC/USD", "side": "buy", "type": "limit"},
        {"symbol": "BTC/USD", "side": "buy", "type": "limit", "quantity": "0.001", "price": "30000.00"},
    ):
        answer = trader.http.post("/orders", json=body)
        assert answer.status_code in (201, 422, BUSY), answer.text
    if answer.status_code != BUSY:
        assert trader.http.patch(f"/orders/{answer.json()['id']}", json={"price": "29999.00"}).status_code in WELL
    assert trader.http.delete("/orders").status_code in WELL


async def by_reading(server: Server, trader: Trader) -> None:
    """Pages, and a document."""
    for path in (
        "/orders",
        "/trades",
        "/positions",
        "/account",
        "/markets",
        "/auth/sessions",
        server.url + "/openapi.json",
    ):
        assert (await asyncio.to_thread(trader.http.get, path)).status_code in WELL


async def by_export(server: Server, trader: Trader) -> None:
    """A page of events of the account's beginning."""
    assert (await asyncio.to_thread(trader.http.get, "/events", params={"limit": 500})).status_code in WELL


async def by_refused_token(server: Server, trader: Trader) -> None:
    async with caller(server.url, "websocket") as client:
        assert "message" in await client.connect("nonsense")


Way = Callable[[Server, Trader], Awaitable[None]]
WAYS: tuple[Way, ...] = (
    by_socket,
    by_cut_socket,
    by_socketio,
    by_polling,
    by_left_polling,
    by_orders,
    by_reading,
    by_export,
    by_refused_token,
)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    flags = ("--feed", "synthetic", "--seed", "3")
    limits = {"TRADETERM_LIMITS__SOCKETS_PER_MIN": "0", "TRADETERM_LIMITS__SOCKETS_PER_USER": "0"}
    with running(tmp_path, *flags, users=USERS, **limits) as started:
        yield started


async def _once(server: Server, traders: list[Trader], draw: Random) -> None:
    await asyncio.gather(*(_as_far_as_the_disk_goes(way, server, draw.choice(traders)) for way in WAYS))


async def _as_far_as_the_disk_goes(way: Way, server: Server, trader: Trader) -> None:
    """What a reader is told on a socket when the disk takes too long, as 503 is by REST."""
    try:
        await way(server, trader)
    except ConnectionClosed as closed:
        if closed.rcvd is None or closed.rcvd.code != CloseCode.INTERNAL or AWAY not in closed.rcvd.reason:
            raise


@pytest.mark.timeout(300 + 2 * RUN_S)
async def test_memory_stays_where_it_was(server: Server) -> None:
    traders, draw = [server.sign_in(name) for name in USERS], Random(7)
    for _ in range(WARM_UP):
        await _once(server, traders, draw)
    _sign_in_again(server, traders)
    began, first, rounds, told = time.monotonic(), 0, 0, 0.0
    while (now := time.monotonic() - began) < RUN_S:
        await _once(server, traders, draw)
        rounds += 1
        if rounds % SIGN_IN_EVERY == 0:
            _sign_in_again(server, traders)
        if not first and time.monotonic() - began >= FIRST * RUN_S:
            first = memory_kb(server)  # once at least, however long a round takes
        if now - told > 60:
            told = now
            _say(f"{now:.0f} s, {rounds} rounds: {memory_kb(server) // 1000} MB")
        await asyncio.sleep(PACE_S)
    last = memory_kb(server)
    _say(f"{rounds} rounds of {len(WAYS)}: {first // 1000} MB after a tenth, {last // 1000} MB at the end")
    assert last < GROWTH * first + SLACK_KB


def _sign_in_again(server: Server, traders: list[Trader]) -> None:
    """Everybody signs in anew, and leaves what they had."""
    for old in tuple(traders):
        traders[traders.index(old)] = server.sign_in(old.name)
        old.http.post(f"{server.url}/api/v1/auth/logout")
        old.http.close()
        server.traders.remove(old)


def _say(figures: str) -> None:
    sys.stderr.write(f"{figures}\n")
    sys.stderr.flush()
