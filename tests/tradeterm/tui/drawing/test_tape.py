"""The tape for eyes: sums of a moment, without crumbs, nothing lost."""

from datetime import datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tests.tradeterm.tui.desks import NOON
from tradeterm.protocol.market import Print
from tradeterm.protocol.vocabulary import Side
from tradeterm.tui.drawing.tape import MOMENT, summed

D = Decimal


def prints(*rows: tuple[int, Side, str]) -> list[Print]:
    """(milliseconds, side, quantity), oldest first; given newest first as the desk does."""
    made = [
        Print(symbol="BTC/USD", id=str(n), price=D(100 + n), quantity=D(size), side=side, time=at(ms))
        for n, (ms, side, size) in enumerate(rows)
    ]
    return made[::-1]


def at(ms: int) -> datetime:
    return NOON + timedelta(milliseconds=ms)


def test_one_side_of_one_moment_is_one_line() -> None:
    """At the last price, with the sum of the sizes; the other side, and a moment later, are others."""
    found = summed(prints((0, Side.BUY, "1"), (100, Side.BUY, "2"), (120, Side.SELL, "4"), (400, Side.SELL, "8")), D(0))
    assert [(one.side, one.quantity, one.price) for one in found] == [
        (Side.SELL, D(8), D(103)),
        (Side.SELL, D(4), D(102)),
        (Side.BUY, D(3), D(101)),
    ]
    assert [one.id for one in found] == ["3", "2", "0"]


def test_crumbs_are_left_out_after_they_are_summed() -> None:
    """Three small ones may be one that counts."""
    rows = prints(*((n * 50, Side.BUY, "0.2") for n in range(3)), (900, Side.BUY, "0.4"))
    assert [one.quantity for one in summed(rows, D("0.5"))] == [D("0.6")]


@given(st.lists(st.tuples(st.integers(0, 400), st.sampled_from(Side), st.integers(1, 9).map(str)), max_size=30))
def test_nothing_is_lost_and_no_line_is_longer_than_its_moment(gaps: list[tuple[int, Side, str]]) -> None:
    """Sums by side are those of the prints."""
    times = [sum(gap for gap, _, _ in gaps[: n + 1]) for n in range(len(gaps))]
    given_prints = prints(*((ms, side, size) for ms, (_, side, size) in zip(times, gaps, strict=True)))
    found = summed(given_prints, D(0))
    for side in Side:
        assert sum(one.quantity for one in found if one.side is side) == sum(
            one.quantity for one in given_prints if one.side is side
        )
    began = {one.id: one.time for one in given_prints}
    assert all(one.time - began[one.id] < MOMENT for one in found)
