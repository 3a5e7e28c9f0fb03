"""Changing what works at an exchange: the old one ended there, then the new one, and one order here."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import ccxt
import pytest

from server.ports import (
    AdoptedReport,
    Amend,
    AmendedReport,
    AmendRejectedReport,
    Cancel,
    CancelledReport,
    FillReport,
    Place,
)
from server.venues.exchange.amending import Amending
from tests.exchange.virtual_time import run
from tests.server.venues.exchange.fake_exchange import MARKETS, SYMBOL, Bench, FakeExchange, Fate
from tradeterm.protocol.vocabulary import Reason


def amended(scene: Callable[[Bench, Amending, Place], Any]) -> Bench:
    """An order of 1 @ 100 that works, and what a scene makes of it."""

    async def work() -> Bench:
        bench = Bench()
        amending = Amending(bench.trading, bench.sightings, MARKETS, {})
        order = bench.place()
        await asyncio.sleep(1)
        await scene(bench, amending, order)
        await bench.quiet()
        return bench

    return run(work())


async def change(bench: Bench, amending: Amending, order: Place, leaves: str, filled: str = "0") -> None:
    working = bench.sightings.known.get(order.order_id)
    assert working is not None
    amend = Amend(order.order_id, SYMBOL, Decimal(leaves), Decimal(101), Decimal(filled))
    await amending.amend(working, amend)


def working_there(bench: Bench) -> list[tuple[Decimal | None, Decimal | None]]:
    return [(one.seen.quantity, one.seen.price) for one in bench.exchange.orders.values() if one.seen.ending is None]


def test_an_order_goes_on_under_another_name_and_says_so() -> None:
    """One works there at the end, of the new terms."""
    bench = amended(lambda bench, amending, order: change(bench, amending, order, "2"))
    assert working_there(bench) == [(Decimal(2), Decimal(101))]
    report = bench.told[-1]
    assert isinstance(report, AmendedReport)
    assert (report.leaves, report.price, report.venue_order_id) == (Decimal(2), Decimal(101), "1002")
    assert report.text is not None
    assert bench.names() == ["AcceptedReport", "AmendedReport"]


def follow(**how: Any) -> Bench:
    """What the server asks for by itself, after the owner made it 0.5 @ 101."""

    async def scene(bench: Bench, amending: Amending, order: Place) -> None:
        await change(bench, amending, order, "0.5")
        working = bench.sightings.known.get(order.order_id)
        assert working is not None
        await amending.amend(working, Amend(order.order_id, SYMBOL, Decimal("0.8"), Decimal(100), Decimal(0), **how))

    return amended(scene)


def test_a_cut_makes_no_order_larger_and_moves_none() -> None:
    """To 0.8, of an order that is 0.5 by now."""
    assert working_there(follow(cuts=True)) == [(Decimal("0.5"), Decimal(101))]


def test_growth_is_of_what_the_order_is_by_then() -> None:
    """By 0.3, where it stands."""
    assert working_there(follow(more=Decimal("0.3"))) == [(Decimal("0.8"), Decimal(101))]


def test_what_fills_on_the_way_comes_off() -> None:
    """It is a total that was asked for; nothing is left: the order has ended."""

    async def some(bench: Bench, amending: Amending, order: Place) -> None:
        bench.exchange.fill(bench.of(order), "0.4", tell=False)
        await change(bench, amending, order, "2")

    bench = amended(some)
    assert working_there(bench) == [(Decimal("1.6"), Decimal(101))]
    assert bench.names() == ["AcceptedReport", "FillReport", "AmendedReport"]

    async def all_of_it(bench: Bench, amending: Amending, order: Place) -> None:
        bench.exchange.fill(bench.of(order), "0.4", tell=False)
        await change(bench, amending, order, "0.4")

    bench = amended(all_of_it)
    assert not working_there(bench)
    assert bench.names() == ["AcceptedReport", "FillReport", "AmendRejectedReport", "CancelledReport"]


def test_a_new_one_that_is_refused_ends_the_order() -> None:
    """The old one is gone: told as what it is."""

    async def scene(bench: Bench, amending: Amending, order: Place) -> None:
        bench.exchange.fate = lambda: Fate(None, answer=ccxt.InsufficientFunds("no"))
        await change(bench, amending, order, "2")

    bench = amended(scene)
    assert bench.names() == ["AcceptedReport", "AmendRejectedReport", "CancelledReport"]
    ended = bench.told[-1]
    assert isinstance(ended, CancelledReport)
    assert ended.reason is Reason.REPLACED


def test_a_new_one_whose_answer_is_lost_is_found() -> None:
    """Unconfirmed meanwhile, and then changed; never sent twice."""

    async def scene(bench: Bench, amending: Amending, order: Place) -> None:
        bench.exchange.fate = lambda: Fate(2.0, answer=ccxt.RequestTimeout("late"))
        await change(bench, amending, order, "2")

    bench = amended(scene)
    assert bench.names() == ["AcceptedReport", "UnconfirmedReport", "AmendedReport"]
    assert {*bench.exchange.submits.values()} == {1}


def test_a_new_one_that_never_came_is_taken_in_when_it_comes_after_all() -> None:
    """The order has ended here by then: it is one of its own."""

    async def scene(bench: Bench, amending: Amending, order: Place) -> None:
        bench.exchange.fate = lambda: Fate(200.0, answer=ccxt.RequestTimeout("late"))
        await change(bench, amending, order, "2")
        await asyncio.sleep(200)

    bench = amended(scene)
    assert bench.names()[2:] == ["AmendRejectedReport", "CancelledReport", "AdoptedReport"]
    assert [one.late_of for one in bench.told if isinstance(one, AdoptedReport)] == [bench.told[0].order_id]  # type: ignore[union-attr]


def test_the_same_order_changed_before_and_after_a_restart_goes_by_two_ids() -> None:
    """Some exchanges never take one twice, or answer with the order that had it."""

    async def scene(bench: Bench, amending: Amending, order: Place) -> None:
        await change(bench, amending, order, "2")
        (_, second) = bench.exchange.orders.values()
        after = Bench(bench.exchange)
        after.trading.restore(replace(order, venue_order_id=second.seen.venue_order_id, quantity=Decimal(2)))
        await change(after, Amending(after.trading, after.sightings, MARKETS, {}), order, "3")
        await after.quiet()

    bench = amended(scene)
    assert {*bench.exchange.submits.values()} == {1}
    assert len(bench.exchange.submits) == 3


@pytest.mark.parametrize("is_told", [True, False], ids=["told", "traded"])
@pytest.mark.parametrize("size", ["2", "0.5"])
def test_what_a_new_one_fills_before_its_answer_is_booked_at_once(
    monkeypatch: pytest.MonkeyPatch, size: str, is_told: bool
) -> None:
    """Its stream is quicker than an answer that says no more than that it was taken."""
    monkeypatch.setattr(FakeExchange, "read", lambda *_: (None, []))

    async def scene(bench: Bench, amending: Amending, order: Place) -> None:
        bench.exchange.fate = lambda: Fate(answer_s=1.0)
        task = asyncio.ensure_future(change(bench, amending, order, "2"))
        await asyncio.sleep(0.3)
        (new,) = (one for one in bench.exchange.orders.values() if one.seen.ending is None)
        bench.hearsay.trade(bench.exchange.fill(new, size, tell=False))
        if is_told:
            bench.hearsay.order(new.seen)
        await task

    bench = amended(scene)
    assert bench.names() == ["AcceptedReport", "AmendedReport", "FillReport"]
    assert {one.quantity for one in bench.told if isinstance(one, FillReport)} == {Decimal(size)}


def test_a_cancel_wins_over_a_change_that_is_under_way() -> None:
    """Nothing works there afterwards."""

    async def scene(bench: Bench, amending: Amending, order: Place) -> None:
        task = asyncio.ensure_future(change(bench, amending, order, "2"))
        await asyncio.sleep(0.01)
        bench.trading.cancel(Cancel(order.order_id, SYMBOL))
        await task

    bench = amended(scene)
    assert not working_there(bench)
    assert bench.names() == ["AcceptedReport", "AmendRejectedReport", "CancelledReport"]


def test_an_order_that_the_exchange_will_not_cancel_stays_as_it_was() -> None:
    """And works."""

    async def scene(bench: Bench, amending: Amending, order: Place) -> None:
        bench.exchange.cancel_error = ccxt.PermissionDenied("no")
        await change(bench, amending, order, "2")

    bench = amended(scene)
    assert working_there(bench) == [(Decimal(1), Decimal(100))]
    assert isinstance(bench.told[-1], AmendRejectedReport)
