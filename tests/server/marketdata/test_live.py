"""A real exchange's streams, from a recorded stand-in: mirrored books, traded queues, and a feed that comes back."""

import asyncio
from collections.abc import Sequence
from decimal import Decimal, localcontext
from itertools import islice
from typing import Any

import pytest

from server.marketdata.live import WAITING, CcxtFeed, outside_symbol
from server.ports import PrintReport, Report
from server.venues.paper import PaperVenue
from tests.builders import market
from tests.eventually import PATIENCE_S
from tradeterm.protocol.arithmetic import MONEY

SYMBOL = "BTC/USD"
BOOK = {"bids": [[44999.87, 1.5], [44999.1, 2.0]], "asks": [[45000.13, 0.7], [45001.0, 3.0]]}
TRADE = {"id": "7", "price": 45000.13, "amount": 0.25, "side": "buy", "timestamp": None}


class RecordedExchange:
    """Plays answers that an exchange once gave; at their end it is silent. An answer that is an error is raised."""

    def __init__(self, books: Sequence[Any], trades: Sequence[Any], streams: bool = True) -> None:
        self.has = {"watchOrderBook": streams, "watchTrades": streams}
        self.markets: dict[str, dict[str, Any]] = {"BTC/USDT": {}, "ETH/USD": {}}
        self._books, self._trades = list(books), list(trades)
        self.asked: list[str] = []
        self.silent = asyncio.Event()
        self.is_closed = False
        self.now = 1_700_000_000_000

    def milliseconds(self) -> int:
        return self.now

    async def load_markets(self) -> None:
        self.asked.append("markets")

    async def watch_order_book(self, symbol: str) -> Any:
        return await self._next(self._books, f"book {symbol}")

    async def watch_trades(self, symbol: str) -> Any:
        return await self._next(self._trades, f"trades {symbol}")

    async def fetch_order_book(self, symbol: str, limit: int) -> Any:
        return await self._next(self._books, f"fetched book {symbol}")

    async def fetch_trades(self, symbol: str) -> Any:
        return await self._next(self._trades, f"fetched trades {symbol}")

    async def close(self) -> None:
        self.is_closed = True

    async def _next(self, answers: list[Any], asked: str) -> Any:
        self.asked.append(asked)
        if not answers:
            if not self._books and not self._trades:
                self.silent.set()
            await asyncio.Event().wait()
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


class Rig:
    """The feed on a paper venue, run until the exchange has no more to say."""

    def __init__(self, books: Sequence[Any], trades: Sequence[Any], streams: bool = True) -> None:
        self.exchange = RecordedExchange(books, trades, streams)
        self.markets = {SYMBOL: market(), "XRP/USD": market("XRP/USD")}
        self.venue = PaperVenue(self.markets)
        self.slept: list[float] = []
        self.has_slept = asyncio.Event()
        self.feed = CcxtFeed(lambda: self.exchange, self.markets, self._sleep)

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.has_slept.set()
        await asyncio.sleep(0)

    async def run(self) -> list[Report]:
        task = asyncio.create_task(self.feed.run())
        async with asyncio.timeout(PATIENCE_S):
            await self.exchange.silent.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return self.drain()

    def drain(self) -> list[Report]:
        reports: list[Report] = []
        with localcontext(MONEY):
            for _, step in self.feed.steps():
                if not step.requests:
                    return reports
                for request in step.requests:
                    reports += self.venue.execute(request)
        return reports


async def test_the_exchanges_book_stands_in_the_paper_book() -> None:
    """On our tick, bids down and asks up; what was told first is replaced by what is told next."""
    rig = Rig([{"bids": [[44000.0, 9.0]], "asks": [[46000.0, 9.0]]}, BOOK], [])
    await rig.run()
    assert rig.venue.depth(SYMBOL, 10) == (
        [(Decimal("44999.5"), Decimal("1.5")), (Decimal("44999.0"), Decimal("2.0"))],
        [(Decimal("45000.5"), Decimal("0.7")), (Decimal("45001.0"), Decimal("3.0"))],
    )


async def test_its_trades_are_printed_once() -> None:
    """The same trade told again is not another trade."""
    rig = Rig([BOOK], [[TRADE], [TRADE, TRADE | {"id": "8", "amount": 0.5}]])
    prints = [one for one in await rig.run() if type(one) is PrintReport]
    assert sum((one.quantity for one in prints), Decimal(0)) == Decimal("0.75")
    assert {(one.price, str(one.side)) for one in prints} == {(Decimal(45_000), "buy")}


async def test_what_was_traded_before_it_was_read_prints_nothing() -> None:
    """Not what the exchange answers a subscription with, nor what it tells again after a break; what follows does, in its
    order."""
    began = 1_700_000_000_000
    past = [TRADE | {"id": f"p{number}", "timestamp": began - 1_000 * number} for number in (1, 2, 3)]
    new = [TRADE | {"id": f"n{number}", "amount": number, "timestamp": began + number} for number in (2, 1)]
    rig = Rig([BOOK], [past, [*past, *new], OSError("cut"), [*past, *new, TRADE | {"id": "9", "timestamp": began}]])
    prints = [one for one in await rig.run() if type(one) is PrintReport]
    assert [one.quantity for one in prints] == [Decimal(1), Decimal(2), Decimal("0.25")]


async def test_an_exchange_that_fails_is_asked_again_less_and_less_often() -> None:
    """And its markets come back by themselves."""
    rig = Rig([OSError("down"), OSError("down"), BOOK], [])
    await rig.run()
    assert rig.slept[:2] == [1.0, 2.0]
    assert rig.venue.best_bid(SYMBOL) == Decimal("44999.5")


async def test_without_streams_it_is_polled_and_the_first_answer_is_the_past() -> None:
    """Trades from before the first look print nothing."""
    rig = Rig([BOOK], [[TRADE], [TRADE, TRADE | {"id": "8"}]], streams=False)
    prints = [one for one in await rig.run() if type(one) is PrintReport]
    assert sum((one.quantity for one in prints), Decimal(0)) == Decimal("0.25")
    assert "fetched book BTC/USDT" in rig.exchange.asked


async def test_markets_that_it_does_not_list_are_left_alone_and_it_is_closed() -> None:
    """No stream is asked for them; a cancelled feed closes its exchange."""
    rig = Rig([BOOK], [])
    await rig.run()
    assert not [one for one in rig.exchange.asked if "XRP" in one]
    assert rig.exchange.is_closed


async def test_streams_wait_when_nobody_takes_what_they_bring() -> None:
    """What waits is bounded, however much the exchange says."""
    wild = [{"bids": [[40_000.0 + n, 1.0]], "asks": [[50_000.0 + n, 1.0]]} for n in range(WAITING)]
    rig = Rig(wild, [])
    task = asyncio.create_task(rig.feed.run())
    async with asyncio.timeout(PATIENCE_S):
        await rig.has_slept.wait()
    waiting = sum(len(step.requests) for _, step in islice(rig.feed.steps(), 20))
    assert WAITING < waiting < WAITING + 100
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def test_a_dollar_market_may_be_in_a_coin_that_stands_for_it() -> None:
    """The same symbol first; another currency is never mistaken for the dollar."""
    assert outside_symbol("BTC/USD", {"BTC/USDT": {}, "BTC/USD": {}}) == "BTC/USD"
    assert outside_symbol("BTC/USD", {"BTC/USDC": {}, "BTC/EUR": {}}) == "BTC/USDC"
    assert outside_symbol("BTC/EUR", {"BTC/USDT": {}}) is None
