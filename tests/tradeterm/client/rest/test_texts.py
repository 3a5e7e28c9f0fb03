"""How numbers, symbols and ids are written in a request."""

from decimal import Decimal

import httpx
import pytest

from tradeterm.client.rest.texts import dashed, number_text, segment


@pytest.mark.parametrize(
    ("number", "text"), [(Decimal("1E-7"), "0.0000001"), (Decimal("4.5E+4"), "45000"), ("1.50", "1.50")]
)
def test_a_number_has_no_exponent(number: str | Decimal, text: str) -> None:
    """A text is what its writer wrote; whether it is a number is not asked here."""
    assert number_text(number) == text


def test_a_symbol_in_a_path_is_one_level() -> None:
    """A slash would be two."""
    assert dashed("BTC/USD") == "BTC-USD"


@pytest.mark.parametrize(
    "name", [".", "..", "../orders?include=all", "?include=all", "#", "x/../..", "a b", "\n", "%2e", "é", "01a2-7000.x"]
)
def test_a_name_is_one_level_of_a_path_whatever_it_is(name: str) -> None:
    """It leads nowhere else, asks nothing besides, and comes as it was."""
    url = httpx.URL("http://desk/api/v1").join(f"/orders/{segment(name)}")
    assert url.raw_path == f"/orders/{segment(name)}".encode()
    assert (url.path, url.query) == (f"/orders/{name}", b"")


def test_what_is_no_text_can_be_asked_for_all_the_same() -> None:
    """A byte of a command line that is not UTF-8: nothing is called so, and the server says it."""
    assert segment("\udcff") == "%3F"
