"""Each limit by its own number, to the last unit; one that is absent, or null, bounds nothing."""

from decimal import Decimal
from typing import Any

import pytest

from server.domain.over_limit import beyond, bounds_exposure, exposure_denial, size_denial
from tradeterm.protocol.vocabulary import Reason

D = Decimal
UNIT = D("0.000000000001")


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        ({"maxOrderQuantity": D(2)}, Reason.QUANTITY_ABOVE_MAXIMUM),
        ({"maxOrderNotional": D(200)}, Reason.NOTIONAL_ABOVE_LIMIT),
        ({"orderNotionalPct": D(20)}, Reason.NOTIONAL_ABOVE_LIMIT),
    ],
)
def test_an_order_may_be_as_large_as_its_limit_and_not_a_unit_larger(limits: dict[str, Any], reason: Reason) -> None:
    """By quantity, by value, and by its share of a thousand."""
    assert size_denial(limits, D(2), D(200), D(1000), 1) is None
    denial = size_denial(limits, D(2) + UNIT, D(200) + UNIT, D(1000), 1)
    assert denial is not None
    assert denial.reason is reason
    assert next(iter(limits)) in denial.text


def test_as_many_orders_may_be_open_as_the_limit_says() -> None:
    """None at all, where it is 0."""
    assert size_denial({"maxOpenOrders": 3}, D(1), D(1), D(1), 3) is None
    for most, count in ((3, 4), (0, 1)):
        denial = size_denial({"maxOpenOrders": most}, D(1), D(1), D(1), count)
        assert denial is not None
        assert (denial.reason, denial.text) == (
            Reason.OPEN_ORDERS_ABOVE_LIMIT,
            f"count {count} is above the limit maxOpenOrders of {most}",
        )


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("maxPositionNotional", Reason.POSITION_ABOVE_LIMIT),
        ("maxGrossExposure", Reason.EXPOSURE_ABOVE_LIMIT),
    ],
)
def test_a_value_may_come_to_its_limit_and_what_lowers_it_is_let_through(name: str, reason: Reason) -> None:
    """Also down to more than the limit."""
    limits = {name: D(100)}
    assert bounds_exposure(limits)
    assert exposure_denial(limits, D(90), D(100), D(100)) is None
    denial = exposure_denial(limits, D(90), D(100) + UNIT, D(100) + UNIT)
    assert denial is not None
    assert denial.reason is reason
    assert exposure_denial(limits, D(300), D(200), D(200)) is None
    assert beyond(limits, D(130), D(130)) == [(D(30), reason)]


def test_what_is_absent_or_null_bounds_nothing() -> None:
    for limits in (
        {},
        dict.fromkeys(("maxOrderQuantity", "maxPositionNotional", "maxGrossExposure", "orderNotionalPct")),
    ):
        assert not bounds_exposure(limits)
        assert size_denial(limits, D(10**9), D(10**9), D(0), 10**6) is None
        assert exposure_denial(limits, D(0), D(10**9), D(10**9)) is None
        assert beyond(limits, D(10**9), D(10**9)) == []
