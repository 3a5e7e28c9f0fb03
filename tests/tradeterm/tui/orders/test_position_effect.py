"""What an order would do to the position, in words."""

from decimal import Decimal

import pytest

from tests.tradeterm.tui.desks import position
from tradeterm.protocol.vocabulary import PositionSide, Side
from tradeterm.tui.desk.valuation import signed_quantity
from tradeterm.tui.orders.position_effect import effect, is_alarming, is_way_out

D = Decimal


@pytest.mark.parametrize(
    ("held", "side", "quantity", "words"),
    [
        ("0", Side.BUY, "0.5", "opens LONG 0.5"),
        ("0", Side.SELL, "0.5", "opens SHORT 0.5"),
        ("0.5", Side.BUY, "0.25", "adds 0.25, makes LONG 0.75"),
        ("-0.5", Side.SELL, "0.25", "adds 0.25, makes SHORT 0.75"),
        ("0.5", Side.SELL, "0.2", "closes 0.2 of 0.5"),
        ("0.5", Side.SELL, "0.5", "closes LONG 0.5"),
        ("-0.5", Side.BUY, "0.5", "closes SHORT 0.5"),
        ("0.5", Side.SELL, "0.7", "FLIPS to SHORT 0.2"),
        ("-0.5", Side.BUY, "0.7", "FLIPS to LONG 0.2"),
        ("0", Side.BUY, "0.5 reduce", "closes nothing: there is no SHORT to reduce"),
        ("0.5", Side.BUY, "0.5 reduce", "closes nothing: there is no SHORT to reduce"),
        ("-0.5", Side.SELL, "0.5 reduce", "closes nothing: there is no LONG to reduce"),
        ("0.5", Side.SELL, "0.2 reduce", "closes 0.2 of 0.5"),
        ("0.5", Side.SELL, "0.7 reduce", "closes LONG 0.5"),
    ],
)
def test_an_order_says_what_it_would_do(held: str, side: Side, quantity: str, words: str) -> None:
    """Open, add, reduce, close or flip; reduce-only it goes no further than flat: the server cuts or refuses it."""
    size, _, flag = quantity.partition(" ")
    found = effect(D(held), side, D(size), reduce_only=bool(flag))
    assert found == words
    assert is_way_out(found) == words.startswith("closes")


def test_what_hardly_anybody_means_is_alarming() -> None:
    alarming = [effect(D(1), Side.SELL, D(2)), effect(D(0), Side.BUY, D(1), reduce_only=True)]
    usual = [effect(D(1), Side.SELL, D(1)), effect(D(0), Side.BUY, D(1))]
    assert [is_alarming(words) for words in (*alarming, *usual)] == [True, True, False, False]


def test_a_position_is_signed_by_its_side() -> None:
    """None is flat."""
    assert signed_quantity(position()) == D("0.5")
    assert signed_quantity(position(side=PositionSide.SHORT)) == D("-0.5")
    assert signed_quantity(None) == 0
