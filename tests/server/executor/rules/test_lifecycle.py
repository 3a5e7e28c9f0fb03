"""The last look before a request leaves, and what the venue says to one: what was meant may have changed meanwhile."""

from dataclasses import replace
from decimal import Decimal

import pytest

from server.domain.commands import AmendOrder, CancelOrder
from server.executor.rules import lifecycle
from server.ports import Amend, AmendRejectedReport, CancelRejectedReport, FillReport, Place
from tests.server.executor.rig import Rig, holding, opened
from tradeterm.protocol.vocabulary import EventName, Liquidity, OrderStatus, Reason, Side, TimeInForce

D = Decimal


def resting(side: str = "buy", price: str = "90.0", **more: bool) -> tuple[Rig, str]:
    rig = holding()
    order = rig.body(rig.order("ann", side, "1", price, None, **more))
    assert order["status"] == OrderStatus.ACCEPTED
    return rig, str(order["id"])


def told(rig: Rig) -> list[EventName]:
    return [EventName(event.event) for event in rig.journal.batches[-1].events]


def test_a_change_of_an_order_that_is_being_cancelled_is_not_sent() -> None:
    """Who asked is told; of an order that is gone nobody is."""
    rig, order_id = resting()
    order, change = rig.core.ledger.orders[order_id], Amend(order_id, "BTC/USD", D(2), D(90))
    order.ask_change(D(2), closes_only=False)
    order.ask_end(Reason.USER_REQUEST)
    assert rig.core.last_look(change) is None
    assert order.replacing is None
    rig.do(CancelOrder("ann", order_id))
    assert rig.core.last_look(Amend("gone", "BTC/USD", D(2), D(90))) is None


def test_a_change_that_comes_to_nothing_is_not_sent() -> None:
    """The position shrank meanwhile: there is nothing more to close than the exit closes."""
    rig, order_id = resting("sell", "120.0", reduce_only=True)
    order = rig.core.ledger.orders[order_id]
    order.ask_change(D(2), closes_only=True)
    asked = order.replacing
    assert rig.core.last_look(Amend(order_id, "BTC/USD", D(2), D(120))) is None
    assert asked is not None
    assert asked.refusal == (Reason.REDUCE_ONLY_WOULD_INCREASE, "nothing is left to close")


def test_an_order_that_has_ended_is_not_sent() -> None:
    """Whatever ended it while it waited."""
    rig = opened()
    assert rig.core.last_look(Place("gone", "ann", "BTC/USD", Side.BUY, D(1), D(90), TimeInForce.GTC)) is None


@pytest.mark.parametrize("held", ["0", "0.5"])
def test_an_exit_is_looked_at_again_before_it_is_sent(held: str) -> None:
    """Its position has gone, or shrunk: it is cancelled, or sent for what is left."""
    rig, order_id = resting("sell", "120.0", reduce_only=True)
    account, order = rig.core.ledger.accounts["ann"], rig.core.ledger.orders[order_id]
    rig.core.ledger.last["BTC/USD"] = D(100)
    place = lifecycle.place_of(order)
    account.positions["BTC/USD"].quantity = D(held)
    sent = rig.core.last_look(place)
    assert (order.status, order.leaves) == (
        (OrderStatus.CANCELLED, 0) if held == "0" else (OrderStatus.ACCEPTED, D(held))
    )
    assert sent == (None if held == "0" else replace(place, quantity=order.leaves))


def test_a_refusal_that_nobody_asked_for_changes_nothing() -> None:
    """An exit that follows its position by itself is looked at again with the next fill; nobody is told."""
    rig, order_id = resting()
    before = rig.core.ledger.orders[order_id].quantity
    rig.core.reports.take(AmendRejectedReport(order_id, "not now"))
    batch, _ = rig.core.take_batch()
    assert [event.event for event in batch.events] == []
    assert rig.core.ledger.orders[order_id].quantity == before


def test_a_cancel_that_the_venue_refuses_leaves_the_order_at_work() -> None:
    """It is told, and nothing of the request is left."""
    rig, order_id = resting()
    order = rig.core.ledger.orders[order_id]
    order.ask_end(Reason.USER_REQUEST)
    rig.core.reports.take(CancelRejectedReport(order_id, "too late"))
    batch, _ = rig.core.take_batch()
    assert [event.event for event in batch.events] == [EventName.ORDER_CANCEL_REJECTED]
    assert (order.is_open, order.cancel_reason) == (True, None)


def test_an_amend_that_the_venue_forgot_is_told_while_its_order_lives() -> None:
    """Of one that has ended meanwhile there is nothing to say."""
    rig, order_id = resting()
    rig.core.forget_amend("gone")
    rig.core.forget_amend(order_id)
    assert rig.do(AmendOrder("ann", order_id, D(2), None, None)).status == 200
    assert EventName.ORDER_AMEND_REJECTED not in told(rig)


def test_what_a_restart_leaves_to_tell_has_the_time_of_its_turn() -> None:
    """Also where that is a step of the flow in which the venue says nothing."""
    rig, order_id = resting()
    order = rig.core.ledger.orders[order_id]
    order.ask_change(D(2), closes_only=False)
    rig.core.ledger.write_order(order)
    rig.beat()
    rig.restart()
    rig.step()
    assert [(event.event, event.at) for event in rig.journal.batches[-1].events if event.event.startswith("order")] == [
        (EventName.ORDER_AMEND_REJECTED, rig.clock.now())
    ]


def test_an_order_of_elsewhere_fills_in_parts_and_moves_no_money() -> None:
    """It stays open until it is full."""
    rig, order_id = resting()
    order, account = rig.core.ledger.orders[order_id], rig.core.ledger.accounts["ann"]
    order.origin, before = Reason.EXTERNAL, account.cash
    for number, status in ((1, OrderStatus.PARTIALLY_FILLED), (2, OrderStatus.FILLED)):
        report = FillReport(order_id, "ann", "BTC/USD", Side.BUY, D("0.5"), D(90), Liquidity.MAKER, f"far-{number}")
        rig.core.reports.take(report)
        assert order.status is status
    assert account.cash == before
    assert order_id not in rig.core.ledger.orders


def test_an_exit_that_has_its_size_already_is_asked_for_nothing() -> None:
    """Nor is one that is being cancelled."""
    rig, order_id = resting("sell", "120.0", reduce_only=True)
    ledger = rig.core.ledger
    order = ledger.orders[order_id]
    lifecycle.resize(ledger, order, order.leaves, Reason.POSITION_CLOSED)
    order.ask_end(Reason.USER_REQUEST)
    lifecycle.resize(ledger, order, order.leaves / 2, Reason.POSITION_CLOSED)
    lifecycle.grow(ledger, order, D(1))
    assert [*ledger.requests, *ledger.urgent_requests] == []
