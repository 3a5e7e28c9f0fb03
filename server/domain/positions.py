"""Netted positions: what a fill does to quantity, cost and realised profit. Stored as cost, never as an average."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from tradeterm.protocol.arithmetic import ONE, ZERO, average_price, divide, released_cost, unrealised
from tradeterm.protocol.vocabulary import Side

_BUY = Side.BUY  # looked up once


@dataclass(slots=True, eq=False)
class Position:
    """Signed quantity, and the open cost with the quantity's sign. `realised` is gross; a new position starts at zero."""

    id: str
    account: str
    symbol: str
    opened_at: datetime
    updated_at: datetime
    side: Side = Side.BUY  # the side that opened it; a closed position still says long or short
    quantity: Decimal = ZERO
    open_cost: Decimal = ZERO
    realised: Decimal = ZERO
    fees: Decimal = ZERO
    closed_at: datetime | None = None
    encoded: bytes | None = None  # the wire object as who writes it told it last
    entry: Decimal = ZERO  # average when it was closed, so that it still shows it

    def increase(self, quantity: Decimal, price: Decimal, fee: Decimal = ZERO) -> None:
        """Open or add `quantity` (signed, the position's own sign); `fee` is in quote currency."""
        self.quantity += quantity
        self.open_cost += quantity * price
        self.fees += fee

    def reduce(self, quantity: Decimal, price: Decimal, fee: Decimal = ZERO) -> Decimal:
        """Close `quantity` (unsigned, at most what is held); the gross profit that this realises."""
        if quantity == abs(self.quantity):
            self.entry, released = average_price(self.quantity, self.open_cost), self.open_cost
        else:
            released = released_cost(self.quantity, self.open_cost, quantity)
        signed = quantity if self.quantity > ZERO else -quantity
        profit = signed * price - released
        self.quantity -= signed
        self.open_cost -= released
        self.realised += profit
        self.fees += fee
        return profit

    def carry(self, due: Decimal) -> None:
        """What holding it costs counts as realised."""
        self.realised -= due

    def give_up(self, quantity: Decimal) -> None:
        """So much of it is gone (or, negative, came), at no cost."""
        self.quantity -= quantity

    def hand_over(self, quantity: Decimal, other: "Position") -> None:
        """So much of it belongs to `other` from now on, at no cost."""
        self.give_up(quantity)
        other.give_up(-quantity)

    def touch(self, now: datetime) -> bool:
        """It changed; whether it is still open, for one with nothing left is closed."""
        self.updated_at = now
        if self.quantity:
            return True
        self.closed_at = now
        return False

    def unrealised(self, mark: Decimal) -> Decimal:
        return unrealised(self.quantity, self.open_cost, mark)


def held_after(held: Decimal, side: Side, quantity: Decimal, kept_back: Decimal = ZERO) -> Decimal:
    """What is held after a fill; `kept_back` is the share of what it opens that a fee in base currency takes."""
    _, opening = split(held, side, quantity)
    return held + side.sign * quantity - divide(opening * kept_back, ONE)


def split(held: Decimal, side: Side, quantity: Decimal) -> tuple[Decimal, Decimal]:
    """How much of a fill closes what is held, and how much opens or adds (both unsigned)."""
    if not held or (held > ZERO) == (side is _BUY):
        return ZERO, quantity
    size = abs(held)
    return (quantity, ZERO) if quantity <= size else (size, quantity - size)
