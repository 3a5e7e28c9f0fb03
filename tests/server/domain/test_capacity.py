"""How many decimals numbers have, and so what is too fine to compute with."""

from decimal import Decimal

import pytest

from server.domain.capacity import is_amount, places


@pytest.mark.parametrize(
    ("text", "decimals"),
    [
        ("0.26", 2),
        ("0.2600", 2),
        ("100", 0),
        ("1e-40", 40),
        ("0." + "9" * 40, 40),
        ("1." + "0" * 59 + "1", 60),
        ("999999999999999." + "9" * 18, 18),
    ],
)
def test_decimals_are_counted_without_rounding(text: str, decimals: int) -> None:
    """However many digits a number has in all: rounded to the usual 28, forty nines would count as none."""
    assert places(Decimal(text)) == decimals


def test_an_amount_of_too_many_decimals_is_none_however_large() -> None:
    """Fifteen digits before the point hide none behind it."""
    assert is_amount(Decimal("999999999999999." + "9" * 12))
    assert not is_amount(Decimal("999999999999999." + "9" * 13))
    assert not is_amount(Decimal("999999999999999." + "9" * 18))
