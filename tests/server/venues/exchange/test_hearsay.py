"""What a stream says is a hint: of what is not known here the exchange is asked first."""

import asyncio
from dataclasses import replace
from decimal import Decimal

import ccxt

from server.ports import AdoptedReport
from tests.server.venues.exchange.fake_exchange import Bench, Fate, played


def test_an_order_under_way_is_known_though_the_stream_does_not_say_our_id() -> None:
    """It comes before the answer: it is looked up, and is not taken for somebody else's."""

    async def scene(bench: Bench) -> None:
        bench.exchange.is_mute = True
        bench.exchange.fate = lambda: Fate(0.05, answer_s=2.0)
        order = bench.place()
        await asyncio.sleep(0.2)
        there = bench.of(order)
        bench.hearsay.order(replace(there.seen, client_id="0"))
        bench.hearsay.trade(bench.exchange.fill(there, "1", tell=False))

    assert played(scene).names() == ["AcceptedReport", "FillReport"]


def test_an_order_of_elsewhere_is_taken_in_as_a_look_up_shows_it() -> None:
    """The stream said another size."""

    async def scene(bench: Bench) -> None:
        bench.exchange.is_mute = True
        there = bench.exchange.accept(replace(bench.trading_ask(), client_id="by-hand"))
        bench.hearsay.order(replace(there.seen, quantity=Decimal(0)))

    (adopted,) = played(scene).told
    assert isinstance(adopted, AdoptedReport)
    assert (adopted.quantity, adopted.late_of) == (Decimal(1), None)


def test_what_another_program_traded_is_asked_about_once() -> None:
    """However much the stream says of it: nothing is made of it, and our own look-ups are not held up."""

    async def scene(bench: Bench) -> None:
        bench.exchange.is_mute = True
        there = bench.exchange.accept(replace(bench.trading_ask(), client_id="by-hand"))
        trades = [bench.exchange.fill(there, "0.1", tell=False) for _ in range(10)]
        for trade in trades:
            bench.hearsay.trade(trade)
            bench.hearsay.order(there.seen)
            await bench.quiet()
        assert bench.exchange.asked["find"] == 1

    assert played(scene).told == []


def test_what_cannot_be_asked_about_is_left_to_the_next_reconciliation() -> None:
    """Nothing is made of it, and it may be asked about again."""

    async def scene(bench: Bench) -> None:
        bench.exchange.is_mute = True
        there = bench.exchange.accept(replace(bench.trading_ask(), client_id="by-hand"))
        bench.exchange.deaf = lambda: ccxt.RequestTimeout("late")
        bench.hearsay.order(there.seen)
        await bench.quiet()
        assert bench.told == []
        bench.exchange.deaf = lambda: None
        bench.hearsay.order(there.seen)

    assert played(scene).names() == ["AdoptedReport"]


def test_a_word_that_says_nothing_of_an_order_has_it_looked_up() -> None:
    """Kraken's of a cancel: a name alone. One of an order that is none of ours is nobody's."""

    async def scene(bench: Bench) -> None:
        order = bench.place()
        await asyncio.sleep(1)
        bench.exchange.is_mute = True
        bench.exchange.fill(bench.of(order), "1", tell=False)
        bench.hearsay.touched("none of ours")
        bench.hearsay.touched(bench.of(order).seen.venue_order_id)

    bench = played(scene)
    assert bench.names() == ["AcceptedReport", "FillReport"]
    assert bench.exchange.asked["find"] == 1
