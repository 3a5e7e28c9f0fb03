"""What an exchange shows of orders: each trade booked once, an end told last, and what is nobody's left alone."""

import asyncio
from dataclasses import replace
from decimal import Decimal

import pytest

from server.ports import (
    AdoptedReport,
    CancelledReport,
    ExpiredReport,
    FillReport,
)
from server.venues.exchange.seen import Ending
from server.venues.exchange.sightings import FORGOTTEN
from tests.server.venues.exchange.fake_exchange import Bench, played
from tradeterm.protocol.vocabulary import Reason, TimeInForce


def test_an_order_that_the_exchange_has_forgotten_ends_by_proof() -> None:
    """Not for a look that found nothing: for so long as it may be hidden, and twice; with the trades that it had."""

    async def scene(bench: Bench) -> None:
        order = bench.place()
        await asyncio.sleep(1)
        there, working = bench.of(order), bench.sightings.known.get(order.order_id)
        assert working is not None
        bench.exchange.fill(there, "0.4", tell=False)
        over = []
        for hidden_s in (20.0, 1e9):
            there.visible_at = asyncio.get_running_loop().time() + hidden_s
            for _ in range(5):
                await bench.sightings.look(working)
                over.append(working.is_over)
                await asyncio.sleep(15)
        # The first time it showed again; the second time the fourth look was the first that counted.
        assert over == [False] * 9 + [True]
        there.visible_at = 0
        bench.sightings.order_seen(there.seen)

    bench = played(scene)
    assert bench.names() == ["AcceptedReport", "FillReport", "CancelledReport", "AdoptedReport"]
    (ended,) = [one for one in bench.told if isinstance(one, CancelledReport)]
    assert (ended.reason, ended.text) == (Reason.VENUE_ENDED, FORGOTTEN)


def test_an_order_of_a_market_that_is_not_traded_here_is_nobodys() -> None:
    """An account trades in more than is listed."""

    async def scene(bench: Bench) -> None:
        elsewhere = bench.exchange.accept(replace(bench.trading_ask(), symbol="ODD/USDT"))
        bench.sightings.order_seen(elsewhere.seen)

    assert played(scene).told == []


def test_an_end_that_does_not_say_what_has_filled_waits_for_the_trades() -> None:
    """Without them it would be told as if nothing had: the exchange says that it is cancelled, and not after how much."""

    async def scene(bench: Bench) -> None:
        order = bench.place()
        await asyncio.sleep(1)
        there = bench.of(order)
        bench.exchange.fill(there, "0.4", tell=False)
        there.seen = replace(there.seen, filled=None, ending=Ending.CANCELLED)
        bench.sightings.order_seen(there.seen)

    assert played(scene).names() == ["AcceptedReport", "FillReport", "CancelledReport"]


def test_an_order_that_filled_nothing_ends_though_it_does_not_say_so() -> None:
    async def scene(bench: Bench) -> None:
        order = bench.place()
        await asyncio.sleep(1)
        there = bench.of(order)
        there.seen = replace(there.seen, filled=None, ending=Ending.CANCELLED)
        bench.sightings.order_seen(there.seen)

    assert played(scene).names() == ["AcceptedReport", "CancelledReport"]


def test_trades_that_the_stream_left_out_are_asked_for() -> None:
    """14 of 18 never came; the order says how much has filled."""

    async def scene(bench: Bench) -> None:
        order = bench.place("1.8")
        await asyncio.sleep(1)
        for number in range(18):
            bench.exchange.fill(bench.of(order), "0.1", tell=number in (3, 7, 11, 17))

    bench = played(scene)
    fills = [one for one in bench.told if isinstance(one, FillReport) and one.account]
    assert len(fills) == 18
    assert sum(one.quantity for one in fills) == Decimal("1.8")


def test_trades_that_come_a_moment_after_their_order_are_not_asked_for() -> None:
    """As a stream tells both of each fill: a hundred of them cost no look-up, and the end is told after the last."""

    async def scene(bench: Bench) -> None:
        order = bench.place("100")
        await asyncio.sleep(1)
        bench.exchange.is_mute = True
        there = bench.of(order)
        for _ in range(90):
            trade = bench.exchange.fill(there, "1", tell=False)
            bench.hearsay.order(there.seen)
            bench.hearsay.trade(trade)
        last = bench.exchange.fill(there, "1", tell=False)
        bench.exchange.end(there, Ending.CANCELLED)
        bench.hearsay.order(there.seen)
        bench.hearsay.trade(last)

    bench = played(scene)
    assert bench.names().count("FillReport") == 91
    assert type(bench.told[-1]) is CancelledReport
    assert not bench.exchange.asked["find"]


def test_the_same_trade_after_forty_minutes_counts_once() -> None:
    """Of an order that has long ended."""

    async def scene(bench: Bench) -> None:
        order = bench.place()
        await asyncio.sleep(1)
        trade = bench.exchange.fill(bench.of(order), "1")
        await asyncio.sleep(2_400)
        bench.hearsay.trade(trade)
        bench.sightings.order_seen(bench.of(order).seen)

    assert played(scene).names() == ["AcceptedReport", "FillReport"]


def test_a_trade_after_its_orders_end_is_an_order_of_its_own() -> None:
    """So that the money that moved there moves here."""

    async def scene(bench: Bench) -> None:
        order = bench.place()
        await asyncio.sleep(1)
        bench.exchange.end(bench.of(order), Ending.EXPIRED)
        bench.exchange.fill(bench.of(order), "0.2")

    bench = played(scene)
    assert bench.names() == ["AcceptedReport", "ExpiredReport", "AdoptedReport", "FillReport"]
    adopted, fill = bench.told[2], bench.told[3]
    assert isinstance(adopted, AdoptedReport)
    assert isinstance(fill, FillReport)
    assert adopted.order_id == fill.order_id


@pytest.mark.parametrize("ending", [Ending.EXPIRED, Ending.REJECTED, Ending.CANCELLED])
def test_an_end_with_fills_keeps_them(ending: Ending) -> None:
    """Rejected with fills too: they come first, and the rest is expired."""

    async def scene(bench: Bench) -> None:
        order = bench.place(force=TimeInForce.IOC)
        await asyncio.sleep(0.08)
        bench.exchange.fill(bench.of(order), "0.5")
        bench.exchange.end(bench.of(order), ending)

    bench = played(scene)
    assert bench.names()[:2] == ["AcceptedReport", "FillReport"]
    # Most exchanges say cancelled of what is left of an immediate order.
    ended = bench.told[-1]
    assert isinstance(ended, ExpiredReport)
    assert ended.reason is Reason.IOC_REMAINDER
