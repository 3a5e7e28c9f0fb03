"""The risk limits that an account may have: what makes sense for each, whoever sets it.

Absent or null is off. 0 is off for `dayLossPct` and `collarPct`; for every other bound it lets nothing through.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from tests.oracle.domain.capacity import AMOUNT_PLACES, LARGEST_COUNT, LARGEST_LIMIT, places
from tests.oracle.money import quantity_text

Value = Decimal | int | None
MOST_LEVERAGE = Decimal(125)


@dataclass(frozen=True, slots=True)
class Sense:
    """From where to where a limit makes sense."""

    least: Decimal
    most: Decimal
    whole: bool = False


_AMOUNT = Sense(Decimal(0), LARGEST_LIMIT)
_PERCENT = Sense(Decimal(0), Decimal(100))
LIMITS: dict[str, Sense] = {
    "maxOrderQuantity": _AMOUNT,
    "maxOrderNotional": _AMOUNT,
    "orderNotionalPct": Sense(Decimal(0), 100 * MOST_LEVERAGE),  # of the equity
    "maxPositionNotional": _AMOUNT,
    "maxGrossExposure": _AMOUNT,
    "maxOpenOrders": Sense(Decimal(0), Decimal(LARGEST_COUNT), whole=True),
    "ordersPerSecond": Sense(Decimal(0), Decimal(10) ** 6),
    "dayLossPct": _PERCENT,
    "collarPct": _PERCENT,
    "leverage": Sense(Decimal(1), MOST_LEVERAGE),
}


def wrong_limit(limits: Mapping[str, Value]) -> str | None:
    """What is wrong with the first limit that is not one, in one sentence."""
    for name, value in limits.items():
        sense = LIMITS.get(name)
        if sense is None:
            return f"there is no limit {name[:64]}; there are {', '.join(sorted(LIMITS))}"
        if value is not None and not _makes_sense(Decimal(value), sense):
            whole = "a whole number " if sense.whole else ""
            return f"{name} is {whole}from {quantity_text(sense.least)} to {quantity_text(sense.most)}"
    return None


def _makes_sense(value: Decimal, sense: Sense) -> bool:
    decimals = places(value)
    return sense.least <= value <= sense.most and decimals <= (0 if sense.whole else AMOUNT_PLACES)
