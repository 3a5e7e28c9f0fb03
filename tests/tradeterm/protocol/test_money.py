"""That decimals on the wire are exact text: strict coming in, whole going out."""

import tracemalloc
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from tests.oracle import money as oracle
from tradeterm.protocol.arithmetic import divide
from tradeterm.protocol.money import (
    Money,
    Price,
    Quantity,
    amount_text,
    average_text,
    parse_decimal,
    percent_text,
    price_text,
    quantity_text,
    quotient_text,
    sum_text,
)

DECIMALS = st.builds(
    lambda whole, places: Decimal(whole).scaleb(-places), st.integers(-(10**17), 10**17), st.integers(0, 12)
)


# However they came about: finer than what is shown, with an exponent, zeros of every sign and length.
ANY_DECIMALS = st.builds(
    lambda sign, digits, exponent: Decimal((sign, tuple(map(int, str(digits))), exponent)),
    *(st.integers(0, 1), st.one_of(st.integers(0, 10**6), st.integers(0, 10**25)), st.integers(-20, 6)),
)


class Body(BaseModel):
    money: Money = Decimal(0)
    price: Price = Decimal(1)
    quantity: Quantity = Decimal(1)


def test_texts_that_never_come_again_are_not_kept() -> None:
    """Most sizes of a market come once. What is kept of a hundred thousand is less than a megabyte."""
    tracemalloc.start()
    try:
        for n in range(100_000):
            parse_decimal(f"{n}.123456")
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 1_000_000


@pytest.mark.parametrize("text", ["0", "-0", "1", "45000.00", "-0.5", "0.000000000000000001", "9" * 18, "-1.10"])
def test_plain_decimal_is_taken_exactly(text: str) -> None:
    """Digits, one point, a minus: the value is the text's, to the last digit."""
    assert parse_decimal(text) == Decimal(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "1 ",
        " 1",
        "+1",
        "01",
        "-01",
        "1.",
        ".5",
        "1e5",
        "1E-7",
        "1_000",
        "1,000",
        "0x10",
        "NaN",
        "Infinity",
        "-inf",
        "1.2.3",
        "--1",
        "１",
        "٣",
        "1\n",
        "9" * 19,
        "0." + "1" * 19,
        "1" * 100000,
        "½",
        "1\x00",
    ],
    ids=lambda text: repr(text[:12]),
)
def test_any_other_text_is_refused(text: str) -> None:
    """Exponents, spaces, underscores, foreign digits, not-a-number and absurd lengths are no decimals."""
    with pytest.raises(ValueError, match="decimal"):
        parse_decimal(text)


@pytest.mark.parametrize("value", [0.1, 1, True, None, [], {}, "1e5", " 1", "NaN", "１"], ids=repr)
def test_body_takes_no_number_but_as_plain_text(value: Any) -> None:
    """A JSON number has lost digits already: it is refused, and so is text of any other form."""
    with pytest.raises(ValidationError):
        Body.model_validate({"money": value})


@pytest.mark.parametrize("name", ["price", "quantity"])
@pytest.mark.parametrize("text", ["0", "0.00", "-1"])
def test_price_and_quantity_are_above_zero(name: str, text: str) -> None:
    """Nobody buys nothing, or at nothing."""
    with pytest.raises(ValidationError):
        Body.model_validate({name: text})


@given(DECIMALS)
def test_what_is_written_is_read_back(value: Decimal) -> None:
    """Amounts, quantities and prices lose nothing on their way, and never show an exponent."""
    for text in (amount_text(value), quantity_text(value), price_text(value, 2)):
        assert parse_decimal(text) == value
        assert not set(text) & set("eE+")


@given(DECIMALS)
def test_texts_have_the_places_that_the_contract_says(value: Decimal) -> None:
    """Amounts at least two, quantities no trailing zero, percentages two, and no minus before nothing."""
    assert len(amount_text(value).partition(".")[2]) >= 2
    places = quantity_text(value).partition(".")[2]
    assert not places.endswith("0")
    assert len(percent_text(value).partition(".")[2]) == 2
    if not value:
        assert not amount_text(value).startswith("-")


@given(ANY_DECIMALS, st.integers(0, 12))
def test_quick_texts_are_those_of_the_slow_way(value: Decimal, least: int) -> None:
    """What is written on short ways is what the oracle writes on its only one."""
    assert amount_text(value) == oracle.amount_text(value)
    assert average_text(value, least) == oracle.average_text(value, least)
    assert (sum_text(value), percent_text(value)) == (oracle.quantity_text(value), oracle.percent_text(value))


@given(ANY_DECIMALS.filter(lambda cost: abs(cost) < 10**20), DECIMALS.filter(bool), st.integers(0, 12))
def test_an_average_is_written_as_it_is_divided(cost: Decimal, quantity: Decimal, least: int) -> None:
    """Also where it comes out even, and is not rounded at all."""
    assert quotient_text(cost, quantity, least) == oracle.average_text(divide(cost, quantity), least)
    assert quotient_text(cost * quantity, quantity, least) == oracle.average_text(
        divide(cost * quantity, quantity), least
    )


def test_an_average_of_nothing_has_no_minus() -> None:
    assert quotient_text(Decimal("0.00"), Decimal(-1), 2) == "0.00"


@given(DECIMALS)
def test_model_writes_plain_text(value: Decimal) -> None:
    """A model's JSON holds the decimal as a string that the model takes again."""
    text = Body(money=value).model_dump_json()
    assert Body.model_validate_json(text).money == value


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        ("45000", 2, "45000.00"),
        ("45000.5", 2, "45000.50"),
        ("0.00012345", 2, "0.00012345"),
        ("1E+3", 0, "1000"),
        ("99.41379310344827586", 2, "99.413793103448"),
        ("-0.000", 2, "0.00"),
        ("1.230000", 2, "1.23"),
    ],
)
def test_price_carries_its_markets_decimals(value: str, decimals: int, text: str) -> None:
    """At least the market's, as many more as there are, at most twelve."""
    assert price_text(Decimal(value), decimals) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [("1.1111", "1.11"), ("1.115", "1.12"), ("-1.115", "-1.12"), ("0.004", "0.00"), ("-0.004", "0.00"), ("5", "5.00")],
)
def test_percentage_is_rounded_half_up(value: str, text: str) -> None:
    """The only thing that is rounded to be shown."""
    assert percent_text(Decimal(value)) == text


@pytest.mark.parametrize(("value", "text"), [("100", "100"), ("1E+2", "100"), ("0.10", "0.1"), ("0E-8", "0")])
def test_quantity_has_no_trailing_zeros(value: str, text: str) -> None:
    """However the decimal was made."""
    assert quantity_text(Decimal(value)) == text


@pytest.mark.parametrize(
    ("average", "text"), [("45000", "45000.00"), ("45000.125", "45000.125"), ("0.000000000001", "0.000000000001")]
)
def test_an_average_has_its_market_s_decimals_and_as_many_more_as_it_needs(average: str, text: str) -> None:
    assert average_text(Decimal(average), 2) == text
