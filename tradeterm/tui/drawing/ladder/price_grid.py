"""Which prices the ladder's lines stand for: grouping, centre, and where the market lies among them. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from tradeterm.protocol.arithmetic import round_to_tick

_NICE = (1, 2, 5)
FULL_SHARE = Decimal("1.5")  # the far ends of a book may lie outside


@dataclass(frozen=True, slots=True)
class Levels:
    """Both sides of a book summed by `step`: bids rounded down, offers up, so that no displayed price is too good."""

    step: Decimal
    bids: dict[Decimal, Decimal]
    asks: dict[Decimal, Decimal]


def grouped(bids: Iterable[tuple[Decimal, Decimal]], asks: Iterable[tuple[Decimal, Decimal]], step: Decimal) -> Levels:
    levels = Levels(step, {}, {})
    for side, quotes, up in ((levels.bids, bids, False), (levels.asks, asks, True)):
        for price, quantity in quotes:
            key = round_to_tick(price, step, up=up)
            side[key] = side.get(key, Decimal(0)) + quantity
    return levels


def steps_of(tick: Decimal) -> Sequence[Decimal]:
    """1, 2, 5, 10, 20, 50 … ticks."""
    return [tick * nice * 10**power for power in range(5) for nice in _NICE]


def fitting_step(
    bids: Sequence[tuple[Decimal, Decimal]], asks: Sequence[tuple[Decimal, Decimal]], tick: Decimal, lines: int
) -> Decimal:
    """The finest step at which the known book fits in `lines`, so that a quiet market is fine and a wild one coarse."""
    if not bids or not asks:
        return tick
    span = max(asks[-1][0] - asks[0][0], bids[0][0] - bids[-1][0]) * 2 + (asks[0][0] - bids[0][0])
    return next((step for step in steps_of(tick) if span / step <= lines * FULL_SHARE), steps_of(tick)[-1])


def middle(bid: Decimal | None, ask: Decimal | None, last: Decimal | None, step: Decimal) -> Decimal | None:
    """The price the ladder is centred on: the best bid as displayed, or what else is known."""
    price = bid or last or ask
    return None if price is None else max(step, round_to_tick(price, step, up=False))
