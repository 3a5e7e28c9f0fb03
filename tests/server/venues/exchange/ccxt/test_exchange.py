"""The port over ccxt, on the loopback exchange."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import ccxt
import pytest

from server.clock_and_ids import SystemClock
from server.venues.exchange.ccxt.exchange import CcxtExchange, Clients
from server.venues.exchange.ccxt.loading import Access, load
from server.venues.exchange.ccxt.values import Unreadable
from server.venues.exchange.ccxt.weights import Banned, Budget, Urgency
from server.venues.exchange.seen import Ask, Ending, Named
from tests.exchange.faults import coded, plain
from tests.exchange.loopback import KEY, SECRET, Loopback, loopback
from tradeterm.protocol.vocabulary import Side, TimeInForce

SYMBOL = "BTC/USDT"


@asynccontextmanager
async def connected(**options: Any) -> AsyncIterator[tuple[Loopback, CcxtExchange, Budget]]:
    async with loopback() as one:
        access = Access("binance", KEY, SECRET, more={"urls": one.overridden()["urls"], "options": options})
        client, clock = (await load(access, "USDT")).client, SystemClock()
        budget = Budget(clock, asyncio.sleep, 6_000)
        clients = Clients(client, client, lambda: client)
        yield one, CcxtExchange(clients, access.quirks, budget, "USDT", one.now_ms), budget
        await client.close()


def ask(price: str | None, quantity: str = "0.1", **more: bool) -> Ask:
    limit = None if price is None else Decimal(price)
    post_only = more.get("post_only", False)
    return Ask("a" * 32, SYMBOL, Side.BUY, Decimal(quantity), limit, TimeInForce.GTC, post_only)


async def test_an_answer_shows_what_has_happened_by_then() -> None:
    """Taken and filled in one: the trades with their fees, exactly; at market no price is sent."""
    async with connected() as (one, exchange, _):
        await one.make("SELL", "0.5", "50000")
        order, trades = exchange.read(await exchange.submit(ask(None)))
        assert order is not None
        assert order.ending is Ending.FILLED
        assert [(trade.price, trade.fee, trade.fee_currency) for trade in trades] == [
            (Decimal(50_000), Decimal("0.0001"), "BTC")
        ]
        assert "price" not in one.rest.requests[-1][2]
        assert exchange.read({}) == exchange.read({"id": None}) == (None, [])


async def test_an_order_is_found_by_both_names_and_none_is_none() -> None:
    """An order that the exchange does not know is no error; one that cannot be asked for is."""
    async with connected() as (one, exchange, _):
        placed, _ = exchange.read(await exchange.submit(ask("49000")))
        assert placed is not None
        for named in (Named(SYMBOL, "a" * 32, None), Named(SYMBOL, None, placed.venue_order_id)):
            found = await exchange.find(named)
            assert found is not None
            assert (found.venue_order_id, found.client_id) == (placed.venue_order_id, "a" * 32)
        assert await exchange.find(Named(SYMBOL, "b" * 32, None)) is None
        one.faults.meet("GET", "order", coded(503, -1008))
        with pytest.raises(ccxt.BaseError):
            await exchange.find(Named(SYMBOL, "a" * 32, None))
        assert [order.venue_order_id for order in await exchange.open_orders(())] == [placed.venue_order_id]
        await exchange.cancel(Named(SYMBOL, "a" * 32, None))
        assert await exchange.open_orders(()) == []
        assert await exchange.balances() == {"USDT": Decimal(100_000), "BTC": Decimal(1)}


async def test_open_orders_are_asked_for_by_market_where_the_exchange_wants_that() -> None:
    """Many do; ccxt knows which. The way is found out once, and costs no request."""
    async with connected(warnOnFetchOpenOrdersWithoutSymbol=True) as (one, exchange, _):
        placed, _ = exchange.read(await exchange.submit(ask("49000")))
        assert placed is not None
        before = len(one.rest.requests)
        for _ in range(2):
            found = await exchange.open_orders({SYMBOL, "ETH/USDT"})
            assert [order.venue_order_id for order in found] == [placed.venue_order_id]
        assert sorted(request[2].get("symbol", "") for request in one.rest.requests[before:]) == [
            *("BTCUSDT", "BTCUSDT", "ETHUSDT", "ETHUSDT")
        ]
        assert await exchange.open_orders(()) == []
        one.faults.meet("GET", "openOrders", coded(503, -1008))
        with pytest.raises(ccxt.BaseError):
            await exchange.open_orders({SYMBOL})


async def test_a_market_that_is_no_more_hides_no_order_of_the_others() -> None:
    """It was taken off the exchange's list while an order worked in it; else entries would wait in all of them for ever."""
    async with connected(warnOnFetchOpenOrdersWithoutSymbol=True) as (one, exchange, _):
        placed, _ = exchange.read(await exchange.submit(ask("49000")))
        assert placed is not None
        one.faults.meet("GET", "openOrders", coded(400, -1121, "Invalid symbol."))
        found = await exchange.open_orders(["ETH/USDT", SYMBOL])
        assert [order.venue_order_id for order in found] == [placed.venue_order_id]


async def test_a_page_instead_of_an_account_is_no_empty_account() -> None:
    """As a wall answers, or a server that is half there: nothing is known by it, least of all that nothing is held."""
    async with connected() as (one, exchange, _):
        for body in ("", "{}", "[]", "null", "<html>"):
            one.faults.meet("GET", "account", plain(200, body, is_processed=True))
            with pytest.raises(Unreadable):
                await exchange.balances()
        assert await exchange.balances()


async def test_a_ban_is_noted_with_its_time_and_orders_are_refused_before_they_are_sent() -> None:
    """A 418 says until when, and stops proofs too; a 429 without a time stops all but them for a moment."""
    async with connected() as (one, exchange, budget):
        one.faults.meet("GET", "account", coded(429, -1003, "Too many requests."))
        with pytest.raises(ccxt.DDoSProtection):
            await exchange.balances()
        assert 0 < budget.banned_for() <= 10
        assert budget.banned_for(Urgency.PROOF) == 0
        until = one.now_ms() + 120_000
        one.faults.meet("GET", "order", coded(418, -1003, f"Way too many requests; IP banned until {until}."))
        with pytest.raises(ccxt.DDoSProtection):
            await exchange.find(Named(SYMBOL, "a" * 32, None), is_proof=True)
        assert 100 < budget.banned_for(Urgency.PROOF) <= 120
        with pytest.raises(Banned):
            await exchange.submit(ask("49000"))
        assert not [method for method, _, _ in one.rest.requests if method == "POST"]
        assert budget.left < 6_000
