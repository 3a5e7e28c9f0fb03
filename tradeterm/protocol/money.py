"""Decimals on the wire: strict text in, exact text out. JSON numbers, exponents and anything but ASCII digits are refused."""

import re
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import lru_cache
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, PlainSerializer, WithJsonSchema

from tradeterm.protocol.arithmetic import quotient, rounded

# 18 digits before and after the point are far beyond any market, and far below what makes arithmetic slow.
_FORM = re.compile(r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,18})?", re.ASCII)
_CENT = Decimal("0.01")
_CENTS = 2
_MAX_PLACES = 12
_TWELVE = Decimal(1).scaleb(-_MAX_PLACES)
_MOST = _MAX_PLACES + 1  # with the point
_POINT_OF_AMOUNT, _POINT_OF_AVERAGE = slice(-_MOST, -_CENTS), slice(-_MOST, None)  # where it is, if all can be shown
# Showing may round, also where the caller's context forbids it to arithmetic.
_shown = Context(prec=60, rounding=ROUND_HALF_UP).quantize
SCHEMA = {"type": "string", "pattern": r"^-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,18})?$", "examples": ["45000.00"]}


@lru_cache(maxsize=2048)  # four of five come again, soon: a console reads a thousand a second, half of them never again
def parse_decimal(text: str) -> Decimal:
    """The exact value of a plain decimal text. Raises ValueError on any other form."""
    if not _FORM.fullmatch(text):
        raise ValueError('a decimal is written like "45000.00": digits and one point, at most 18 on either side')
    return Decimal(text)


@lru_cache(maxsize=16_384)  # a market's prices and sizes come again and again
def price_text(price: Decimal, decimals: int) -> str:
    """A price with its market's decimals, and with more where it has more (never rounded)."""
    return places_text(price, decimals)


def sum_text(quantity: Decimal) -> str:
    """The text of a quantity that was computed just now: to find it by its number costs more than to write it, for a new
    number has no hash yet."""
    text = f"{quantity!s}"  # three times as quick as formatting, and has an exponent only now and then
    if "E" in text:
        text = f"{quantity:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


quantity_text = lru_cache(maxsize=16_384)(sum_text)  # without trailing zeros and without an exponent


def amount_text(amount: Decimal) -> str:
    """An amount of money: at least two decimals, as many more as it has, at most 12."""
    if not amount:
        return "0.00"
    text = f"{amount!s}".rstrip("0")
    # Most have as many decimals as must and may be shown. A look into a slice is quicker than to find the point's place.
    if "." in text[_POINT_OF_AMOUNT] and "E" not in text:
        return text
    if text[-1] == ".":
        return f"{text}00"
    return f"{text}0" if text[-2:-1] == "." else places_text(amount, _CENTS)


def average_text(price: Decimal, least: int) -> str:
    """An average price: at least its market's decimals, as many more as it has, at most 12."""
    text = f"{price!s}".rstrip("0")
    point = text.find(".")
    places = len(text) - point - 1
    if point < 0 or places > _MAX_PLACES or "E" in text or not (least and price):
        return places_text(price, least)
    return text if places >= least else text + "0" * (least - places)


def quotient_text(cost: Decimal, quantity: Decimal, least: int) -> str:
    """The average price of a quantity that was bought or sold: `average_text` of what `divide` finds."""
    price = quotient(cost, quantity)
    text = f"{price!s}"
    # Most is filled at one price: then that comes out, with the decimals that it was named with.
    if price and text[-least - 1 : -least] == "." and "E" not in text:
        return text
    is_shown_whole = "." in text[_POINT_OF_AVERAGE] and "E" not in text
    return average_text(price if is_shown_whole else rounded(price), least)


def percent_text(percent: Decimal) -> str:
    """A percentage, rounded half up to two decimals: the only thing that is rounded to be shown."""
    text = f"{_shown(percent, _CENT)!s}"  # with two decimals it is never written with an exponent
    return "0.00" if text == "-0.00" else text


def places_text(value: Decimal, least: int) -> str:
    """`value` with at least `least` decimals and at most 12, no exponent, no minus before zero."""
    if not value:
        return f"0.{'0' * least}" if least else "0"
    text = f"{value!s}"
    if "E" in text:
        text = f"{value:f}"
    point = text.find(".")
    if point < 0:
        return f"{text}.{'0' * least}" if least else text
    end, length = point + 1 + least, len(text)  # where what must be shown ends
    if length <= end:
        return text.ljust(end, "0")
    if length - point > _MOST:
        return places_text(_shown(value, _TWELVE), least)
    kept = text.rstrip("0")  # zeros beyond what must be shown say nothing
    return kept if len(kept) > end else text[: end if least else point]


def _from_text(value: Any) -> Any:
    if isinstance(value, str):
        return parse_decimal(value)
    if isinstance(value, Decimal):
        return value
    raise ValueError('a decimal is a string, as in "45000.00", never a JSON number')


def _positive(value: Decimal) -> Decimal:
    if value <= 0:
        raise ValueError("must be above zero")
    return value


def _to_text(value: Decimal) -> str:
    return f"{value:f}"


Money = Annotated[
    Decimal, BeforeValidator(_from_text), PlainSerializer(_to_text, when_used="json"), WithJsonSchema(SCHEMA)
]
Price = Annotated[Money, AfterValidator(_positive)]
Quantity = Annotated[Money, AfterValidator(_positive)]
