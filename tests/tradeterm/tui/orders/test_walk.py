"""A walk through the book as it is known."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradeterm.protocol.vocabulary import Side
from tradeterm.tui.orders.walk import furthest, walk

D = Decimal
ASKS = [(D(100), D(1)), (D(101), D(2)), (D(102), D(4)), (D(104), D(9))]


@pytest.mark.parametrize(
    ("quantity", "limit", "taken", "average", "slippage"),
    [
        ("0.5", None, "0.5", "100", "0"),
        ("2", None, "2", "100.5", "1"),
        ("3", "101", "3", "100.666666666667", "2"),
        ("9", "102", "7", "101.428571428571", "10"),
        ("9", "101.0", "3", "100.666666666667", "2"),
        ("16", None, "16", "102.875", "46"),
    ],
)
def test_a_buy_takes_level_by_level_no_further_than_its_limit(
    quantity: str, limit: str | None, taken: str, average: str, slippage: str
) -> None:
    """Slippage is what it costs more than all of it at the best price."""
    met = walk(ASKS, Side.BUY, D(quantity), None if limit is None else D(limit))
    assert (met.taken, met.average, met.slippage) == (D(taken), D(average), D(slippage))


def test_what_does_not_cross_meets_nothing() -> None:
    """Nor does anything in an empty book."""
    assert walk(ASKS, Side.BUY, D(1), D(99)).taken == 0
    assert walk([], Side.BUY, D(1), None).average is None


@given(st.lists(st.integers(1, 50), min_size=1, max_size=20), st.integers(1, 500), st.sampled_from(list(Side)))
def test_a_walk_takes_no_more_than_is_asked_nor_than_there_is(sizes: list[int], quantity: int, side: Side) -> None:
    """And never at a better average than the touch."""
    levels = [(D(1000 + side.sign * n), D(size)) for n, size in enumerate(sizes)]
    met = walk(levels, side, D(quantity), D(1000 + side.sign * 1000) if side is Side.BUY else D(1))
    assert met.taken == min(D(quantity), sum(size for _, size in levels))
    assert met.average is not None
    assert (met.average - 1000) * side.sign >= 0


@pytest.mark.parametrize(("side", "last"), [(Side.BUY, "101.00"), (Side.SELL, "99.00")])
def test_a_market_order_goes_so_far_past_the_touch(side: Side, last: str) -> None:
    """Where the venue has a bound, and there is somebody to trade with."""
    assert furthest(ASKS, side, D(1)) == D(last)
    assert furthest(ASKS, side, None) is None
    assert furthest([], side, D(1)) is None
