"""Closing, reversing and protecting: what is refused, and what is answered again instead of being done twice."""

from decimal import Decimal
from typing import Any

import pytest

from server.domain.commands import BracketLeg, CloseAllPositions, ClosePosition, ReversePosition, SetProtection
from tests.server.executor.rig import holding, opened
from tradeterm.protocol.vocabulary import ErrorCode, MarketState, OrderStatus, Reason

D = Decimal


@pytest.mark.parametrize("kind", [ClosePosition, ReversePosition])
def test_a_way_out_that_is_asked_for_again_is_the_first_one(kind: type[ClosePosition] | type[ReversePosition]) -> None:
    """The answer that was lost, and no second order; the same id for something else is a conflict."""
    rig = holding()
    first, again = (rig.body(rig.do(kind("ann", "BTC/USD", "out-1"))) for _ in range(2))
    assert first["id"] == again["id"]
    other = ReversePosition if kind is ClosePosition else ClosePosition
    assert rig.do(other("ann", "BTC/USD", "out-1")).code is ErrorCode.IDEMPOTENCY_CONFLICT


@pytest.mark.parametrize("symbol", ["BTC/USD", "NONE/USD"])
def test_there_is_no_way_out_of_what_is_not_held(symbol: str) -> None:
    """A market that there is not is answered alike."""
    rig = opened()
    for command in (ClosePosition("ann", symbol), ReversePosition("ann", symbol)):
        assert rig.do(command).status == 404


@pytest.mark.parametrize(
    ("leg", "code"),
    [
        (BracketLeg(D("90.3")), ErrorCode.OFF_TICK),
        (BracketLeg(D("110")), Reason.STOP_WOULD_TRIGGER),
        (BracketLeg(D("90"), D("89.9")), ErrorCode.OFF_TICK),
        (BracketLeg(D("90"), D("999999999999999999.5")), ErrorCode.VALIDATION_FAILED),
    ],
)
def test_protection_stands_on_the_tick_and_on_its_side(leg: BracketLeg, code: ErrorCode | Reason) -> None:
    """Of a long: the stop below, or it would fire at once."""
    answer = holding().do(SetProtection("ann", "BTC/USD", None, leg))
    assert answer.code is code, answer.message


def test_protection_takes_no_profit_at_a_price_that_no_order_may_have() -> None:
    """What arithmetic cannot carry is refused here as it is in an order."""
    rig, beyond = holding(), D("999999999999999999.5")
    answer = rig.do(SetProtection("ann", "BTC/USD", BracketLeg(beyond)))
    order = rig.order("ann", "sell", "1", str(beyond), reduce_only=True)
    assert (answer.status, answer.code) == (order.status, order.code) == (422, ErrorCode.VALIDATION_FAILED)
    assert not rig.core.ledger.accounts["ann"].orders


def test_a_close_that_a_paused_market_refuses_changes_nothing() -> None:
    """Of one position and of all: exits and entries stay, for nobody has got out of anything."""
    rig = opened()
    rig.flow("sell", "1", "100.0")
    rig.order("ann", "buy", "1", stop_loss=BracketLeg(D(80)))
    rig.order("ann", "buy", "2", "90.0")
    before = list(rig.core.ledger.accounts["ann"].orders)
    assert len(before) == 2
    rig.markets["BTC/USD"].state = MarketState.PAUSED
    one = rig.body(rig.do(ClosePosition("ann", "BTC/USD")))
    every: Any = rig.body(rig.do(CloseAllPositions("ann")))
    for order in (one, *every["orders"]):
        assert (order["status"], order["rejectReason"]) == (OrderStatus.REJECTED, Reason.MARKET_PAUSED)
    account = rig.core.ledger.accounts["ann"]
    assert list(account.orders) == before
    assert not any(order.cancel_reason for order in account.orders.values())
