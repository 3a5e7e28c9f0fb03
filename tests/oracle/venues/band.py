"""Between which prices a symbol may trade, and where what may go no further rests."""

from dataclasses import dataclass
from decimal import Decimal

from tests.oracle.arithmetic import round_to_tick
from tradeterm.protocol.vocabulary import Side


@dataclass(frozen=True, slots=True)
class Band:
    low: Decimal
    high: Decimal

    def holds(self, price: Decimal) -> bool:
        return self.low <= price <= self.high

    def within(self, side: Side, price: Decimal, tick: Decimal) -> Decimal:
        """The price nearest to `price` that an order of `side` may trade at as far as it is the one that presses: a sell
        goes no lower, a buy no higher than the band's edge."""
        if side is Side.SELL:
            return max(price, round_to_tick(self.low, tick, up=True))
        return min(price, round_to_tick(self.high, tick, up=False))
