"""The loopback exchange is Binance to unmodified ccxt: over overridden addresses and over the production ones."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from copy import deepcopy
from decimal import Decimal
from typing import Any

import ccxt
import ccxt.pro
import pytest

from tests.exchange.faults import Fault, coded
from tests.exchange.loopback import Loopback, loopback, production, until

SYMBOL = "BTC/USDT"


@asynccontextmanager
async def connected(way: str) -> AsyncIterator[tuple[Loopback, Any]]:
    """The exchange and a ccxt client of it, one way or the other."""
    if way == "overridden":
        async with loopback() as one:
            client = ccxt.pro.binance(one.overridden())
            try:
                yield one, client
            finally:
                await client.close()
        return
    async with loopback(with_tls=True) as one, production(one) as settings:
        client = ccxt.pro.binance(settings)
        try:
            yield one, client
        finally:
            await client.close()


both_ways = pytest.mark.parametrize("way", ["overridden", "production"])


@both_ways
async def test_an_order_lives_and_ends(way: str) -> None:
    """Markets, a resting order by both its names, its cancel, a trade with fees, balances: all as ccxt reads them."""
    async with connected(way) as (one, client):
        markets = await client.load_markets()
        assert set(markets) == {"BTC/USDT", "ETH/USDT"}
        assert markets[SYMBOL]["precision"]["price"] == 0.01
        await one.make("SELL", "0.5", "50000")
        resting = await client.create_order(SYMBOL, "limit", "buy", 0.1, 49_000, {"clientOrderId": "a" * 32})
        assert (resting["status"], resting["clientOrderId"]) == ("open", "a" * 32)
        for found in (
            await client.fetch_order(resting["id"], SYMBOL),
            await client.fetch_order(None, SYMBOL, {"clientOrderId": "a" * 32}),
            (await client.fetch_open_orders(SYMBOL))[0],
        ):
            assert (found["id"], found["remaining"]) == (resting["id"], 0.1)
        await client.cancel_order(resting["id"], SYMBOL)
        assert (await client.fetch_order(resting["id"], SYMBOL))["status"] == "canceled"
        taken = await client.create_order(SYMBOL, "limit", "buy", 0.2, 50_100, {"timeInForce": "IOC"})
        assert (taken["status"], taken["average"], taken["filled"]) == ("closed", 50_000, 0.2)
        (fill,) = await client.fetch_my_trades(SYMBOL)
        assert (fill["price"], fill["amount"], fill["fee"]) == (50_000, 0.2, {"currency": "BTC", "cost": 0.0002})
        balance = await client.fetch_balance()
        assert (balance["USDT"]["free"], balance["BTC"]["total"]) == (90_000, 1.1998)


@both_ways
async def test_the_signed_stream_tells_orders_and_trades(way: str) -> None:
    """Resting, partly filled, filled: told as they happen, after the subscription was acknowledged."""
    async with connected(way) as (one, client):
        await client.load_markets()
        client.balance.setdefault("spot", {})  # else ccxt's loop dies of the first position that it hears
        await client.authenticate({"type": "spot"})
        assert one.streams.listeners == 1
        order = await client.create_order(SYMBOL, "limit", "buy", 0.3, 49_000)
        seen = deepcopy(await client.watch_orders())
        assert [(each["id"], each["status"]) for each in seen] == [(order["id"], "open")]
        await one.make("SELL", "0.1", "49000")
        (trade,) = deepcopy(await client.watch_my_trades())
        assert (trade["order"], trade["amount"], trade["takerOrMaker"]) == (order["id"], 0.1, "maker")
        await one.make("SELL", "0.2", "49000")
        while not any(each["status"] == "closed" for each in deepcopy(await client.watch_orders())):
            pass


async def test_public_streams_tell_the_tape_and_the_touch() -> None:
    """What everybody may see."""
    async with connected("overridden") as (one, client):
        await client.load_markets()
        watching = asyncio.ensure_future(client.watch_trades(SYMBOL))
        quoting = asyncio.ensure_future(client.watch_bids_asks([SYMBOL]))
        await until(lambda: one.streams.subscriptions == 2)
        await one.make("BUY", "1", "48000")
        await one.make("SELL", "1", "50000")
        await one.make("BUY", "0.5", "50000")
        (trade,) = await watching
        assert (trade["price"], trade["amount"], trade["side"]) == (50_000, 0.5, "buy")
        touch = (await quoting)[SYMBOL]
        assert (touch["bid"], touch["ask"]) == (48_000, 50_000)


REFUSALS: dict[str, tuple[str, float, float | None, dict[str, Any], type[Exception]]] = {
    "too large": ("limit", 100, 49_000, {}, ccxt.InsufficientFunds),
    "too cheap": ("limit", 0.00001, 100, {}, ccxt.BadRequest),
    "post-only over the spread": ("limit", 0.1, 51_000, {"postOnly": True}, ccxt.OrderImmediatelyFillable),
}


@pytest.mark.parametrize("name", REFUSALS)
async def test_what_it_refuses_is_refused_as_binance_says_it(name: str) -> None:
    """And nothing has changed."""
    kind, amount, price, more, error = REFUSALS[name]
    async with connected("production") as (one, client):
        await client.load_markets()
        await one.make("SELL", "0.5", "50000")
        with pytest.raises(error):
            await client.create_order(SYMBOL, kind, "buy", amount, price, more)
        assert await client.fetch_open_orders(SYMBOL) == []
        assert one.account.locked.get("USDT", Decimal(0)) == 0


async def test_keys_signatures_and_time_are_checked() -> None:
    """A wrong secret, an unknown key, a clock that is behind or ahead."""
    async with connected("overridden") as (one, client):
        await client.load_markets()
        one.skew_ms = 12_000
        with pytest.raises(ccxt.InvalidNonce):
            await client.fetch_balance()
        one.skew_ms = -2_000
        with pytest.raises(ccxt.InvalidNonce):
            await client.fetch_balance()
        one.skew_ms = 9_000
        await client.fetch_balance()
        client.secret = "wrong"
        with pytest.raises(ccxt.AuthenticationError):
            await client.fetch_balance()


async def test_client_ids_are_unique_among_open_orders_only() -> None:
    """The trap of every retry: after a fill the same id is a second order."""
    async with connected("overridden") as (one, client):
        await client.load_markets()
        again = {"clientOrderId": "b" * 32}
        await client.create_order(SYMBOL, "limit", "buy", 0.1, 49_000, again)
        with pytest.raises(ccxt.InvalidOrder, match="Duplicate order sent"):
            await client.create_order(SYMBOL, "limit", "buy", 0.1, 49_000, again)
        await one.make("SELL", "0.1", "49000")
        await client.create_order(SYMBOL, "limit", "buy", 0.1, 49_000, again)
        assert len([order for order in one.exchange.orders.values() if order.client_id == "b" * 32]) == 2


async def test_stops_rest_until_their_price_trades() -> None:
    """A stop-limit order of the exchange's own."""
    async with connected("overridden") as (one, client):
        await client.load_markets()
        stop = {"stopLossPrice": 47_000}
        order = await client.create_order(SYMBOL, "limit", "sell", 0.1, 46_900, stop)
        await one.make("BUY", "1", "46950")
        assert (await client.fetch_order(order["id"], SYMBOL))["status"] == "open"
        await one.make("BUY", "0.1", "47000")
        await one.make("SELL", "0.1", "47000")
        assert (await client.fetch_order(order["id"], SYMBOL))["status"] == "closed"


