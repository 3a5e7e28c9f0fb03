"""Numbers and times as they stand on the screen."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradeterm.tui import format as shown

D = Decimal


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [("45000", 2, "45,000.00"), ("0.00001", 2, "0.00"), ("-0.001", 2, "0.00"), ("1E+5", 0, "100,000"), ("2.5", 0, "3")],
)
def test_fixed_groups_and_never_writes_an_exponent(value: str, decimals: int, text: str) -> None:
    """Thousands are grouped, the places are fixed, zero has no sign."""
    assert shown.fixed(D(value), decimals) == text


@pytest.mark.parametrize(("value", "text"), [("5", "+5.00"), ("-5", "-5.00"), ("0", "0.00"), ("-0.001", "0.00")])
def test_profit_shows_both_signs_and_zero_none(value: str, text: str) -> None:
    """A profit has a plus, a loss a minus, and what rounds to zero neither."""
    assert shown.signed(D(value), 2) == text


def test_a_small_size_is_never_shown_as_none() -> None:
    """What rounds to zero is said to be small."""
    assert shown.short_quantity(D("0.00001"), D("0.00001"), 5) == "<.001"
    assert shown.short_quantity(D("0.5"), D("0.00001"), 9) == "0.50000"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("150000", "150,000"),
        ("9435.70", "9,435.7"),
        ("1E+3", "1,000"),
        ("0.111", "0.111"),
        ("-0", "0"),
        ("1" * 35, None),
    ],
)
def test_a_size_in_a_sentence_is_grouped(value: str, text: str | None) -> None:
    """With all its digits and no zeros at the end."""
    assert shown.size_text(D(value)) == (text or f"{int(value):,}")


def test_filled_percent_is_not_100_before_all_is_filled() -> None:
    """Rounded down, so that 100 % is only said when it is."""
    assert shown.filled_percent(D("0.999"), D(1)) == "99%"
    assert shown.filled_percent(D(1), D(1)) == "100%"


@pytest.mark.parametrize(("tick", "places"), [("0.50", 1), ("100", 0), ("0.00001", 5), ("1E+1", 0)])
def test_decimals_of_a_step(tick: str, places: int) -> None:
    """A step says how many places its multiples need."""
    assert shown.decimals_of(D(tick)) == places


@pytest.mark.parametrize(("seconds", "text"), [(0, "0s"), (59.9, "59s"), (60, "1m"), (3600, "1h"), (200_000, "2d")])
def test_age_is_one_unit_rounded_down(seconds: float, text: str) -> None:
    """A minute old is not said before it is a minute."""
    assert shown.age(timedelta(seconds=seconds)) == text


def test_clock_is_utc() -> None:
    """The wall clock of the screen is the one of the server's times."""
    assert shown.clock(datetime(2026, 1, 5, 12, 31, 7, tzinfo=UTC)) == "12:31:07"


@given(st.lists(st.integers(0, 10**9).map(Decimal), max_size=60), st.integers(1, 12))
def test_a_sparkline_never_exceeds_its_width(values: list[Decimal], width: int) -> None:
    """Any course fits, and its highest point reaches the top."""
    text = shown.sparkline(values, width)
    assert len(text) <= width
    if len(set(values[-1:])) and len(values) >= 2 and len(set(text)) > 1:
        assert "█" in text
        assert "▁" in text


@given(st.text(st.characters(codec="ascii"), max_size=30), st.integers(0, 20), st.booleans())
def test_fit_is_exactly_as_wide_as_asked(text: str, width: int, right: bool) -> None:
    """A column never moves, whatever stands in it."""
    assert len(shown.fit(text, width, right)) == width


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        ("45012.5", 2, "45,012.50"),
        ("0.000012345", 9, "0.0₄12345"),
        ("0.000012346", 9, "0.0₄12346"),
        ("0.00000001234", 11, "0.0₇1234"),
        ("0.5321", 4, "0.5321"),
        ("44765.6001", 4, "44765.60…"),
        ("1234567.25", 2, "1234567.…"),
        ("144400.00", 2, "144,400"),
        ("123456.50", 2, "123,456.5"),
        ("1234567.5", 2, "1234567.5"),
        ("12345678901", 2, "12345678901"),
    ],
)
def test_a_price_that_is_too_long_keeps_the_digits_that_matter(value: str, decimals: int, text: str) -> None:
    """In nine cells; a whole number is never cut, for that would be another, and what loses digits says so."""
    assert shown.price_in(D(value), decimals, 9) == text


@pytest.mark.parametrize(
    ("value", "width", "text"),
    [
        ("0.5", 4, "0.5"),
        ("0.11145", 4, ".111"),
        ("12.3456", 4, "12.3"),
        ("0.0004", 4, "<.01"),
        ("0.0004", 3, "<.1"),
        ("123456", 4, "123k"),
        ("100", 3, "100"),
    ],
)
def test_a_size_that_is_too_long_is_no_other_size(value: str, width: int, text: str) -> None:
    """As many digits as there is room for, and never a zero that is none."""
    assert shown.shortest_quantity(D(value), width) == text
    assert len(text) <= width
