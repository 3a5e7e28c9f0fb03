"""The limits that hold for an account: each by its own number, to the last unit, and none in the way out."""

from decimal import Decimal, localcontext
from typing import Any

import pytest

from server.domain.accounts import Entries
from server.domain.commands import SetLimits
from server.domain.risk import Denial
from server.executor.rules import limits
from tests.builders import Desk
from tests.server.executor.desks import body, go_long, opened, refused
from tradeterm.protocol.arithmetic import MONEY
from tradeterm.protocol.vocabulary import Reason, Side

D = Decimal


def bound(**of: Any) -> Desk:
    """Ann is long 1 from 100, which is the mark, and these limits hold for her."""
    desk = opened()
    go_long(desk)
    desk.do(SetLimits("ann", of))
    return desk


@pytest.mark.parametrize(
    ("limit", "within", "beyond", "reason"),
    [
        ({"maxOrderQuantity": D(2)}, ("2", "90"), ("2.00001", "90"), "QUANTITY_ABOVE_MAXIMUM"),
        ({"maxOrderNotional": D(180)}, ("2", "90"), ("2", "90.5"), "NOTIONAL_ABOVE_LIMIT"),
        ({"orderNotionalPct": D("0.018")}, ("1.9", "90"), ("2.1", "90"), "NOTIONAL_ABOVE_LIMIT"),
        ({"maxPositionNotional": D(280)}, ("2", "90"), ("2", "90.5"), "POSITION_ABOVE_LIMIT"),
        ({"maxGrossExposure": D(280)}, ("2", "90"), ("2", "90.5"), "EXPOSURE_ABOVE_LIMIT"),
    ],
)
def test_what_is_just_within_a_limit_is_taken_and_what_is_just_beyond_is_not(
    limit: dict[str, Any], within: tuple[str, str], beyond: tuple[str, str], reason: str
) -> None:
    """The refusal names the limit and both numbers."""
    answer = bound(**limit).order("ann", "buy", *beyond)
    assert refused(answer) == reason
    assert next(iter(limit)) in body(answer)["rejectText"]
    assert body(bound(**limit).order("ann", "buy", *within))["status"] == "accepted"


def test_so_many_orders_may_be_open_and_one_that_ends_makes_room() -> None:
    desk = bound(maxOpenOrders=1)
    first = body(desk.order("ann", "buy", "1", "90"))
    assert refused(desk.order("ann", "buy", "1", "90")) == "OPEN_ORDERS_ABOVE_LIMIT"
    desk.flow("sell", "1", "90")
    assert first["status"] == "accepted"
    assert body(desk.order("ann", "buy", "1", "80"))["status"] == "accepted"


def test_what_makes_a_position_smaller_is_let_through_whatever_the_limits() -> None:
    """They were set below what is held already."""
    desk = bound(maxPositionNotional=D(1), maxGrossExposure=D(1), maxOrderNotional=D(1), maxOpenOrders=0)
    assert refused(desk.order("ann", "buy", "0.1", "90")) == "NOTIONAL_ABOVE_LIMIT"
    assert body(desk.order("ann", "sell", "1", "110"))["status"] == "accepted"


def test_an_account_without_limits_is_refused_nothing() -> None:
    """One that was taken away binds no more."""
    desk = bound(maxOrderQuantity=D(1))
    desk.do(SetLimits("ann", {"maxOrderQuantity": None}))
    assert body(desk.order("ann", "buy", "5", "90"))["status"] == "accepted"


def test_to_look_whether_one_more_may_be_sent_spends_nothing() -> None:
    """To send does; those of the same moment count with it, and a second later there is room again."""
    desk = bound(ordersPerSecond=2)
    ledger, ann = desk.core.ledger, desk.account("ann")
    with localcontext(MONEY):
        assert [limits.deny_rate(ledger, ann) for _ in range(5)] == [None] * 5
        assert limits.deny_rate(ledger, ann, 1) is None
        denial = limits.deny_rate(ledger, ann, 2)
        assert isinstance(denial, Denial)
        assert denial.reason is Reason.RATE_LIMIT_EXCEEDED
        limits.count(ledger, ann)
        limits.count(ledger, ann)
        assert limits.deny_rate(ledger, ann) is not None
        desk.core.tick(ledger.seconds + 1)
        assert limits.deny_rate(ledger, ann) is None


def test_how_far_entries_may_lead_beyond_each_limit_of_exposure() -> None:
    """Below it the number is negative; a limit that there is not is not spoken of."""
    desk = bound(maxPositionNotional=D(150), maxGrossExposure=D(400))
    entries = Entries()
    entries.count(Side.BUY, D(100))
    with localcontext(MONEY):
        ledger, ann = desk.core.ledger, desk.account("ann")
        assert limits.beyond_limits(ledger, ann, "BTC/USD", entries) == [
            (D(50), Reason.POSITION_ABOVE_LIMIT),
            (D(-200), Reason.EXPOSURE_ABOVE_LIMIT),
        ]
        assert limits.beyond_limits(ledger, desk.account("bob"), "BTC/USD", entries) == []