async def test_money_is_neither_made_nor_lost() -> None:
    """After trades, cancels and refusals: what both accounts hold and paid in fees is what they began with."""
    async with connected("overridden") as (one, client):
        await client.load_markets()
        for number in range(10):
            await one.make("SELL", "0.03", str(50_000 + number))
            await one.make("BUY", "0.02", str(49_900 - number))
        for side, price in (("buy", 50_004), ("sell", 49_893), ("buy", 40_000), ("sell", 60_000)):
            await client.create_order(SYMBOL, "limit", side, 0.1, price)
        await client.create_order(SYMBOL, "market", "buy", 0.05)
        for order in await client.fetch_open_orders(SYMBOL):
            await client.cancel_order(order["id"], SYMBOL)
        accounts = one.exchange.accounts.values()
        fees = {"BTC": Decimal(0), "USDT": Decimal(0)}
        for fills in one.exchange.fills.values():
            for fill in fills:
                fees[fill.fee_asset] += fill.fee
        for asset, began in (("BTC", 1_001), ("USDT", 10_100_000)):
            held = sum(each.free.get(asset, Decimal(0)) + each.locked.get(asset, Decimal(0)) for each in accounts)
            assert held + fees[asset] == began


async def test_a_fault_is_met_once_and_says_whether_it_was_processed() -> None:
    """The switch that the fault matrix stands on."""
    async with connected("production") as (one, client):
        await client.load_markets()
        for fault, orders in ((Fault(is_dropped=True), 1), (coded(400, -1013), 0), (Fault(is_truncated=True), 1)):
            before = len(one.exchange.orders)
            one.faults.meet("POST", "order", fault)
            with pytest.raises(ccxt.BaseError):
                await client.create_order(SYMBOL, "limit", "buy", 0.001, 49_000)
            assert len(one.exchange.orders) - before == orders
        await client.create_order(SYMBOL, "limit", "buy", 0.001, 49_000)


async def test_no_other_host_can_be_reached() -> None:
    """The way over production addresses fails closed."""
    async with connected("production") as (_, client):
        await client.load_markets()
        with pytest.raises(ccxt.ExchangeNotAvailable):
            await client.fetch("https://fapi.binance.com/fapi/v1/time")
