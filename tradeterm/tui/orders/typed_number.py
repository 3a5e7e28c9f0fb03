"""Numbers as people write them: a decimal comma, thousands marks and blanks, wherever they have one meaning only.

What could mean two things is refused with a word; nothing is dropped, so `1,5` can never become 15. Pure.
"""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal

from tradeterm.protocol.money import parse_decimal

LONGEST = 40
_BLANKS = " \t\r\n\u00a0\u2007\u2009\u202f"
CURRENCIES = "$€£¥₿"
_PLAIN = re.compile(r"[0-9]*\.?[0-9]*", re.ASCII)
_MARKS = {",": "comma", ".": "point", "'": "apostrophe", "’": "apostrophe", "_": "underscore", " ": "blank"}


@dataclass(frozen=True, slots=True)
class NotANumber:
    """Why a text was not taken, as a sentence that names what to write."""

    text: str


def typed_number(text: str) -> Decimal | NotANumber:
    """The one value that the text can have, never below zero."""
    plain = plain_number(text)
    if isinstance(plain, NotANumber):
        return plain
    try:
        return parse_decimal(_bare(plain))
    except ValueError:
        return NotANumber(f"{_shown(text)} has too many digits.")


def plain_number(text: str) -> str | NotANumber:
    """The same number with a decimal point and no other mark; text that needs no change comes back as it is."""
    stripped = text.strip(_BLANKS + CURRENCIES)
    if not stripped:
        return NotANumber("Type a number.")
    if len(stripped) > LONGEST:
        return NotANumber("That is too long for a number.")
    if _PLAIN.fullmatch(stripped) and stripped != ".":
        return stripped
    blanked = re.sub(f"[{_BLANKS}]", " ", stripped)
    marks = [character for character in blanked if character in _MARKS]
    digits = re.split(r"[,.'’_ ]", blanked)
    if not all(re.fullmatch("[0-9]*", part, re.ASCII) for part in digits) or not any(digits):
        return NotANumber(f"{_shown(text)} is not a number: digits and one point.")
    return _read(text, digits, marks)


def _read(text: str, digits: list[str], marks: list[str]) -> str | NotANumber:
    """Digits between marks: the last mark is a decimal one, or all of them set thousands apart."""
    may_be_whole = len(set(marks)) == 1 and _are_thousands(digits)
    if len(marks) > 1 and not digits[-1]:  # `1.500,` may well be a 1.5 and a comma behind it
        return NotANumber(f"{_shown(text)} ends in a {_MARKS[marks[-1]]}: write it without.")
    may_be_decimal = marks[-1] in ",." and marks[-1] not in marks[:-1] and _are_grouped(digits[:-1], marks[:-1])
    whole = "".join(digits)
    fraction = f"{''.join(digits[:-1])}.{digits[-1]}"
    if may_be_whole and may_be_decimal:
        return NotANumber(f"{_shown(text)} can be {whole} or {fraction}: write it without the {_MARKS[marks[-1]]}.")
    if may_be_whole:
        return whole
    if may_be_decimal:
        return fraction
    return NotANumber(f"{_shown(text)} is not a number: the {_MARKS[marks[0]]} stands where no thousands are.")


def _are_grouped(digits: list[str], marks: list[str]) -> bool:
    """What stands before a decimal mark: digits alone, or thousands set apart by one other mark."""
    return not marks or (len(set(marks)) == 1 and _are_thousands(digits))


def _are_thousands(digits: list[str]) -> bool:
    """1 to 3 digits of which the first is no zero, then three at a time."""
    first, *rest = digits
    return 1 <= len(first) <= 3 and not first.startswith("0") and all(len(part) == 3 for part in rest)


def _bare(plain: str) -> str:
    """Without the zeros and the open ends that a trader may type: `007`, `.5`, `5.`."""
    whole, _, fraction = plain.partition(".")
    return f"{whole.lstrip('0') or '0'}.{fraction}" if fraction else whole.lstrip("0") or "0"


def _shown(text: str) -> str:
    """Foreign text on one line, without what a terminal would obey."""
    return "".join(c if unicodedata.category(c)[0] != "C" else " " for c in text).strip()[:LONGEST]
