"""What people type and paste for numbers: one meaning is taken, two are refused, none is made up."""

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradeterm.tui.orders.typed_number import NotANumber, plain_number, typed_number

D = Decimal


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("45000", "45000"),
        ("45000.5", "45000.5"),
        ("1,5", "1.5"),
        ("0,5", "0.5"),
        ("0,123", "0.123"),
        (",5", "0.5"),
        (".5", "0.5"),
        ("5.", "5"),
        ("007", "7"),
        ("45000,5", "45000.5"),
        ("45,000.50", "45000.50"),
        ("1,000.5", "1000.5"),
        ("1.000,5", "1000.5"),
        ("1,000,000", "1000000"),
        ("1.000.000", "1000000"),
        ("1'234'567.8", "1234567.8"),
        ("2’500", "2500"),
        ("1 000", "1000"),
        ("45\u00a0000,5", "45000.5"),
        (" 45000 ", "45000"),
        (" 0.02\n", "0.02"),
        ("0.1\t", "0.1"),
        ("$45,000.50", "45000.50"),
        ("4500,000", "4500.000"),
    ],
)
def test_a_number_with_one_meaning_is_taken(text: str, value: str) -> None:
    """To the digit."""
    assert typed_number(text) == D(value)


@pytest.mark.parametrize("text", ["1,000", "45,000", "999,999"])
def test_a_number_with_two_meanings_is_refused_and_both_are_named(text: str) -> None:
    """A comma before three digits is a decimal one for some and a thousand's for others."""
    fault = typed_number(text)
    assert isinstance(fault, NotANumber)
    assert text.replace(",", "") in fault.text
    assert text.replace(",", ".") in fault.text


@pytest.mark.parametrize(
    "text",
    ["", " ", ".", ",", "1e5", "-5", "+5", "1 5", "2'5", "1..5", "1,5,5", "1,00,000", "1.5.5", "1.500,", "1,500.", "0x1", "٤٥", "½", "1k",
     "nan", "1.000.5", "1,000,5.5", "12 34", "5\x1b[31m", "1" * 41],
)  # fmt: skip
def test_what_is_no_number_is_refused_with_a_word(text: str) -> None:
    """And the word holds nothing that a terminal obeys."""
    fault = typed_number(text)
    assert isinstance(fault, NotANumber)
    assert fault.text
    assert "\x1b" not in fault.text


@given(st.text(st.sampled_from("0123456789.,' \n-e$"), max_size=14))
def test_no_digit_is_ever_dropped_or_moved(text: str) -> None:
    """A text is refused, or the number's digits are the text's, in order, with the point at one of its marks."""
    plain = plain_number(text)
    if isinstance(plain, NotANumber):
        return
    assert re.sub(r"\D", "", plain) == re.sub(r"\D", "", text)
    if "." in plain:
        tail = plain.partition(".")[2]
        assert re.search(rf"[.,]{re.escape(tail)}[\s$]*$", text)


@given(st.decimals(min_value=0, max_value=10**9, places=4, allow_nan=False))
def test_every_way_to_write_a_number_gives_it_back(value: Decimal) -> None:
    """English, German, Swiss and French writing, four decimals each."""
    english = f"{value:,.4f}"
    german = english.replace(",", "_").replace(".", ",").replace("_", ".")
    for text in (english, german, english.replace(",", "'"), german.replace(".", "\u202f"), f"{value:.4f}"):
        assert typed_number(text) == value
