"""The account's stream through ccxt, and the ways in which it dies."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from server.venues.exchange.ccxt import stream as ccxt_stream
from server.venues.exchange.ccxt.loading import Access, load, make_client
from server.venues.exchange.ccxt.stream import follow
from server.venues.exchange.seen import Listeners, SeenOrder, SeenTrade
from tests.eventually import PATIENCE_S
from tests.exchange.loopback import KEY, SECRET, Loopback, loopback, until


class Heard:
    def __init__(self) -> None:
        self.orders: list[SeenOrder] = []
        self.trades: list[SeenTrade] = []
        self.touched: list[str] = []
        self.connected = 0

    def connect(self) -> None:
        self.connected += 1

    @property
    def listening(self) -> Listeners:
        return Listeners(self.connect, self.orders.append, self.trades.append, self.touched.append)


async def following(one: Loopback, heard: Heard, secret: str = SECRET) -> "asyncio.Task[None]":
    access = Access("binance", KEY, secret, more={"urls": one.overridden()["urls"]})
    loaded = await load(access, "USDT")
    client: Any = make_client(access)
    client.set_markets_from_exchange(loaded.client)
    task = asyncio.ensure_future(follow(client, heard.listening, "/USDT", one.now_ms))
    await until(lambda: heard.connected == 1 or task.done())
    return task


def mine(one: Loopback, price: str) -> Any:
    return one.exchange.place(
        *(KEY, "BTCUSDT", "BUY", "LIMIT"), client_id="c" * 32, quantity=Decimal("0.3"), price=Decimal(price)
    )


async def test_every_trade_is_heard_and_the_order_as_it_is_last() -> None:
    """Also those that come in one breath; another market's are left out."""
    heard = Heard()
    async with loopback() as one:
        task = await following(one, heard)
        mine(one, "49000")
        for _ in range(3):
            await one.make("SELL", "0.1", "49000")
        await until(lambda: len(heard.trades) == 3)
        await until(lambda: bool(heard.orders) and heard.orders[-1].ending is not None)
        assert len({trade.trade_id for trade in heard.trades}) == 3
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.mark.parametrize("way", ["cut", "garbled", "ended", "refused"])
async def test_a_stream_that_died_raises(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Closed, broken by a frame, ended by the exchange's own word, or never opened: never a wait for ever."""
    monkeypatch.setattr(ccxt_stream, "PING_MS", 100)
    monkeypatch.setattr(ccxt_stream, "SILENT_MS", 600)
    heard = Heard()
    # The library's own receive loop dies of the broken frame, and tells only the loop of it.
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)
    async with loopback() as one:
        task = await following(one, heard, "wrong" if way == "refused" else SECRET)
        if way == "cut":
            await one.streams.cut()
        elif way == "garbled":
            await one.streams.garble()
        elif way == "ended":
            await one.streams.tell_users({"e": "eventStreamTerminated", "E": one.now_ms()})
        with pytest.raises((Exception, ExceptionGroup)):
            async with asyncio.timeout(PATIENCE_S):
                await task
        assert task.done()
        assert heard.connected == (way != "refused")
