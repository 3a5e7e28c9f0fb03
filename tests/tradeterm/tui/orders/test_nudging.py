"""Nudges add up."""

from tradeterm.tui.orders.nudging import Nudges


def test_nudges_of_an_order_add_up_until_they_are_taken() -> None:
    """Each order for itself; the first of each says so."""
    nudges = Nudges()
    assert [nudges.add("a", 1), nudges.add("a", 1), nudges.add("b", -1), nudges.add("a", -3)] == [
        True,
        False,
        True,
        False,
    ]
    assert (nudges.take("a"), nudges.take("b"), nudges.take("a")) == (-1, -1, 0)
    assert nudges.add("a", 1)
