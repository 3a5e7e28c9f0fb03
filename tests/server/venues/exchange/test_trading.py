"""Orders on their way to an exchange and back, in virtual time: one submit each, and no end without proof."""

import asyncio
import os
from dataclasses import replace
from decimal import Decimal
from random import Random
from typing import Any

import ccxt
import pytest

from server.ports import (
    AdoptedReport,
    Cancel,
    CancelledReport,
    CancelRejectedReport,
    FillReport,
    Place,
    RejectedReport,
)
from server.venues.exchange.ccxt.weights import Banned
from server.venues.exchange.known_orders import client_id_of
from server.venues.exchange.seen import Ending
from server.venues.exchange.sightings import LOOK_AGAIN_S
from server.venues.unconfirmed import FINDING_S, PROCESSING_S
from tests.exchange.virtual_time import run
from tests.server.venues.exchange.fake_exchange import SYMBOL, USER, WINDOW_S, Bench, Fate, NoJournal, played
from tradeterm.protocol.vocabulary import Reason, Side, TimeInForce

SUBMITS = int(300 * float(os.environ.get("TRADETERM_SOAK", "1")))
LATE = ccxt.RequestTimeout("binance POST https://api.binance.com/api/v3/order")


def test_an_order_is_told_as_taken_and_filled() -> None:
    """Its end comes with its last trade, each trade with the world's side of it."""

    async def scene(bench: Bench) -> None:
        order = bench.place()
        await asyncio.sleep(1)
        bench.exchange.fill(bench.of(order), "0.4")
        bench.exchange.fill(bench.of(order), "0.6")

    bench = played(scene)
    assert bench.names() == ["AcceptedReport", "FillReport", "FillReport"]
    sides = [(one.account, one.side) for one in bench.told if isinstance(one, FillReport)]
    assert sides == [("ann", Side.BUY), ("", Side.SELL)] * 2


def test_a_stream_that_is_quicker_than_the_answer_changes_nothing() -> None:
    """Taken and filled before the submit was answered; each told once."""

    async def scene(bench: Bench) -> None:
        bench.exchange.fate = lambda: Fate(0.05, answer_s=2.0)
        order = bench.place()
        await asyncio.sleep(0.5)
        bench.exchange.fill(bench.of(order), "1")

    bench = played(scene)
    assert bench.names() == ["AcceptedReport", "FillReport"]


def test_what_its_stream_has_shown_is_not_doubted_for_a_lost_answer() -> None:
    """It is there: nobody asks."""

    async def scene(bench: Bench) -> None:
        bench.exchange.fate = lambda: Fate(0.05, answer=LATE, answer_s=3.0)
        bench.place()

    bench = played(scene)
    assert bench.names() == ["AcceptedReport"]
    assert not bench.exchange.asked["find"]


def test_no_answer_for_a_second_is_told_as_unconfirmed() -> None:
    """And nothing else is concluded of it."""

    async def scene(bench: Bench) -> None:
        bench.exchange.fate = lambda: Fate(3.0, answer_s=4.0)
        bench.place()
        await asyncio.sleep(1)
        assert bench.names() == ["UnconfirmedReport"]

    assert played(scene).names() == ["UnconfirmedReport", "AcceptedReport"]


def test_an_order_that_never_arrived_is_proven_absent() -> None:
    """Not before it could have come; then it is watched for, and taken in when it comes after all."""

    async def scene(bench: Bench) -> None:
        bench.exchange.fate = lambda: Fate(None, answer=LATE)
        order = bench.place()
        await asyncio.sleep(WINDOW_S + PROCESSING_S + FINDING_S)
        assert bench.names() == ["UnconfirmedReport"]
        await bench.quiet()
        rejected = bench.told[-1]
        assert isinstance(rejected, RejectedReport)
        assert rejected.reason is Reason.NEVER_ARRIVED
        (working,) = bench.sightings.known.lost.values()
        late = bench.exchange.accept(working.ask())
        bench.exchange.fill(late, "1")
        await bench.quiet()
        adopted = next(one for one in bench.told if isinstance(one, AdoptedReport))
        assert (adopted.late_of, adopted.venue_order_id) == (order.order_id, late.seen.venue_order_id)
        assert adopted.order_id != order.order_id

    assert played(scene).names()[-2:] == ["AdoptedReport", "FillReport"]


