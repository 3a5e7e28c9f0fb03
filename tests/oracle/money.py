"""Decimals as the wire shows them: exact text, as the oracle writes it."""

from decimal import ROUND_HALF_UP, Context, Decimal

_CENT = Decimal("0.01")
_MAX_PLACES = 12
_TWELVE = Decimal(1).scaleb(-_MAX_PLACES)
# Showing may round, also where the caller's context forbids it to arithmetic.
_SHOWN = Context(prec=60, rounding=ROUND_HALF_UP)


def price_text(price: Decimal, decimals: int) -> str:
    """A price with its market's decimals, and with more where it has more (never rounded)."""
    return places_text(price, decimals)


def average_text(average: Decimal, decimals: int) -> str:
    """An average price: at least its market's decimals, at most 12."""
    return places_text(average, decimals)


def quantity_text(quantity: Decimal) -> str:
    """A quantity without trailing zeros and without an exponent."""
    text = _plain(quantity)
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def amount_text(amount: Decimal) -> str:
    """An amount of money: at least two decimals, as many more as it has, at most 12."""
    text = str(amount)
    # Most amounts stand there already.
    return text if text[-3:-2] == "." and amount else places_text(amount, 2)


def percent_text(percent: Decimal) -> str:
    """A percentage, rounded half up to two decimals: the only thing that is rounded to be shown."""
    text = f"{percent.quantize(_CENT, context=_SHOWN):f}"
    return "0.00" if text == "-0.00" else text


def places_text(value: Decimal, least: int) -> str:
    """`value` with at least `least` decimals and at most 12, no exponent, no minus before zero."""
    text = _plain(value)
    dot = text.find(".")
    places = 0 if dot < 0 else len(text) - dot - 1
    if places > _MAX_PLACES:
        return places_text(value.quantize(_TWELVE, context=_SHOWN), least)
    if places > least:
        # Zeros beyond what must be shown say nothing.
        kept = text.rstrip("0")
        text = kept if len(kept) - dot - 1 >= least else text[: dot + 1 + least]
        text = text.rstrip(".")
    elif places < least:
        text = (text if dot >= 0 else f"{text}.") + "0" * (least - places)
    return text[1:] if text[0] == "-" and not value else text


def _plain(value: Decimal) -> str:
    """Digits and a point. `str` is three times as quick as formatting, and writes an exponent only now and then."""
    text = str(value)
    return f"{value:f}" if "E" in text else text
