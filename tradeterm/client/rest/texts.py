"""How numbers, symbols and ids are written in a request."""

from decimal import Decimal
from urllib.parse import quote


def number_text(number: str | Decimal) -> str:
    """As the wire writes it: `str` of a small Decimal has an exponent."""
    return f"{number:f}" if isinstance(number, Decimal) else number


def segment(name: str) -> str:
    """One level of a path, whatever the name is: no character of it is taken for the path's own, and `.` and `..` are names
    too. Unwritten that would be another request: `/orders/.` is `/orders`."""
    return quote(name, safe="", errors="replace").replace(".", "%2E")


def dashed(symbol: str) -> str:
    """As a path names it: a slash would be another level."""
    return segment(symbol.replace("/", "-"))
