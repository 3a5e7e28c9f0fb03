"""All that a review can be about, each as a value: what it is, and nothing of how it is sent."""

from dataclasses import dataclass
from decimal import Decimal

from tradeterm.protocol.orders import Order, OrderRequest


@dataclass(frozen=True, slots=True)
class Close:
    """Flatten one symbol at the market."""

    symbol: str
    client_order_id: str


@dataclass(frozen=True, slots=True)
class CloseAll:
    """Flatten every position at the market."""

    symbol: str = "ALL"


@dataclass(frozen=True, slots=True)
class Reverse:
    """Turn one symbol's position round, with one order of twice its size."""

    symbol: str
    client_order_id: str


@dataclass(frozen=True, slots=True)
class CancelEntries:
    """Cancel the working orders of one symbol, or of all; what protects positions stays."""

    symbol: str = "ALL"

    @property
    def only(self) -> str | None:
        """The one symbol, None for all."""
        return None if self.symbol == "ALL" else self.symbol


@dataclass(frozen=True, slots=True)
class Kill:
    """Cancel all, flatten all, halt the account."""

    symbol: str = "ALL"


@dataclass(frozen=True, slots=True)
class Protect:
    """Give a position its pair of exits; both None takes them away."""

    symbol: str
    stop: Decimal | None
    target: Decimal | None


@dataclass(frozen=True, slots=True)
class Amend:
    """Give a working order new totals; None stays as it is. `price` is where it stands: the trigger of what waits for one."""

    order: Order
    price: Decimal | None = None
    quantity: Decimal | None = None

    @property
    def symbol(self) -> str:
        return self.order.symbol


Sendable = OrderRequest | Close | CloseAll | Reverse | CancelEntries | Kill | Protect | Amend
