"""The Venue port over an exchange: what leaves with the commit, and what comes again when a turn fails."""

import asyncio
from decimal import Decimal

from server.ports import AgreementReport, Cancel, Place
from server.venues.exchange.venue import ExchangeVenue
from server.venues.paper import PaperVenue
from tests.exchange.virtual_time import run
from tests.server.venues.exchange.fake_exchange import (
    MARKETS,
    SYMBOL,
    USER,
    FakeExchange,
    HexIds,
    LoopClock,
    NoJournal,
)
from tradeterm.protocol.vocabulary import Side, TimeInForce


def made(exchange: FakeExchange) -> ExchangeVenue:
    book = PaperVenue(MARKETS)
    return ExchangeVenue(exchange, book, MARKETS, {}, USER, NoJournal(), LoopClock(), HexIds())


def order(number: int = 1) -> Place:
    return Place(f"{number:032}", USER, SYMBOL, Side.BUY, Decimal(1), Decimal(100), TimeInForce.GTC)


def test_a_request_leaves_with_the_commit_and_not_before() -> None:
    """One of a turn that failed never leaves."""

    async def work() -> None:
        exchange = FakeExchange()
        venue = made(exchange)
        assert not list(venue.send(order(1)))
        venue.undo()
        venue.send(order(2))
        await asyncio.sleep(1)
        assert not exchange.submits
        venue.keep()
        await asyncio.sleep(1)
        assert {*exchange.submits} == {f"{2:032}"}
        venue.send(Cancel(f"{2:032}", SYMBOL))
        venue.keep()
        await asyncio.sleep(1)
        assert [one.seen.ending is None for one in exchange.orders.values()] == [False]

    run(work())


def test_what_a_failed_turn_took_comes_again_in_its_order() -> None:
    """What cannot be taken by itself is put off, and what is behind it does not wait."""

    async def work() -> None:
        venue = made(FakeExchange())
        for number in (1, 2):
            venue.send(order(number))
        venue.keep()
        await venue.wait()
        await asyncio.sleep(1)
        first = [getattr(one, "order_id", "") for one in venue.arrived()]
        assert (len(first), venue.due()) == (2, 0)
        venue.undo()
        assert [one.order_id for one in venue.arrived() if not isinstance(one, AgreementReport)] == first  # type: ignore[union-attr]
        venue.undo()
        venue.put_off(5.0)
        assert [getattr(one, "order_id", "") for one in venue.arrived()] == first[1:]
        venue.keep()
        await asyncio.sleep(6)
        assert [getattr(one, "order_id", "") for one in venue.first_arrived()] == first[:1]

    run(work())


def test_entries_wait_from_the_start_until_the_exchange_was_asked() -> None:
    """And again from when its stream breaks."""

    async def work() -> None:
        exchange = FakeExchange()
        venue = made(exchange)
        task = asyncio.ensure_future(venue.run())
        await asyncio.sleep(2)
        told = [one.agrees for one in venue.arrived() if isinstance(one, AgreementReport)]
        assert (told[0], told[-1]) == (False, True)
        venue.keep()
        exchange.dropped.set()
        await asyncio.sleep(2)
        assert [one.agrees for one in venue.arrived() if isinstance(one, AgreementReport)] == [False, True]
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    run(work())