def test_a_late_arrival_is_known_after_a_restart_too() -> None:
    """By its id, which is made of the order's; what of it was booked before counts no more."""

    async def scene() -> Bench:
        bench = Bench(journal=NoJournal({"00000000-0000-0000-0000-000000000099": {"1"}}))
        ask = replace(bench.trading_ask(), client_id="00000000000000000000000000000099")
        order = bench.exchange.accept(ask)
        bench.exchange.fill(order, "0.2", tell=False)
        bench.exchange.fill(order, "0.5")
        await bench.quiet()
        return bench

    bench = run(scene())
    assert bench.names() == ["AdoptedReport", "FillReport"]


@pytest.mark.parametrize("is_filled", [True, False])
def test_a_change_that_a_restart_cut_in_two_is_ours_all_the_same(is_filled: bool) -> None:
    """The old one was cancelled and the new one was sent: it is taken in as late, whether it works or has filled."""

    async def scene() -> Bench:
        bench = Bench()
        bench.exchange.is_mute = True
        place = Place(bench.ids.new(), USER, SYMBOL, Side.BUY, Decimal(1), Decimal(100), TimeInForce.GTC)
        old = bench.exchange.accept(replace(bench.trading_ask(), client_id=client_id_of(place.order_id)))
        bench.exchange.end(old, Ending.CANCELLED)
        next_id = client_id_of(place.order_id, old.seen.venue_order_id)
        new = bench.exchange.accept(replace(bench.trading_ask(), client_id=next_id))
        bench.exchange.fill(new, "1" if is_filled else "0.4")
        bench.trading.restore(replace(place, venue_order_id=old.seen.venue_order_id))
        bench.trading.settle_restored()
        for working in [*bench.sightings.known.open()]:
            await bench.sightings.look(working)
        await bench.quiet()
        return bench

    bench = run(scene())
    assert bench.names() == ["CancelledReport", "AdoptedReport", "FillReport"]
    (adopted,) = [one for one in bench.told if isinstance(one, AdoptedReport)]
    assert adopted.late_of == bench.told[0].order_id  # type: ignore[union-attr]


def test_what_cannot_be_asked_stays_unknown() -> None:
    """For as long as that lasts: an hour of failing look-ups proves nothing."""

    async def scene(bench: Bench) -> None:
        bench.exchange.fate = lambda: Fate(None, answer=LATE)
        bench.exchange.deaf = lambda: LATE
        bench.place()
        await asyncio.sleep(3_600)
        assert bench.names() == ["UnconfirmedReport"]
        bench.exchange.deaf = lambda: None

    assert played(scene).names() == ["UnconfirmedReport", "RejectedReport"]


def test_a_ban_refuses_an_order_before_it_is_sent() -> None:
    """With until when."""

    async def scene(bench: Bench) -> None:
        bench.exchange.fate = lambda: Fate(None, answer=Banned(42), answer_s=0)
        bench.place()

    (report,) = played(scene).told
    assert isinstance(report, RejectedReport)
    assert (report.reason, "42 s" in report.text) == (Reason.RATE_LIMIT_EXCEEDED, True)


def cancelled(error: Exception, for_s: float | None = None) -> Bench:
    """A working order is cancelled, and each cancel is answered so: for ever, or for so long."""

    async def scene(bench: Bench) -> None:
        order = bench.place()
        await asyncio.sleep(1)
        bench.exchange.cancel_error = error
        bench.trading.cancel(Cancel(order.order_id, SYMBOL))
        if for_s is not None:
            await asyncio.sleep(for_s)
            bench.exchange.cancel_error = None

    return played(scene)


def test_a_cancel_is_repeated_until_the_order_has_ended() -> None:
    """Whatever happens to the first ones: asking twice for an end is no harm."""
    bench = cancelled(LATE, 5)
    assert bench.told[-1] == CancelledReport(bench.told[0].order_id, Reason.USER_REQUEST)  # type: ignore[union-attr]
    assert bench.exchange.asked["cancel"] > 2


