"""What an order would meet in the book as it is known: how much at once, at what average, how far past the touch. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from tradeterm.protocol.arithmetic import HUNDRED, ONE, ZERO, divide
from tradeterm.protocol.vocabulary import Side

Levels = Sequence[tuple[Decimal, Decimal]]  # price, quantity; best first


@dataclass(frozen=True, slots=True)
class Walk:
    """`taken` is what the known levels give, `value` what it costs; `touch` is the first price, `worst` the last one."""

    taken: Decimal = ZERO
    value: Decimal = ZERO
    touch: Decimal | None = None
    worst: Decimal | None = None
    levels: int = 0

    @property
    def average(self) -> Decimal | None:
        return divide(self.value, self.taken) if self.taken else None

    @property
    def slippage(self) -> Decimal:
        """What it costs more than all of it at the touch, in quote currency; never below zero."""
        return ZERO if self.touch is None else abs(self.value - self.touch * self.taken)


def walk(levels: Levels, side: Side, quantity: Decimal, limit: Decimal | None) -> Walk:
    """Take `quantity` from the other side's levels, no further than `limit`; None: as far as they go."""
    if not levels:
        return Walk()
    touch = levels[0][0]
    taken, value, worst, count = ZERO, ZERO, None, 0
    for price, size in levels:
        if taken == quantity or (limit is not None and (price - limit) * side.sign > 0):
            break
        part = min(size, quantity - taken)
        taken, value, worst, count = taken + part, value + part * price, price, count + 1
    return Walk(taken, value, touch, worst, count)


def furthest(levels: Levels, side: Side, reach_pct: Decimal | None) -> Decimal | None:
    """The last price that a market order takes, so many percent past the touch; None: any."""
    return levels[0][0] * (ONE + side.sign * reach_pct / HUNDRED) if levels and reach_pct is not None else None
