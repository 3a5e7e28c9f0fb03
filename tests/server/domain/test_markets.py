"""A market's terms decide how large its prices and sizes may be."""

from decimal import Decimal, localcontext

import pytest

from server.domain.markets import decimals_of
from tests.builders import market
from tradeterm.protocol.arithmetic import MONEY


@pytest.mark.parametrize(
    ("tick", "decimals"), [("1", 0), ("10", 0), ("0.5", 1), ("0.50", 1), ("0.01", 2), ("0.00000001", 8)]
)
def test_a_price_has_as_many_decimals_as_its_tick(tick: str, decimals: int) -> None:
    """However the tick is written."""
    assert decimals_of(Decimal(tick)) == decimals


@pytest.mark.parametrize(("tick", "lot"), [("0.5", "0.00001"), ("0.00000001", "1"), ("100", "0.001")])
def test_the_largest_order_is_computed_exactly(tick: str, lot: str) -> None:
    """One unit of everything more or less still shows in its value and its fee."""
    one = market(tick=Decimal(tick), lot=Decimal(lot))
    with localcontext(MONEY):
        value = one.largest_quantity * one.largest_price
        less = (one.largest_quantity - one.lot) * (one.largest_price - one.tick)
        assert value - less == one.lot * one.largest_price + one.tick * one.largest_quantity - one.tick * one.lot
        assert value * one.taker_fee - less * one.taker_fee == (value - less) * one.taker_fee


def test_a_price_may_rise_a_millionfold() -> None:
    assert market(start_price=Decimal(45_000)).largest_price > Decimal(45_000) * 10**6
