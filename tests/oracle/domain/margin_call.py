"""Which position a margin call closes next, and how much of it: a function of the account's figures."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from tests.oracle.arithmetic import ZERO, round_down
from tests.oracle.domain.accounts import Margin

WARN_LEVEL = Decimal("1.5")
LIQUIDATION_LEVEL = Decimal(1)
SAFE_LEVEL = Decimal("1.25")
QUARTER = 4


@dataclass(frozen=True, slots=True)
class Closable:
    """A position as far as orders can close it. `has_buyer` is false where nobody stands on the other side of the book."""

    symbol: str
    quantity: Decimal  # unsigned, whole lots
    value: Decimal
    lot: Decimal
    has_buyer: bool


def is_called(margin: Margin, *, was: bool) -> bool:
    """Is the account being liquidated? It begins at 1.0 and goes on until 1.25, or below zero whatever the level is."""
    if margin.level is None:
        return False
    return margin.level <= LIQUIDATION_LEVEL or (was and margin.level < SAFE_LEVEL)


def next_closes(margin: Margin, positions: Iterable[Closable]) -> list[tuple[str, Decimal]]:
    """(symbol, quantity) to close now: a quarter of the largest position that somebody would take, or, when the account
    is worth less than nothing, all that can be sold."""
    sellable = [one for one in positions if one.has_buyer and one.quantity > ZERO]
    if not sellable:
        return []
    if margin.collateral < 0:
        return [(one.symbol, one.quantity) for one in sellable]
    largest = max(sellable, key=lambda one: one.value)
    quarter = max(largest.lot, round_down(largest.quantity / QUARTER, largest.lot))
    return [(largest.symbol, min(largest.quantity, quarter))]