def test_a_cancel_that_is_refused_leaves_the_order_working() -> None:
    """Where asking again makes no sense."""
    assert isinstance(cancelled(ccxt.PermissionDenied("no")).told[-1], CancelRejectedReport)


@pytest.mark.parametrize("passing", [ccxt.InvalidNonce("-1021"), ccxt.RateLimitExceeded("-1015"), Banned(5)])
def test_a_cancel_that_was_refused_for_a_moment_is_asked_again(passing: Exception) -> None:
    """For its time, for its number, for how many there were, or held back here."""
    assert cancelled(passing, 0.5).names() == ["AcceptedReport", "CancelledReport"]


def test_a_cancel_of_what_the_exchange_has_forgotten_comes_to_its_end() -> None:
    """As it was asked for."""

    async def scene(bench: Bench) -> None:
        order = bench.place()
        await asyncio.sleep(1)
        bench.of(order).visible_at = 1e9
        bench.exchange.cancel_error = ccxt.OrderNotFound("-2011")
        bench.trading.cancel(Cancel(order.order_id, SYMBOL))

    bench = played(scene)
    assert bench.told[-1] == CancelledReport(bench.told[0].order_id, Reason.USER_REQUEST)  # type: ignore[union-attr]


def test_a_fill_that_crosses_a_cancel_is_told_before_the_end() -> None:
    """Also when its trade shows late: the end waits for it."""

    async def scene(bench: Bench) -> None:
        order = bench.place()
        await asyncio.sleep(1)
        bench.exchange.is_trade_late = True
        bench.exchange.fill(bench.of(order), "0.3", tell=False)
        bench.trading.cancel(Cancel(order.order_id, SYMBOL))
        await asyncio.sleep(sum(LOOK_AGAIN_S) / 2)
        assert bench.names() == ["AcceptedReport"]
        bench.exchange.is_trade_late = False

    assert played(scene).names() == ["AcceptedReport", "FillReport", "CancelledReport"]


AMBIGUOUS: tuple[Any, ...] = (
    LATE,
    ccxt.ExchangeNotAvailable("gone"),
    ccxt.OperationFailed("-1006"),
    ccxt.ExchangeError("-9999"),
    ccxt.InvalidOrder('{"code":-2010,"msg":"Duplicate order sent."}'),
    KeyError("spot"),
    {},
    {"id": None},
)


@pytest.mark.timeout(0)
def test_a_storm_of_ambiguous_submits_doubles_and_guesses_nothing() -> None:
    """Thousands at once, every fault drawn from a seed: each ends as the exchange has it, or is unknown still."""
    chance = Random(20260106)

    def fate() -> Fate:
        return Fate(
            chance.choice([None, chance.uniform(0, 1), chance.uniform(0, WINDOW_S + PROCESSING_S)]),
            chance.choice([0.0, chance.uniform(0, FINDING_S)]),
            chance.choice(AMBIGUOUS),
            chance.choice([0.1, chance.uniform(0, 20)]),
        )

    async def work() -> Bench:
        bench = Bench()
        bench.exchange.fate = fate
        bench.exchange.deaf = lambda: LATE if chance.random() < 0.3 else None
        bench.exchange.is_mute = True
        bench.exchange.listening = None
        for number in range(SUBMITS):
            bench.place()
            if not number % 50:
                await asyncio.sleep(1)
        await bench.quiet()
        return bench

    bench = run(work())
    assert len(bench.exchange.submits) == SUBMITS
    assert {*bench.exchange.submits.values()} == {1}
    there = {order.seen.client_id for order in bench.exchange.orders.values()}
    taken = {one.order_id.replace("-", "") for one in bench.told if type(one).__name__ == "AcceptedReport"}  # type: ignore[union-attr]
    refused = {one.order_id.replace("-", "") for one in bench.told if isinstance(one, RejectedReport)}
    assert taken == there
    assert not taken & refused
    assert len(taken) + len(refused) == SUBMITS
