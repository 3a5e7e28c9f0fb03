"""What the feed asks of an exchange's library: of ccxt itself, on the loopback exchange, and of the recorded stand-in."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from server.lean_ccxt import exchange_class
from tests.exchange.kraken import SYMBOL, kraken
from tests.exchange.loopback import until
from tests.server.marketdata.test_live import BOOK, TRADE, RecordedExchange

LEVELS = 10


@dataclass
class Listed:
    """An exchange, and the market of it that has a book of two sides."""

    exchange: Any
    symbol: str
    listens: Callable[[], bool]  # whether somebody has subscribed to its trades
    trade: Callable[[], Any]


@asynccontextmanager
async def by_ccxt() -> AsyncIterator[Listed]:
    async with kraken() as (one, more):
        await one.make("SELL", "1", "50000.1")
        await one.make("SELL", "1", "50000.2")
        await one.make("BUY", "2", "49999.9")
        exchange = exchange_class("kraken")(more)
        try:
            yield Listed(
                exchange,
                SYMBOL,
                lambda: one.public.listeners("trade") == 1,
                lambda: one.make("BUY", "0.25", "50000.1"),
            )
        finally:
            await exchange.close()


@asynccontextmanager
async def recorded() -> AsyncIterator[Listed]:
    async def trade() -> None:
        """It was recorded."""

    yield Listed(RecordedExchange([BOOK] * 2, [[TRADE]] * 2), "BTC/USDT", lambda: True, trade)


@pytest.fixture(params=[by_ccxt, recorded], ids=["ccxt", "recorded"])
async def listed(request: pytest.FixtureRequest) -> AsyncIterator[Listed]:
    async with request.param() as made:
        yield made


async def test_the_markets_are_known_once_they_are_loaded(listed: Listed) -> None:
    """By the library's names, and its clock is in milliseconds."""
    await listed.exchange.load_markets()
    assert listed.symbol in listed.exchange.markets
    assert listed.exchange.milliseconds() > 1_600_000_000_000
    assert listed.exchange.has["watchOrderBook"]
    assert listed.exchange.has["watchTrades"]


@pytest.mark.parametrize("is_stream", [True, False])
async def test_a_book_is_two_sides_of_levels_from_the_best_on(listed: Listed, is_stream: bool) -> None:
    """A level begins with its price and its size, both numbers."""
    await listed.exchange.load_markets()
    exchange, symbol = listed.exchange, listed.symbol
    book = await (exchange.watch_order_book(symbol) if is_stream else exchange.fetch_order_book(symbol, LEVELS))
    bids, asks = ([level[0] for level in book[side]] for side in ("bids", "asks"))
    assert [*bids[::-1], *asks] == sorted({*bids, *asks})
    assert bids
    assert asks
    assert all(level[1] > 0 for side in ("bids", "asks") for level in book[side])
    assert {type(number) for side in ("bids", "asks") for level in book[side] for number in level[:2]} <= {float, int}


@pytest.mark.parametrize("is_stream", [True, False])
async def test_a_trade_tells_its_number_price_size_side_and_time(listed: Listed, is_stream: bool) -> None:
    await listed.exchange.load_markets()
    if is_stream:
        (one,) = await told(listed)
    else:
        await listed.trade()
        one = (await listed.exchange.fetch_trades(listed.symbol))[-1]
    assert str(one["id"])
    assert (one["amount"], one["side"]) == (0.25, "buy")
    assert one["price"] == pytest.approx(50_000.1 if listed.symbol == SYMBOL else 45_000.13)
    assert one["timestamp"] is None or one["timestamp"] > 1_600_000_000_000


async def told(listed: Listed) -> Any:
    """What a subscription brings first, of a trade that is made once it is there."""
    waiting = asyncio.ensure_future(listed.exchange.watch_trades(listed.symbol))
    await until(listed.listens)
    await listed.trade()
    return await waiting
