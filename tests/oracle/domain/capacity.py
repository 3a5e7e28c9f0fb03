"""How large numbers may be, so that all arithmetic with them is exact within the digits of `MONEY`.

A value (quantity · price · rate) has the decimals of its market's lot, tick and rates together; what is left of the digits
is for what stands before the point, less a few that keep sums of many values exact. So a market's decimals decide how
large its prices and sizes may be: that is checked where they come in, and nothing behind it can overflow.
"""

from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, Context, Decimal
from typing import Final

from tests.oracle.arithmetic import MONEY

AMOUNT_PLACES: Final = 12  # of what comes in as money, as many as are ever shown
LARGEST_AMOUNT: Final = Decimal(10) ** 15  # that an account is given, in one or in all
LARGEST_LIMIT: Final = Decimal(10) ** 18
LARGEST_COUNT: Final = 2**63 - 1
HELD_PLACES: Final = 12  # of a position from which fees in base currency were taken
MOST_PLACES: Final = 28  # of a market's sizes, prices and rates together
_UNROUNDED: Final = Context(prec=MAX_PREC, Emax=MAX_EMAX, Emin=MIN_EMIN)  # a number is counted as it is written
_FOR_SUMS: Final = 6
_WIRE_DIGITS: Final = 18  # before the point: more cannot be written down
_RISES: Final = 6  # a price may grow a millionfold from where it starts


def places(value: Decimal) -> int:
    """How many decimals a number has."""
    return max(0, -int(value.normalize(_UNROUNDED).as_tuple().exponent))


def is_amount(value: Decimal) -> bool:
    """Can it be taken as an amount of money?"""
    return abs(value) <= LARGEST_AMOUNT and places(value) <= AMOUNT_PLACES


def market_places(tick: Decimal, lot: Decimal, *rates: Decimal) -> int:
    """The decimals of a market's values."""
    return max(places(lot), HELD_PLACES) + places(tick) + max(map(places, rates), default=0)


def largest(tick: Decimal, lot: Decimal, start: Decimal, *rates: Decimal) -> tuple[Decimal, Decimal]:
    """(price, quantity) that a market can carry: their product keeps its digits, sums of many too."""
    digits = MONEY.prec - _FOR_SUMS - market_places(tick, lot, *rates)
    price_digits = min(_WIRE_DIGITS, max(1, start.adjusted() + 1 + _RISES))
    quantity_digits = min(_WIRE_DIGITS, digits - price_digits)
    return Decimal(10) ** price_digits, Decimal(10) ** quantity_digits
