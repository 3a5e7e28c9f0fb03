"""Words of a line with the column of each, and the small parts that they are made of: numbers, prices, levels."""

import re
from dataclasses import dataclass
from decimal import Decimal

from tradeterm.tui.orders.order_line.commands import Anchor, Distance, Price, Size, SizeUnit
from tradeterm.tui.orders.typed_level import Level, said_distance, said_level
from tradeterm.tui.orders.typed_number import NotANumber, typed_number

LONGEST = 160
DOLLAR = "$"
_WORD = re.compile(r"[<>]=?|@|[^\s@<>]+")
_SIZE = re.compile(r"(.+?)(k|%[a-z]*|usdt?|\$|)", re.DOTALL)
_QUOTED = re.compile(r"(mkt|bid|ask|mid|last)([+-].*)?", re.DOTALL)
_SIZE_UNITS = {
    "": SizeUnit.BASE,
    "k": SizeUnit.BASE,
    DOLLAR: SizeUnit.QUOTE,
    "usd": SizeUnit.QUOTE,
    "usdt": SizeUnit.QUOTE,
}
_SHARES = {f"{unit}": unit for unit in (SizeUnit.OF_POSITION, SizeUnit.OF_BUYING_POWER, SizeUnit.AT_RISK)}


class Refusal(Exception):
    """What is wrong, and at which column of the line."""

    def __init__(self, at: int, text: str) -> None:
        super().__init__(text)
        self.at, self.text = at, text


@dataclass(frozen=True, slots=True)
class Word:
    text: str
    at: int


def words_of(line: str) -> list[Word]:
    """The line in small letters, cut at blanks and round the signs. Raises Refusal."""
    if len(line) > LONGEST:
        raise Refusal(LONGEST, "That is too long for a line.")
    strange = next((n for n, character in enumerate(line) if not " " <= character <= "~"), None)
    if strange is not None:
        raise Refusal(strange, "Only plain letters, digits and signs are read here.")
    return [Word(found.group().lower(), found.start()) for found in _WORD.finditer(line)]


def number(text: str, at: int) -> Decimal:
    """A number as people write it, above zero. Raises Refusal."""
    found = typed_number(text)
    if isinstance(found, NotANumber):
        raise Refusal(at, found.text)
    if found <= 0:
        raise Refusal(at, "A number here is above zero.")
    return found


def coins(word: Word) -> Decimal:
    """A size that is a number of coins: with a sign of currency it would be a value, and never that many. Raises Refusal."""
    if DOLLAR in word.text:
        raise Refusal(word.at, f"{word.text} is a value: say how many coins.")
    return number(word.text, word.at)


def size(word: Word) -> Size:
    """`0.5`, `1.5k`, `500usd`, `$500`, `25%p`, `25%bp`, `1%risk`, `max`. Raises Refusal."""
    if word.text == "max":
        return Size(None, SizeUnit.MAX)
    found = _SIZE.fullmatch(word.text)
    assert found is not None, "a word has a character"
    text, unit = found.groups()
    if unit.startswith("%"):
        if unit not in _SHARES:
            raise Refusal(word.at, "Percent of what? 25%p: position, 25%bp: buying power, 1%risk: equity.")
        share = coins(Word(text, word.at))
        if share > 100:
            raise Refusal(word.at, "More than 100 % there is not.")
        return Size(share, _SHARES[unit])
    value = number(text, word.at)
    is_value = DOLLAR in text
    return Size(value * 1000 if unit == "k" else value, SizeUnit.QUOTE if is_value else _SIZE_UNITS[unit])


def distance(word: Word) -> Distance:
    """`-2t`, `+0.1%`, `-5`. Raises Refusal."""
    found = said_distance(word.text)
    if isinstance(found, NotANumber):
        raise Refusal(word.at + word.text.startswith(("+", "-")), found.text)  # it is the number behind the sign
    return Distance(*found)


def price(word: Word, following: Word | None) -> tuple[Price, int]:
    """A price, and how many words it took: `45000`, `bid`, `bid-2t`, `bid -2t`. Raises Refusal."""
    quoted = _QUOTED.fullmatch(word.text)
    if quoted is None:
        return Price(Anchor.FIXED, number(word.text, word.at)), 1
    anchor, behind = Anchor(quoted.group(1)), quoted.group(2)
    taken = 1
    away = Word(behind, word.at + len(anchor)) if behind else None
    if away is None and following is not None and following.text[0] in "+-":
        away, taken = following, 2
    if away is None:
        return Price(anchor), taken
    if anchor is Anchor.MARKET:
        raise Refusal(away.at, "mkt takes what there is: no distance. bid, ask, mid and last take one.")
    return Price(anchor, None, distance(away)), taken


def level(word: Word) -> Level:
    """`44000`, `-2%`, `+10t`, `2r`. Raises Refusal."""
    found = said_level(word.text)
    if isinstance(found, NotANumber):
        raise Refusal(word.at, found.text)
    return found
