"""Orders that are not taken in as they come: too late, into a market that is paused or silent, of a pair."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import orjson

from server.domain.commands import AmendOrder, CancelAll, CancelOrder, CreateOco
from tests.server.executor.rig import make, opened
from tradeterm.protocol.vocabulary import ErrorCode, MarketState, OrderStatus, Reason

D = Decimal


def test_a_command_that_came_too_late_is_not_carried_out() -> None:
    """Its sender said until when it is good; at that moment it still is."""
    rig = opened()
    for seconds, status in ((0.0, 201), (0.1, 409)):
        command = make("ann", "buy", "1", "90.0")
        command.expires_at = rig.clock.now() + timedelta(seconds=1 - seconds)
        assert rig.do(command).status == status
    assert len(rig.core.ledger.accounts["ann"].orders) == 1


def test_a_paused_market_takes_no_order_in() -> None:
    """Not even one that would only wait."""
    rig = opened()
    rig.flow("sell", "1", "100.0")
    rig.markets["BTC/USD"].state = MarketState.PAUSED
    for answer in (rig.order("ann", "buy", "1", "90.0"), rig.order("ann", "buy", "1", None, "stop", stop_price=D(110))):
        order = rig.body(answer)
        assert (order["status"], order["rejectReason"]) == (OrderStatus.REJECTED, Reason.MARKET_PAUSED)


def test_a_market_whose_feed_is_silent_takes_no_entry_until_it_is_back() -> None:
    """Its price may be anything by now."""
    rig = opened()
    rig.trade_at("100.0")
    rig.flow("sell", "9", "100.0")
    rig.core.set_stale("BTC/USD", True)
    assert orjson.loads(rig.order("ann", "buy", "1").body or b"")["status"] == OrderStatus.REJECTED
    rig.core.set_stale("BTC/USD", False)
    assert orjson.loads(rig.order("ann", "buy", "1").body or b"")["status"] == OrderStatus.FILLED


def test_an_order_of_somebody_else_is_none() -> None:
    """Whoever guesses an id learns nothing by it, and changes nothing."""
    rig = opened(None, "ann", "bob")
    order_id = str(rig.body(rig.order("ann", "buy", "1", "90.0"))["id"])
    answers = [rig.do(CancelOrder("bob", one)) for one in (order_id, "no-such-order")]
    answers += [rig.do(AmendOrder("bob", one, D(2), None, None)) for one in (order_id, "no-such-order")]
    assert {(answer.status, answer.code, answer.message) for answer in answers} == {
        (404, ErrorCode.NOT_FOUND, "there is no open order of that id")
    }
    assert rig.core.ledger.orders[order_id].quantity == 1


def test_the_same_pair_again_is_the_first_one() -> None:
    """Also where one of the two was named alone; one name twice, or one that is taken, is refused and makes nothing."""
    rig = opened()
    first, second = (make("ann", "buy", "1", price).terms for price in ("90.0", "89.0"))
    pair = CreateOco("ann", replace(first, client_order_id="a"), second, "f")
    made, again = (rig.body(rig.do(pair))["orders"] for _ in range(2))
    assert made == again
    assert len(rig.core.ledger.orders) == 2
    for one, other, code in (("b", "b", ErrorCode.VALIDATION_FAILED), ("a", "c", ErrorCode.IDEMPOTENCY_CONFLICT)):
        named = replace(first, client_order_id=one), replace(second, client_order_id=other)
        assert rig.do(CreateOco("ann", *named, "other")).code is code
    assert len(rig.core.ledger.orders) == 2


def test_cancelling_all_of_a_market_that_there_is_not_is_refused() -> None:
    """A mistyped name must not look like a desk without orders."""
    rig = opened()
    rig.order("ann", "buy", "1", "90.0")
    assert rig.do(CancelAll("ann", "NONE/USD")).code is ErrorCode.UNKNOWN_SYMBOL
    assert len(rig.core.ledger.orders) == 1
