"""Where orders trade: requests out, reports in. And the feed that drives the paper venue.

Mutable slotted classes on purpose: frozen ones cost four times as much to make, and these are made for every order.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

from tradeterm.protocol.vocabulary import Liquidity, Reason, Side, TimeInForce


@dataclass(slots=True)
class Place:
    """Put an order to the venue. `price` None is a market order; day and gtd reach the venue as gtc."""

    order_id: str
    account: str
    symbol: str
    side: Side
    quantity: Decimal
    price: Decimal | None
    time_in_force: TimeInForce
    post_only: bool = False
    filled: Decimal = Decimal(0)  # of an order that is put back: how much of it had filled before


@dataclass(slots=True)
class Cancel:
    order_id: str
    symbol: str


@dataclass(slots=True)
class Amend:
    """Change a resting order to `leaves` still to fill at `price`. Smaller keeps the place in the queue, all else loses it.

    `filled` is how much had filled when this was asked: what fills on the way comes off `leaves`, for it is a total that
    is asked for. None: as it stands on arrival."""

    order_id: str
    symbol: str
    leaves: Decimal
    price: Decimal
    filled: Decimal | None = None


Request = Place | Cancel | Amend


@dataclass(slots=True)
class AcceptedReport:
    """The order rests in the venue's book."""

    order_id: str
    venue_order_id: str


@dataclass(slots=True)
class RejectedReport:
    order_id: str
    reason: Reason
    text: str


@dataclass(slots=True)
class FillReport:
    """One execution of one order. `venue_trade_id` is the same on both sides of a trade and unique per venue for ever."""

    order_id: str
    account: str
    symbol: str
    side: Side
    quantity: Decimal
    price: Decimal
    liquidity: Liquidity
    venue_trade_id: str


@dataclass(slots=True)
class CancelledReport:
    """The order left the book unfilled in part or whole. USER_REQUEST answers a Cancel; SELF_TRADE is the venue's own."""

    order_id: str
    reason: Reason


@dataclass(slots=True)
class ExpiredReport:
    """What was left of an ioc, fok or market order is gone."""

    order_id: str
    reason: Reason


@dataclass(slots=True)
class AmendedReport:
    order_id: str
    leaves: Decimal
    price: Decimal


@dataclass(slots=True)
class CancelRejectedReport:
    order_id: str
    text: str


@dataclass(slots=True)
class AmendRejectedReport:
    """The order stays in the book as it was. `reason` is None where it is not there any more."""

    order_id: str
    text: str
    reason: Reason | None = None


@dataclass(slots=True)
class PrintReport:
    """A trade on the tape, seen by everybody. `side` is the aggressor's."""

    symbol: str
    price: Decimal
    quantity: Decimal
    side: Side
    venue_trade_id: str


Report = (
    AcceptedReport
    | RejectedReport
    | FillReport
    | CancelledReport
    | ExpiredReport
    | AmendedReport
    | CancelRejectedReport
    | AmendRejectedReport
    | PrintReport
)


Level = tuple[Decimal, Decimal]  # price, quantity


class Quotes(Protocol):
    """Read access to the books that orders really meet."""

    def best_bid(self, symbol: str) -> Decimal | None: ...

    def best_ask(self, symbol: str) -> Decimal | None: ...

    def depth(self, symbol: str, levels: int) -> tuple[list[Level], list[Level]]:
        """(bids, asks), best first."""
        ...


class FlowQuotes(Quotes, Protocol):
    """What the participants of a market that is made here may know: the books, and what users took out of them."""

    def users_hold(self, symbol: str) -> Decimal:
        """What users together have bought of the flow, less what they sold it, since the venue began."""
        ...


class Venue(Quotes, Protocol):
    """A venue that answers in the same turn, so that one commit carries request and outcome (the paper venue)."""

    def execute(self, request: Request) -> Iterator[Report]:
        """Carry out one request: its reports in the order they happened, both sides of every fill, each fill
        before the print that it made, the terminal report of the request last. Between two of them the caller may
        cancel or shrink resting orders."""
        ...

    def send(self, request: Request) -> Iterator[Report]:
        """A user's request: carried out at once, or, by a venue that is some way off, put on its way."""
        ...

    def take_touched(self) -> set[str]:
        """The symbols whose books changed since the last call."""
        ...

    def restore(self, order: Place) -> None:
        """Put an order that was open before a restart back, in the order of the calls, without matching it."""
        ...


@dataclass(slots=True)
class FlowStep:
    """What a feed did in one moment: its requests (account `""`), in order."""

    requests: list[Request] = field(default_factory=list)


class Feed(Protocol):
    """Drives the paper venue: yields (seconds to wait, step) for as long as the market lives."""

    def steps(self) -> Iterator[tuple[float, FlowStep]]: ...

    def state(self) -> Mapping[str, bytes]:
        """Per symbol, what the flow goes on from after a restart."""
        ...
