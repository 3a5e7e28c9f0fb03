"""Netted positions: what a fill does to quantity, cost and realised profit. Stored as cost, never as an average."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from tests.oracle.arithmetic import ONE, ZERO, divide, released_cost, unrealised
from tradeterm.protocol.vocabulary import Side


@dataclass(slots=True, eq=False)
class Position:
    """Signed quantity, and the open cost with the quantity's sign. `realised` is gross; a new position starts at zero."""

    id: str
    account: str
    symbol: str
    opened_at: datetime
    updated_at: datetime
    quantity: Decimal = ZERO
    open_cost: Decimal = ZERO
    realised: Decimal = ZERO
    fees: Decimal = ZERO
    closed_at: datetime | None = None
    side: Side = Side.BUY  # the side that opened it; a closed position still says long or short
    encoded: bytes | None = None  # the wire object as it was last told
    entry: Decimal = ZERO  # average at the last change, so that a closed position still shows it

    def increase(self, quantity: Decimal, price: Decimal) -> None:
        """Open or add `quantity` (signed, the position's own sign)."""
        self.quantity += quantity
        self.open_cost += quantity * price

    def reduce(self, quantity: Decimal, price: Decimal) -> Decimal:
        """Close `quantity` (unsigned, at most what is held); the gross profit that this realises."""
        if quantity == abs(self.quantity):
            self.entry = divide(self.open_cost, self.quantity)
        released = released_cost(self.quantity, self.open_cost, quantity)
        signed = quantity if self.quantity > 0 else -quantity
        profit = signed * price - released
        self.quantity -= signed
        self.open_cost -= released
        self.realised += profit
        return profit

    def unrealised(self, mark: Decimal) -> Decimal:
        return unrealised(self.quantity, self.open_cost, mark)


def held_after(held: Decimal, side: Side, quantity: Decimal, kept_back: Decimal = ZERO) -> Decimal:
    """What is held after a fill; `kept_back` is the share of what it opens that a fee in base currency takes."""
    _, opening = split(held, side, quantity)
    return held + side.sign * quantity - divide(opening * kept_back, ONE)


def split(held: Decimal, side: Side, quantity: Decimal) -> tuple[Decimal, Decimal]:
    """How much of a fill closes what is held, and how much opens or adds (both unsigned)."""
    if held == 0 or (held > 0) == (side is Side.BUY):
        return ZERO, quantity
    closing = min(quantity, abs(held))
    return closing, quantity - closing
