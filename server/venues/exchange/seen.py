"""What an exchange shows of orders and trades, and what of it is used: values, and the port to it.

Whatever is raised by an `ExchangeApi` is the library's own, and judged by `submit_outcome`.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum, auto
from typing import Any, Protocol

from tradeterm.protocol.vocabulary import Liquidity, Side, TimeInForce


class Ending(Enum):
    """How an order came to work no more."""

    FILLED = auto()
    CANCELLED = auto()
    EXPIRED = auto()
    REJECTED = auto()


@dataclass(frozen=True, slots=True)
class SeenOrder:
    """An order as the exchange shows it now. `quantity` and `filled` are what it says itself, in base currency; None: it does
    not say how large, or how much had filled when it ended. `ending` None: it works. `why` is what it says of its end, in its
    own words."""

    venue_order_id: str
    client_id: str | None
    symbol: str
    side: Side
    quantity: Decimal | None
    price: Decimal | None
    filled: Decimal | None
    ending: Ending | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class SeenTrade:
    """One execution of one order. `fee` None: the exchange does not say."""

    trade_id: str
    venue_order_id: str
    symbol: str
    side: Side
    quantity: Decimal
    price: Decimal
    liquidity: Liquidity
    fee: Decimal | None = None
    fee_currency: str = ""


@dataclass(frozen=True, slots=True)
class Ask:
    """An order as it is sent. `client_id` is ours: 32 hex digits. `price` None: at market."""

    client_id: str
    symbol: str
    side: Side
    quantity: Decimal
    price: Decimal | None
    time_in_force: TimeInForce
    post_only: bool


@dataclass(frozen=True, slots=True)
class Named:
    """An order by the names that it goes by."""

    symbol: str
    client_id: str | None
    venue_order_id: str | None


@dataclass(frozen=True, slots=True)
class Listeners:
    """Who hears what an exchange's own stream of an account says. None of them may wait."""

    connected: Callable[[], None]  # subscribed, and acknowledged: from here on nothing is missed
    order: Callable[[SeenOrder], None]
    trade: Callable[[SeenTrade], None]
    touched: Callable[[str], None]  # something became of the order that the exchange calls so: it does not say what


class ExchangeApi(Protocol):
    """One account at one exchange."""

    window_s: float  # for how long after it was made the exchange accepts a request

    async def submit(self, ask: Ask) -> Any:
        """Send an order, once; what the library makes of the answer."""
        ...

    def read(self, answer: Any) -> tuple[SeenOrder | None, list[SeenTrade]]:
        """What an answer to `submit` shows besides that the order was taken."""
        ...

    async def cancel(self, named: Named) -> None:
        """Ask for its end. Raises what the exchange refuses with; what became of it `find` shows."""
        ...

    async def find(self, named: Named, *, is_proof: bool = False) -> SeenOrder | None:
        """The order, by the exchange's id where it has one; None where the exchange knows none. `is_proof`: what is under
        way hangs on it, so that nothing but orders goes first."""
        ...

    async def trades_of(self, named: Named) -> list[SeenTrade]:
        """All executions of one order that has an exchange's id."""
        ...

    async def open_orders(self, markets: Collection[str]) -> list[SeenOrder]:
        """Those of the listed markets; of `markets` alone where the exchange tells of one at a time. It may be cut short:
        what is not in it is asked for by itself."""
        ...

    async def balances(self) -> dict[str, Decimal]:
        """Per asset all that is held, bound by orders or not."""
        ...

    async def listen(self, listening: Listeners) -> None:
        """Follow the account's stream until it breaks or falls silent; raises then."""
        ...
