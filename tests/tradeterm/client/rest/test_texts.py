"""How numbers and symbols are written in a request."""

from decimal import Decimal

import pytest

from tradeterm.client.rest.texts import dashed, number_text


@pytest.mark.parametrize(
    ("number", "text"), [(Decimal("1E-7"), "0.0000001"), (Decimal("4.5E+4"), "45000"), ("1.50", "1.50")]
)
def test_a_number_has_no_exponent(number: str | Decimal, text: str) -> None:
    """A text is what its writer wrote; whether it is a number is not asked here."""
    assert number_text(number) == text


def test_a_symbol_in_a_path_is_one_level() -> None:
    """A slash would be two."""
    assert dashed("BTC/USD") == "BTC-USD"
