"""What a margin call closes next: a quarter of the largest, or everything when nothing is left."""

from decimal import Decimal

import pytest

from server.domain.accounts import Margin
from server.domain.margin_call import Closable, is_called, next_closes
from tradeterm.protocol.arithmetic import ZERO

D = Decimal


def margin(collateral: str, maintenance: str = "100") -> Margin:
    return Margin(D(collateral), ZERO, D(collateral), ZERO, ZERO, ZERO, D(maintenance), ZERO)


def closable(symbol: str, quantity: str, value: str, lot: str = "1", *, has_buyer: bool = True) -> Closable:
    return Closable(symbol, D(quantity), D(value), D(lot), has_buyer)


@pytest.mark.parametrize(
    ("collateral", "was", "called"),
    [
        ("100.01", False, False),
        ("100", False, True),
        ("-1", False, True),
        ("100", True, True),
        ("124.99", True, True),
        ("125", True, False),
        ("124.99", False, False),
    ],
)
def test_it_begins_at_1_0_and_goes_on_until_1_25(collateral: str, was: bool, called: bool) -> None:
    """So that one print to and fro does not begin and end it again and again."""
    assert is_called(margin(collateral), was=was) is called


def test_nobody_is_called_who_holds_nothing() -> None:
    """However deep in debt: there is nothing to close."""
    assert not is_called(margin("-5", maintenance="0"), was=True)


def test_a_quarter_of_the_largest_is_closed() -> None:
    """By value, in whole lots, never less than one lot and never more than there is."""
    small, large = closable("A", "100", "500"), closable("B", "10", "900")
    assert next_closes(margin("90"), [small, large]) == [("B", D(2))]
    assert next_closes(margin("90"), [closable("A", "3", "500")]) == [("A", D(1))]
    assert next_closes(margin("90"), [closable("A", "0.5", "500", lot="0.5")]) == [("A", D("0.5"))]
    assert next_closes(margin("90"), [closable("A", "0.5", "500")]) == [("A", D("0.5"))]


def test_what_nobody_would_take_waits() -> None:
    """The largest with a buyer is next; with none anywhere nothing is."""
    stuck, sellable = closable("A", "8", "900", has_buyer=False), closable("B", "8", "100")
    assert next_closes(margin("90"), [stuck, sellable]) == [("B", D(2))]
    assert next_closes(margin("90"), [stuck]) == []
    assert next_closes(margin("90"), [closable("C", "0", "0")]) == []


def test_an_account_that_is_worth_less_than_nothing_sells_all_that_it_can() -> None:
    positions = [closable("A", "8", "900"), closable("B", "3", "100"), closable("C", "5", "50", has_buyer=False)]
    assert next_closes(margin("-0.01"), positions) == [("A", D(8)), ("B", D(3))]
