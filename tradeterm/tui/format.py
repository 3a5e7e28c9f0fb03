"""Numbers and times as a trader reads them: fixed decimals, grouped, signed. Never decides anything."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cache

from tradeterm.protocol.money import quantity_text
from tradeterm.protocol.vocabulary import OrderType

MISSING = "–"
_BLOCKS = "▁▂▃▄▅▆▇█"
_NUMBER = re.compile(r"(?<![\w.,])\d+(\.\d+)?(?![\w])")
_SETTING = re.compile(r" \([a-z]+[A-Z]\w*\)")
LARGE = 1000  # from here on nobody reads a number without marks, nor its thousandths


def fixed(value: Decimal, decimals: int) -> str:
    """Group by `,`, point `.`, exactly `decimals` places, never an exponent."""
    rounded = value.quantize(_place(decimals), ROUND_HALF_UP)
    return f"{rounded + 0:,.{decimals}f}"  # + 0 turns -0 into 0


@cache
def _place(decimals: int) -> Decimal:
    return Decimal(1).scaleb(-decimals)


def price(value: Decimal | None, decimals: int) -> str:
    return MISSING if value is None else fixed(value, decimals)


def price_in(value: Decimal | None, decimals: int, width: int) -> str:
    """A price in `width` cells: without zeros at its end, without marks, with its zeros counted (`0.0₄12345`); what must
    lose digits even so ends in `…`, so that none is taken for a shorter one.

    A price of many zeros keeps the digits that tell it from its neighbour.
    """
    text = price(value, decimals)
    if value is None or len(text) <= width:
        return text
    plain = text.replace(",", "")
    zeros = len(plain) - len(plain.removeprefix("0.").lstrip("0")) - 2
    if plain.startswith("0."):
        return f"0.0{str(zeros).translate(_SUBSCRIPT)}{plain[2 + zeros :]}" if zeros > 1 else plain
    exact = (_bare(text), plain, _bare(plain))
    whole = plain.partition(".")[0]
    return next((one for one in exact if len(one) <= width), f"{plain[: width - 1]}…" if len(whole) < width else whole)


def _bare(text: str) -> str:
    """Without zeros at its end."""
    return text.rstrip("0").rstrip(".") if "." in text else text


_SUBSCRIPT = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def quantity(value: Decimal, lot: Decimal) -> str:
    """Write a size with the lot's decimals, so that a column of them lines up."""
    return fixed(value, decimals_of(lot))


def size_text(value: Decimal) -> str:
    """A size as it stands in a sentence: grouped, without trailing zeros."""
    return _bare(f"{value:,f}") if value else "0"


def short_quantity(value: Decimal, lot: Decimal, width: int) -> str:
    """Write a size in `width` cells: the lot's decimals, or as many as fit; `<0.01` rather than a zero that is none."""
    for decimals in range(decimals_of(lot), -1, -1):
        text = fixed(value, decimals)
        if len(text) <= width:
            return text if value == 0 or Decimal(text.replace(",", "")) != 0 else "<" + text[1:-1] + "1"
    return thousands(value, width)


def shortest_quantity(value: Decimal, width: int) -> str:
    """Write a size without trailing zeros in `width` cells, where it must be without the zero before the point and rounded
    down: `.111`; `<.01` rather than a zero that is none."""
    text = quantity_text(value)
    if len(text) <= width:
        return text
    if value >= 1000:
        return thousands(value, width)
    short = text.removeprefix("0")[:width].rstrip(".")
    return short if short.strip(".0") else "<." + "1".rjust(width - 2, "0")


def thousands(value: Decimal, width: int) -> str:
    """Write a large number with a unit letter, in at most `width` cells where that is possible."""
    for unit, letter in ((Decimal(10) ** 9, "G"), (Decimal(10) ** 6, "M"), (Decimal(10) ** 3, "k")):
        if abs(value) >= unit:
            texts = [fixed(value / unit, decimals) + letter for decimals in (2, 1, 0)]
            return next((text for text in texts if len(text) <= width), texts[-1])
    return fixed(value, 0)


def money(value: Decimal | None) -> str:
    return MISSING if value is None else fixed(value, 2)


def signed_money(value: Decimal | None) -> str:
    return MISSING if value is None else signed(value, 2)


def signed(value: Decimal, decimals: int) -> str:
    """Both signs are shown; zero, and what rounds to it, has none."""
    text = fixed(value, decimals)
    return text if text.startswith("-") or not text.strip("0.,") else "+" + text


def filled_percent(filled: Decimal, total: Decimal) -> str:
    """Whole percent, rounded down: 100 % is only said when it is."""
    return f"{int(filled * 100 / total) if total else 0}%"


def decimals_of(step: Decimal) -> int:
    """How many places a tick or a lot has: 0.50 has one, 100 has none."""
    exponent = step.normalize().as_tuple().exponent
    assert isinstance(exponent, int), "a step is a finite number"
    return max(0, -exponent)


def sparkline(values: Sequence[Decimal], width: int) -> str:
    """The course of the values in `width` blocks, each the last of its share; less than two values are no course."""
    if len(values) < 2:
        return ""
    count = min(width, len(values))
    picked = [values[(n + 1) * len(values) // count - 1] for n in range(count)]
    low, high = min(picked), max(picked)
    if low == high:
        return _BLOCKS[3] * count
    return "".join(_BLOCKS[int((value - low) * (len(_BLOCKS) - 1) / (high - low))] for value in picked)


def clock(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%H:%M:%S")


def moment(at: datetime, now: datetime) -> str:
    """`18:00:00Z`; of another day the date first."""
    return f"{'' if at.date() == now.date() else f'{at:%m-%d} '}{clock(at)}Z"


def type_name(kind: OrderType) -> str:
    """`STOP LIMIT`."""
    return kind.upper().replace("_", " ")


def age(span: timedelta) -> str:
    """Seconds below a minute, then minutes, hours, days: one unit, rounded down."""
    seconds = max(0, int(span.total_seconds()))
    for size, letter in ((86_400, "d"), (3_600, "h"), (60, "m")):
        if seconds >= size:
            return f"{seconds // size}{letter}"
    return f"{seconds}s"


def milliseconds(span: timedelta | None) -> str:
    """Latency: whole milliseconds below ten seconds, then seconds."""
    if span is None:
        return MISSING
    count = max(0, round(span / timedelta(milliseconds=1)))
    return f"{count}ms" if count < 10_000 else f"{count // 1000}s"


def fit(text: str, width: int, right: bool = False) -> str:
    """Exactly `width` cells: padded on the side that aligns, cut with `…` when it does not fit."""
    if len(text) > width:
        return text[: max(0, width - 1)] + "…" if width else ""
    return text.rjust(width) if right else text.ljust(width)


def short_id(order_id: str) -> str:
    """The end of an id: the front of a time-ordered one is the same for all orders of a minute."""
    return order_id[-6:]


def readable(text: str) -> str:
    """`value 4546150.00 is above … 99879.960928519` with its numbers grouped; small ones, which may be prices, stay."""
    return _NUMBER.sub(_grouped, _SETTING.sub("", text))


def _grouped(number: "re.Match[str]") -> str:
    value = Decimal(number[0])
    if value < LARGE:
        return number[0]
    decimals = min(2, len(number[1] or ".") - 1)
    return fixed(value, decimals)


def counted(number: int, noun: str) -> str:
    """`1 order`, `1,200 orders`, `2 working entries`."""
    plural = f"{noun.removesuffix('y')}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number:,} {noun if number == 1 else plural}"
