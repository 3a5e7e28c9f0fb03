"""Alerts: set, rung once by the price that reaches them, taken away; kept over a restart, seen by nobody else."""

from decimal import Decimal

import pytest

from server.domain.commands import DeleteAlert, SetAlert
from server.executor.rules.alerts import MOST
from tests.builders import Desk
from tests.server.executor.desks import body
from tradeterm.protocol.vocabulary import AlertCondition

D = Decimal
ABOVE, BELOW = AlertCondition.ABOVE, AlertCondition.BELOW


def alert(price: str, condition: AlertCondition = ABOVE, account: str = "ann", symbol: str = "BTC/USD") -> SetAlert:
    return SetAlert(account, symbol, condition, D(price))


def traded(price: str = "45000") -> Desk:
    """A market that has traded, and two accounts."""
    desk = Desk()
    desk.open("ann", "bob")
    desk.trade_at(price)
    return desk


def rung(desk: Desk, account: str = "ann") -> int:
    return desk.names(account).count("alert:triggered")


@pytest.mark.parametrize(
    ("condition", "price", "not_yet", "reaches"),
    [(ABOVE, "45100", "45099.5", "45100"), (BELOW, "44900", "44900.5", "44899")],
    ids=["above", "below"],
)
def test_the_price_that_reaches_it_rings_it_once(
    condition: AlertCondition, price: str, not_yet: str, reaches: str
) -> None:
    """Not the one before, and not the ones after; the event says at which price."""
    desk = traded()
    made = desk.do(alert(price, condition))
    assert (made.status, body(made)["status"]) == (201, "waiting")
    desk.trade_at(not_yet)
    assert rung(desk) == 0
    desk.trade_at(reaches)
    desk.trade_at(not_yet)
    desk.trade_at(reaches)
    assert rung(desk) == 1
    told = desk.last("ann", "alert:triggered")["alert"]
    assert (told["id"], told["status"]) == (body(made)["id"], "triggered")
    assert (D(told["lastPrice"]), D(told["price"])) == (D(reaches), D(price))
    assert desk.account("ann").alerts == {}


@pytest.mark.parametrize(
    ("price", "code"), [("45000.25", "OFF_TICK"), ("0.000000000000000001", "OFF_TICK"), ("1e30", "VALIDATION_FAILED")]
)
def test_a_price_that_the_market_cannot_have_is_refused(price: str, code: str) -> None:
    """It would be shown as another one, and wait for ever."""
    desk = traded()
    answer = desk.do(alert(price))
    assert (answer.status, answer.code) == (422, code)
    assert desk.account("ann").alerts == {}


def test_one_that_is_reached_already_rings_at_once() -> None:
    """It would be forgotten otherwise until the price came back."""
    desk = traded()
    assert body(desk.do(alert("44000")))["status"] == "triggered"
    assert desk.names("ann")[-2:] == ["alert:created", "alert:triggered"]


def test_the_same_again_is_the_first() -> None:
    """A retry sets no second one."""
    desk = traded()
    first, second = desk.do(alert("46000")), desk.do(alert("46000.00"))
    assert (first.status, second.status) == (201, 200)
    assert body(first) == body(second)


def test_only_its_owner_hears_and_deletes_it() -> None:
    """Another account's id is no id."""
    desk = traded()
    mine = body(desk.do(alert("46000")))["id"]
    assert desk.do(DeleteAlert("bob", mine)).status == 404
    desk.do(alert("46000", account="bob"))
    assert body(desk.do(DeleteAlert("ann", mine)))["status"] == "deleted"
    desk.trade_at("46000")
    assert (rung(desk, "ann"), rung(desk, "bob")) == (0, 1)
    assert desk.do(DeleteAlert("ann", mine)).status == 404


def test_a_restart_forgets_none() -> None:
    """What waited waits; what rang does not ring again."""
    desk = traded()
    for price in ("45100", "46000"):
        desk.do(alert(price))
    desk.trade_at("45100")
    desk.restart()
    desk.trade_at("45100")
    assert rung(desk) == 1
    desk.trade_at("46000")
    assert rung(desk) == 2


def test_they_are_bounded_and_their_shape_is_checked() -> None:
    """A refusal changes nothing."""
    desk = traded()
    assert desk.do(alert("1", symbol="NO/USD")).code == "UNKNOWN_SYMBOL"
    assert desk.do(alert("9" * 18)).code == "VALIDATION_FAILED"
    for number in range(MOST):
        assert desk.do(alert(str(46_000 + number))).status == 201
    refused = desk.do(alert("50000"))
    assert (refused.status, refused.code) == (409, "CONFLICT")
    assert len(desk.account("ann").alerts) == MOST
    assert desk.do(alert("50000", account="bob")).status == 201
