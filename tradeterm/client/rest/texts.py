"""How numbers and symbols are written in a request."""

from decimal import Decimal


def number_text(number: str | Decimal) -> str:
    """As the wire writes it: `str` of a small Decimal has an exponent."""
    return f"{number:f}" if isinstance(number, Decimal) else number


def dashed(symbol: str) -> str:
    """As a path names it: a slash would be another level."""
    return symbol.replace("/", "-")
