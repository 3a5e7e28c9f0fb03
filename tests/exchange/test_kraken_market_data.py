"""Kraken's books and trades on paper: unmodified ccxt on production addresses, and the feed that reads it."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from decimal import Decimal, localcontext
from random import Random

import pytest

from server.lean_ccxt import exchange_class
from server.marketdata.live import CcxtFeed
from server.ports import PrintReport
from server.venues.paper import PaperVenue
from tests.builders import market
from tests.exchange.kraken import PAIR, SYMBOL, Kraken, kraken
from tests.exchange.loopback import until
from tests.exchange.matching import BUY, SELL
from tradeterm.protocol.arithmetic import MONEY

STEPS = 60
MARKET = market(SYMBOL, tick=Decimal("0.1"), lot=Decimal("0.00000001"))


class OnPaper:
    """The feed on a paper venue of its own: what stands in it, and what was printed."""

    def __init__(self, feed: CcxtFeed) -> None:
        self._feed, self.venue = feed, PaperVenue({SYMBOL: MARKET})
        self._steps = feed.steps()
        self.printed: defaultdict[tuple[Decimal, str], Decimal] = defaultdict(Decimal)  # quantity by price and side

    def take(self) -> None:
        """What has come by now."""
        with localcontext(MONEY):
            for request in next(self._steps)[1].requests:
                for one in self.venue.execute(request):
                    if type(one) is PrintReport:
                        self.printed[one.price, str(one.side)] += one.quantity

    def shows(self, exchange: Kraken) -> bool:
        """Whether its book is the exchange's."""
        self.take()
        there = [exchange.exchange.levels(PAIR, side, 10) for side in (BUY, SELL)]
        return [*self.venue.depth(SYMBOL, 10)] == there


@asynccontextmanager
async def on_paper(*, is_past_told: bool = False) -> AsyncIterator[tuple[Kraken, OnPaper]]:
    """With a trade of before anybody looked, and a book."""
    async with kraken() as (one, more):
        one.public.is_past_told = is_past_told
        await one.make("SELL", "1", "50000.1")
        await one.make("BUY", "0.25", "50000.1")
        await one.make("BUY", "2", "49999.9")
        feed = CcxtFeed(lambda: exchange_class("kraken")(more), {SYMBOL: MARKET})
        reading = asyncio.create_task(feed.run())
        try:
            await until(lambda: one.public.listeners("book") == one.public.listeners("trade") == 1 or reading.done())
            yield one, OnPaper(feed)
        finally:
            reading.cancel()
            with suppress(asyncio.CancelledError):
                await reading


async def test_its_book_stands_on_paper_after_whatever_was_done_to_it() -> None:
    """Levels that come, change, trade and go, more of them than are told; then the line is cut, and more is done."""
    draw = Random(17)
    async with on_paper() as (one, paper):
        for step in range(STEPS):
            if step == STEPS // 2:
                await one.cut()
            side = draw.choice(("BUY", "SELL"))
            price = Decimal(500_000 + draw.randint(-12, 8 if side == "BUY" else 12)) / 10
            await one.make(side, str(Decimal(draw.randint(1, 9)) / 100), str(price))
        await until(lambda: one.public.listeners("book") == 1)
        await until(lambda: paper.shows(one))


@pytest.mark.parametrize("is_past_told", [False, True])
async def test_its_trades_are_printed_once_and_the_past_is_not(is_past_told: bool) -> None:
    """Also where a subscription is answered with what was traded before."""
    async with on_paper(is_past_told=is_past_told) as (one, paper):
        await one.make("BUY", "0.5", "50000.1")
        await one.make("SELL", "0.125", "49999.9")

        def printed() -> bool:
            paper.take()
            return (Decimal("49999.9"), "sell") in paper.printed

        await until(printed)
        await one.make("BUY", "1", "49000")  # the next change of the book brings what the trades left of it
        await until(lambda: paper.shows(one))
        assert paper.printed == {
            (Decimal("50000.1"), "buy"): Decimal("0.5"),
            (Decimal("49999.9"), "sell"): Decimal("0.125"),
        }
