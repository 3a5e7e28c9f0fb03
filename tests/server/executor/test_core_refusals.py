"""What the core refuses before any rule is asked, and what it answers again instead of doing it twice."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import orjson
import pytest

from server.domain.commands import (
    BracketLeg,
    CloseAllPositions,
    ClosePosition,
    Deposit,
    OpenAccount,
    ResetAccount,
    ReversePosition,
    SetProtection,
)
from server.domain.risk import CoreSettings
from tests.server.executor.rig import Rig, make
from tradeterm.protocol.vocabulary import ErrorCode, MarketState, OrderStatus, Reason

D = Decimal


def opened(settings: CoreSettings | None = None, *names: str) -> Rig:
    rig = Rig(settings or CoreSettings(collar_pct=D(0)))
    rig.open(*(names or ("ann",)))
    return rig


def long(quantity: str = "1") -> Rig:
    rig = opened()
    rig.flow("sell", "50", "100.0")
    rig.flow("buy", "50", "99.0")
    assert rig.order("ann", "buy", quantity).status == 201
    return rig


def test_a_command_that_came_too_late_is_not_carried_out() -> None:
    """Its sender said until when it is good; at that moment it still is."""
    rig = opened()
    for seconds, status in ((0.0, 201), (0.1, 409)):
        command = make("ann", "buy", "1", "90.0")
        command.expires_at = rig.clock.now() + timedelta(seconds=1 - seconds)
        assert rig.do(command).status == status
    assert len(rig.core.ledger.accounts["ann"].orders) == 1


@pytest.mark.parametrize("kind", [ClosePosition, ReversePosition])
def test_a_way_out_that_is_asked_for_again_is_the_first_one(kind: type[ClosePosition] | type[ReversePosition]) -> None:
    """The answer that was lost, and no second order; the same id for something else is a conflict."""
    rig = long()
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


def test_on_a_real_exchange_there_is_one_account_and_its_money_is_there() -> None:
    """Everybody else is refused before anything is opened for them."""
    rig = opened(CoreSettings(only_account="ann", collar_pct=D(0)))
    assert rig.order("bob", "buy", "1", "90.0").code is ErrorCode.FORBIDDEN
    assert rig.do(OpenAccount("bob")).code is ErrorCode.FORBIDDEN
    assert "bob" not in rig.core.ledger.accounts
    for command in (Deposit("ann", D(5)), ResetAccount("ann")):
        assert rig.do(command).code is ErrorCode.CONFLICT
    assert rig.order("ann", "buy", "1", "90.0").status == 201


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
    answer = long().do(SetProtection("ann", "BTC/USD", None, leg))
    assert answer.code is code, answer.message


def test_protection_takes_no_profit_at_a_price_that_no_order_may_have() -> None:
    """What arithmetic cannot carry is refused here as it is in an order."""
    rig, beyond = long(), D("999999999999999999.5")
    answer = rig.do(SetProtection("ann", "BTC/USD", BracketLeg(beyond)))
    order = rig.order("ann", "sell", "1", str(beyond), reduce_only=True)
    assert (answer.status, answer.code) == (order.status, order.code) == (422, ErrorCode.VALIDATION_FAILED)
    assert not rig.core.ledger.accounts["ann"].orders


def test_a_paused_market_takes_no_order_in() -> None:
    """Not even one that would only wait."""
    rig = opened()
    rig.flow("sell", "1", "100.0")
    rig.markets["BTC/USD"].state = MarketState.PAUSED
    for answer in (rig.order("ann", "buy", "1", "90.0"), rig.order("ann", "buy", "1", None, "stop", stop_price=D(110))):
        order = rig.body(answer)
        assert (order["status"], order["rejectReason"]) == (OrderStatus.REJECTED, Reason.MARKET_PAUSED)


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


def test_what_somebody_depends_on_is_followed() -> None:
    """Positions, open orders, and where a price was missing; and what is held is counted by asset."""
    rig = long("2")
    assert rig.core.followed() == {"BTC/USD"}
    held = rig.core.holdings("ann")
    assert held is not None
    assert held["BTC"] == 2
    assert held["USD"] == rig.core.ledger.accounts["ann"].cash
    assert rig.core.holdings("nobody") is None


def test_a_market_whose_feed_is_silent_takes_no_entry_until_it_is_back() -> None:
    """Its price may be anything by now."""
    rig = opened()
    rig.trade_at("100.0")
    rig.flow("sell", "9", "100.0")
    rig.core.set_stale("BTC/USD", True)
    assert orjson.loads(rig.order("ann", "buy", "1").body or b"")["status"] == OrderStatus.REJECTED
    rig.core.set_stale("BTC/USD", False)
    assert orjson.loads(rig.order("ann", "buy", "1").body or b"")["status"] == OrderStatus.FILLED
