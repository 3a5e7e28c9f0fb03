"""Exits as traders say them: `44000`, `-2%` and `+10t` from the entry, and a target of `2r`, twice what the stop risks. Each
becomes a price on the tick, or a sentence that says what is missing. Pure.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from tradeterm.protocol.arithmetic import HUNDRED, is_multiple, round_to_tick
from tradeterm.protocol.market import Market
from tradeterm.protocol.money import quantity_text
from tradeterm.protocol.vocabulary import Side
from tradeterm.tui.format import fixed
from tradeterm.tui.orders.typed_number import NotANumber, typed_number

_SIGNED = re.compile(r"([+-])(.*?)(t|%|)", re.DOTALL)


class Unit(StrEnum):
    """What a distance is measured in: the quote currency, ticks, percent, or multiples of what the stop risks."""

    PRICE = ""
    TICKS = "t"
    PERCENT = "%"
    RISK = "r"


@dataclass(frozen=True, slots=True)
class Level:
    """Where an exit stands: a price, a signed distance from the entry, or a multiple of the risk."""

    value: Decimal
    unit: Unit = Unit.PRICE

    def written(self, number: Callable[[Decimal], str]) -> str:
        if self.unit in (Unit.PRICE, Unit.RISK):
            return f"{number(self.value)}{self.unit}"
        return signed(self.value, self.unit, number)


def signed(value: Decimal, unit: Unit, number: Callable[[Decimal], str]) -> str:
    """`-2t`, `+0.1%`."""
    return f"{'-' if value < 0 else '+'}{number(abs(value))}{unit}"


def said_distance(text: str) -> tuple[Decimal, Unit] | NotANumber:
    """`-2t`, `+0.1%`, `-5`, as a signed value and what it is measured in."""
    found = _SIGNED.fullmatch(text)
    if found is None:
        return NotANumber("A distance has a sign: -2t, +0.1%, -5.")
    sign, digits, unit = found.groups()
    value = _above_zero(digits)
    if isinstance(value, NotANumber):
        return value
    if unit == Unit.TICKS and value != int(value):
        return NotANumber("Ticks are whole.")
    return -value if sign == "-" else value, Unit(unit)


def said_level(text: str) -> Level | NotANumber:
    """What a text says, before any market is asked."""
    word = text.strip().lower()
    if word[:1] in ("+", "-"):
        if word.endswith("r"):
            return NotANumber("A multiple of the risk has no sign: 2r.")
        away = said_distance(word)
        if isinstance(away, NotANumber):
            return away
        if away[1] is Unit.PRICE:
            return NotANumber("A distance from the entry is in ticks or percent: -10t, -2%.")
        return Level(*away)
    if word.endswith(("%", "t")):
        return NotANumber(f"Which way? -{word} or +{word}.")
    is_risk = word.endswith("r") and len(word) > 1
    value = _above_zero(word[:-1] if is_risk else word)
    return value if isinstance(value, NotANumber) else Level(value, Unit.RISK if is_risk else Unit.PRICE)


def is_worded(text: str) -> bool:
    """Is it a level that has to be worked out, and no price as it stands?"""
    said = said_level(text)
    return isinstance(said, Level) and said.unit is not Unit.PRICE


def typed_level(
    text: str, side: Side, entry: Decimal | None, market: Market, stop: Decimal | None = None
) -> Decimal | NotANumber:
    """The price that a text means for an exit of an entry on this side."""
    said = said_level(text)
    return said if isinstance(said, NotANumber) else level_price(said, side, entry, market, stop)


def level_price(
    said: Level, side: Side, entry: Decimal | None, market: Market, stop: Decimal | None = None
) -> Decimal | NotANumber:
    """The level as a price on the tick; one that was worked out loses no more, and gains no less, than was said. `side` is
    that of the entry."""
    if said.unit is Unit.PRICE:
        wrong = off_tick(said.value, market)
        return said.value if wrong is None else NotANumber(wrong)
    if entry is None:
        return NotANumber("A distance needs a price to count from: there is none yet.")
    away = length(said.value, said.unit, entry, market)
    if said.unit is Unit.RISK:
        risk = _risk(side, entry, market, stop)
        if isinstance(risk, NotANumber):
            return risk
        away = side.sign * said.value * risk
    rounded = round_to_tick(entry + away, market.tick, up=side is Side.BUY)
    return rounded if rounded > 0 else NotANumber("That is below zero.")


def _risk(side: Side, entry: Decimal, market: Market, stop: Decimal | None) -> Decimal | NotANumber:
    """What the stop loses of each unit."""
    if stop is None:
        return NotANumber("r counts what the stop risks: it needs a stop.")
    risk = (entry - stop) * side.sign
    at = fixed(stop, market.price_decimals)
    return risk if risk > 0 else NotANumber(f"r counts what the stop risks: at {at} it risks nothing.")


def length(value: Decimal, unit: Unit, of: Decimal, market: Market) -> Decimal:
    """A distance as a difference of prices; percent are those of `of`."""
    if unit is Unit.TICKS:
        return value * market.tick
    return of * value / HUNDRED if unit is Unit.PERCENT else value


def off_tick(price: Decimal, market: Market) -> str | None:
    """Why the market does not take a price, with the two nearest that it does."""
    if is_multiple(price, market.tick):
        return None
    near = (round_to_tick(price, market.tick, up=up) for up in (False, True))
    texts = " or ".join(fixed(one, market.price_decimals) for one in near if one > 0)
    return f"Off the tick of {quantity_text(market.tick)}: {texts}."


def _above_zero(text: str) -> Decimal | NotANumber:
    found = typed_number(text)
    return NotANumber("A number here is above zero.") if not isinstance(found, NotANumber) and found <= 0 else found
