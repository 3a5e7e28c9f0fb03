"""Exits as they are typed: the price they mean, or why they mean none."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tradeterm.tui.desks import FakeDesk
from tradeterm.protocol.vocabulary import Side
from tradeterm.tui.orders.typed_level import (
    Level,
    Unit,
    is_worded,
    length,
    level_price,
    off_tick,
    said_distance,
    said_level,
    signed,
    typed_level,
)
from tradeterm.tui.orders.typed_number import NotANumber

D = Decimal
BTC = FakeDesk().markets()["BTC/USD"]
ENTRY = D("45000")


@pytest.mark.parametrize(
    ("side", "text", "stop", "price"),
    [
        (Side.BUY, "44000", None, "44000"),
        (Side.BUY, "44.000,5", None, "44000.5"),
        (Side.BUY, " -2% ", None, "44100"),
        (Side.SELL, "+2%", None, "45900"),
        (Side.BUY, "-10T", None, "44995"),
        (Side.BUY, "2r", "44000", "47000"),
        (Side.SELL, "1.5R", "46000", "43500"),
        (Side.BUY, "-0.0007%", None, "45000"),
        (Side.SELL, "+0.0007%", None, "45000"),
    ],
)
def test_a_level_is_a_price_on_the_tick(side: Side, text: str, stop: str | None, price: str) -> None:
    """As it stands, counted from the entry, or in what the stop risks; rounded, it loses no more than was said."""
    assert typed_level(text, side, ENTRY, BTC, None if stop is None else D(stop)) == D(price)


@pytest.mark.parametrize(("side", "stop"), [(Side.BUY, "46000"), (Side.BUY, "45000"), (Side.SELL, "44000")])
def test_a_stop_that_risks_nothing_gives_r_nothing_to_count(side: Side, stop: str) -> None:
    """A stop that was drawn past the entry keeps a gain: twice that is no target."""
    said = typed_level("2r", side, ENTRY, BTC, D(stop))
    assert isinstance(said, NotANumber)
    assert said.text.startswith("r counts what the stop risks: at 4")
    assert said.text.endswith(" it risks nothing.")


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("44000.3", "Off the tick of 0.5: 44,000.00 or 44,000.50."),
        ("1%", "Which way? -1% or +1%."),
        ("10t", "Which way?"),
        ("-5", "ticks or percent"),
        ("-1.5t", "whole"),
        ("2r", "needs a stop"),
        ("+2r", "no sign: 2r."),
        ("-100%", "below zero"),
        ("0", "above zero"),
        ("-0%", "above zero"),
        ("x", "not a number"),
        ("r", "not a number"),
        ("", "Type a number."),
    ],
)
def test_what_is_no_level_is_refused_with_what_would_be_one(text: str, word: str) -> None:
    """Nothing is guessed."""
    said = typed_level(text, Side.BUY, ENTRY, BTC)
    assert isinstance(said, NotANumber)
    assert word in said.text


def test_a_word_has_to_be_worked_out() -> None:
    """A price, and what is no level, have not."""
    assert [is_worded(text) for text in ("-2%", "2r", "44000", "2%", "")] == [True, True, False, False, False]


def test_a_distance_needs_a_price_to_count_from() -> None:
    """A price does not."""
    assert typed_level("44000", Side.BUY, None, BTC) == D(44_000)
    assert isinstance(typed_level("-2%", Side.BUY, None, BTC), NotANumber)


@given(
    st.sampled_from([Side.BUY, Side.SELL]),
    st.integers(1, 9_000),
    st.sampled_from([Unit.TICKS, Unit.PERCENT]),
    st.integers(1, 200_000),
)
def test_rounding_never_loses_more_than_was_said(side: Side, tenths: int, unit: Unit, ticks: int) -> None:
    """On either side of the entry: a stop is no further away, a target is no nearer."""
    entry = ticks * BTC.tick
    value = D(tenths) if unit is Unit.TICKS else D(tenths) / 100
    for sign in (1, -1):
        found = level_price(Level(sign * value, unit), side, entry, BTC)
        exact = entry + length(sign * value, unit, entry, BTC)
        if isinstance(found, NotANumber):
            assert exact <= BTC.tick
        else:
            assert off_tick(found, BTC) is None
            assert 0 <= (found - exact) * side.sign < BTC.tick


@given(st.integers(1, 10**6).map(D), st.sampled_from([*Unit]), st.sampled_from([1, -1]))
def test_a_level_reads_itself(value: D, unit: Unit, sign: int) -> None:
    """As it writes itself."""
    said = Level(value if unit in (Unit.PRICE, Unit.RISK) else sign * value, unit)
    assert said_level(said.written(str)) == said
    assert said_distance(signed(D(-2), Unit.TICKS, str)) == (D(-2), Unit.TICKS)
