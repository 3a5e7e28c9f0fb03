"""What every exchange must do that answers the adapter's port: ccxt on the loopback exchange, and the fake in memory, which
the adapter's own tests are played on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Protocol

import pytest

from server.clock_and_ids import SystemClock
from server.venues.exchange.ccxt.exchange import CcxtExchange, Clients
from server.venues.exchange.ccxt.loading import Access, load, make_client
from server.venues.exchange.ccxt.weights import Budget
from server.venues.exchange.seen import Ask, Ending, ExchangeApi, Listeners, Named, SeenOrder, SeenTrade
from server.venues.submit_outcome import class_names
from tests.eventually import in_time
from tests.exchange.loopback import KEY, SECRET, Loopback, loopback
from tests.server.venues.exchange.fake_exchange import FakeExchange
from tradeterm.protocol.vocabulary import Liquidity, Side, TimeInForce

SYMBOL, PRICE = "BTC/USDT", Decimal(49_000)
A, B = "a" * 32, "b" * 32


class House(Protocol):
    """An exchange with one account, and what others do there."""

    @property
    def api(self) -> ExchangeApi: ...

    async def sell(self, quantity: str) -> None:
        """Somebody sells as much at `PRICE`, to whoever bids there first."""
        ...

    async def cut(self) -> None:
        """The account's stream is lost."""
        ...


class FakeHouse:
    def __init__(self) -> None:
        self.api = FakeExchange()

    async def sell(self, quantity: str) -> None:
        order = next(one for one in self.api.orders.values() if one.seen.ending is None)
        self.api.fill(order, quantity)

    async def cut(self) -> None:
        self.api.dropped.set()


class LoopbackHouse:
    def __init__(self, exchange: Loopback, api: CcxtExchange) -> None:
        self._exchange, self.api = exchange, api

    async def sell(self, quantity: str) -> None:
        await self._exchange.make("SELL", quantity, str(PRICE))

    async def cut(self) -> None:
        await self._exchange.streams.cut()


@asynccontextmanager
async def fake_house() -> AsyncIterator[House]:
    yield FakeHouse()


@asynccontextmanager
async def loopback_house() -> AsyncIterator[House]:
    async with loopback() as one:
        access = Access("binance", KEY, SECRET, more={"urls": one.overridden()["urls"]})
        client = (await load(access, "USDT")).client

        def streaming() -> object:
            made = make_client(access)
            made.set_markets_from_exchange(client)
            return made

        budget = Budget(SystemClock(), asyncio.sleep, 6_000)
        clients = Clients(client, client, streaming)
        try:
            yield LoopbackHouse(one, CcxtExchange(clients, access.quirks, budget, "USDT", one.now_ms))
        finally:
            await client.close()


@pytest.fixture(params=[loopback_house, fake_house], ids=["ccxt", "fake"])
async def house(request: pytest.FixtureRequest) -> AsyncIterator[House]:
    async with request.param() as made:
        yield made


async def bid(house: House, client_id: str = A, quantity: str = "0.3") -> Named:
    """A bid that rests, by both of its names."""
    await house.api.submit(Ask(client_id, SYMBOL, Side.BUY, Decimal(quantity), PRICE, TimeInForce.GTC, False))
    seen = await house.api.find(Named(SYMBOL, client_id, None))
    assert seen is not None
    return Named(SYMBOL, client_id, seen.venue_order_id)


async def found(house: House, named: Named) -> SeenOrder:
    seen = await house.api.find(named)
    assert seen is not None
    return seen


async def test_an_order_is_shown_alike_by_its_answer_and_under_both_names(house: House) -> None:
    """As it was asked for, at work, nothing of it filled."""
    answer = await house.api.submit(Ask(A, SYMBOL, Side.BUY, Decimal("0.3"), PRICE, TimeInForce.GTC, False))
    shown, trades = house.api.read(answer)
    assert shown is not None
    quantity, nothing = Decimal("0.3"), Decimal(0)
    asked = SeenOrder(shown.venue_order_id, A, SYMBOL, Side.BUY, quantity, PRICE, nothing, None, shown.why)
    assert shown == asked
    assert trades == []
    for named in (Named(SYMBOL, A, None), Named(SYMBOL, None, shown.venue_order_id)):
        assert await house.api.find(named) == shown


async def test_an_answer_without_an_order_s_name_shows_nothing(house: House) -> None:
    assert [house.api.read(answer) for answer in (None, {}, {"id": None}, "ok")] == [(None, [])] * 4


async def test_an_order_that_is_not_known_is_none(house: House) -> None:
    """By our name and by theirs; that is no error, and an order which is there hides nothing of it."""
    await bid(house)
    assert await house.api.find(Named(SYMBOL, B, None)) is None
    assert await house.api.find(Named(SYMBOL, None, "999999")) is None


async def test_fills_are_counted_into_the_order_and_listed(house: House) -> None:
    """Each once, as maker, with what it cost in fees; the last one ends it."""
    named = await bid(house)
    assert await house.api.trades_of(named) == []
    await house.sell("0.1")
    part = await found(house, named)
    assert (part.filled, part.ending) == (Decimal("0.1"), None)
    await house.sell("0.2")
    whole = await found(house, named)
    assert (whole.filled, whole.ending) == (Decimal("0.3"), Ending.FILLED)
    trades = await house.api.trades_of(named)
    assert [(one.quantity, one.price) for one in trades] == [(Decimal("0.1"), PRICE), (Decimal("0.2"), PRICE)]
    assert len({one.trade_id for one in trades}) == 2
    assert {(one.venue_order_id, one.symbol, one.side, one.liquidity) for one in trades} == {
        (named.venue_order_id, SYMBOL, Side.BUY, Liquidity.MAKER)
    }
    assert all(one.fee is not None for one in trades)


async def test_trades_are_asked_for_by_the_exchange_s_name_alone(house: House) -> None:
    """It lists none by ours."""
    await bid(house)
    with pytest.raises(AssertionError):
        await house.api.trades_of(Named(SYMBOL, A, None))


async def test_a_cancelled_order_ends_with_what_it_has_filled(house: House) -> None:
    """It works no more, and is found all the same."""
    named = await bid(house)
    await house.sell("0.1")
    await house.api.cancel(named)
    seen = await found(house, named)
    assert (seen.filled, seen.ending) == (Decimal("0.1"), Ending.CANCELLED)
    assert await house.api.open_orders([SYMBOL]) == []


async def test_an_order_can_be_cancelled_by_our_name(house: House) -> None:
    """Its answer, with their name of it, may have been lost."""
    named = await bid(house)
    await house.api.cancel(Named(SYMBOL, A, None))
    assert (await found(house, named)).ending is Ending.CANCELLED


async def test_what_works_no_more_cannot_be_cancelled(house: House) -> None:
    """Neither what never did: it is said, and nothing changes."""
    named = await bid(house)
    await house.sell("0.3")
    for gone in (named, Named(SYMBOL, B, None), Named(SYMBOL, None, "999999")):
        with pytest.raises(Exception) as refused:  # noqa: PT011 - the library's own, told by its name
            await house.api.cancel(gone)
        assert "OrderNotFound" in class_names(refused.value)
    assert (await found(house, named)).ending is Ending.FILLED


async def test_open_orders_are_those_that_work(house: House) -> None:
    """One that is partly filled among them."""
    first, second = await bid(house, A), await bid(house, B)
    await house.sell("0.1")
    assert {one.venue_order_id for one in await house.api.open_orders([SYMBOL])} == {
        first.venue_order_id,
        second.venue_order_id,
    }
    await house.api.cancel(second)
    assert await house.api.open_orders([SYMBOL]) == [await found(house, first)]


async def test_balances_name_what_is_held_and_nothing_else(house: House) -> None:
    """Also what an order binds."""
    before = await house.api.balances()
    await bid(house)
    assert await house.api.balances() == before
    assert before["USDT"] == 100_000
    assert all(type(held) is Decimal and held for held in before.values())


async def test_a_name_is_free_again_once_its_order_works_no_more(house: House) -> None:
    """While it works, a second one is refused; after that it is another order, and the newest of that name is found."""
    first = await bid(house)
    with pytest.raises(Exception, match=r"(?i)duplicate"):
        await bid(house)
    assert len(await house.api.open_orders([SYMBOL])) == 1
    await house.api.cancel(first)
    assert (await bid(house)).venue_order_id != first.venue_order_id


class Heard:
    """What was told of an account."""

    def __init__(self) -> None:
        self.connected = 0
        self.orders: list[SeenOrder] = []
        self.trades: list[SeenTrade] = []
        self.listeners = Listeners(self._connect, self.orders.append, self.trades.append, lambda name: None)

    def _connect(self) -> None:
        self.connected += 1

    def has_filled(self) -> bool:
        return len(self.trades) == 2 and any(one.ending is Ending.FILLED for one in self.orders)


async def test_the_stream_tells_what_look_ups_find(house: House) -> None:
    """From its connection on: an order as it rests, each trade once, its end; and it raises when it is lost."""
    heard = Heard()
    listening = asyncio.ensure_future(house.api.listen(heard.listeners))
    await in_time(lambda: heard.connected == 1)
    named = await bid(house)
    await in_time(lambda: len(heard.orders) == 1)
    assert heard.orders[0] == await found(house, named)
    await house.sell("0.1")
    await house.sell("0.2")
    await in_time(heard.has_filled)
    told = sorted(heard.trades, key=lambda one: one.trade_id)
    assert told == sorted(await house.api.trades_of(named), key=lambda one: one.trade_id)
    await house.cut()
    with pytest.raises(Exception):  # noqa: B017, PT011 - whatever it broke by
        await asyncio.wait_for(listening, 60)
    assert heard.connected == 1
