"""Where orders trade: requests out, reports in. And the feed that drives the paper venue.

Mutable slotted classes on purpose: frozen ones cost four times as much to make, and these are made for every order.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

from tradeterm.protocol.vocabulary import Liquidity, Reason, SelfTrade, Side, TimeInForce


@dataclass(slots=True)
class Place:
    """Put an order to the venue. `price` None is a market order; day and gtd reach the venue as gtc.

    `reduce_only`: it trades no more than the account's position is when it is met. `pair`: of two with the same, a fill
    of one takes from the other."""

    order_id: str
    account: str
    symbol: str
    side: Side
    quantity: Decimal
    price: Decimal | None
    time_in_force: TimeInForce
    post_only: bool = False
    reduce_only: bool = False
    opens: Decimal = Decimal(0)  # how much it may open on the other side none the less: a reverse's second half
    pair: str | None = None
    self_trade: SelfTrade = SelfTrade.CANCEL_RESTING
    # Of an order that is put back: how much of it had filled before, where it rested if not at its price, and its number
    # in the queue.
    filled: Decimal = Decimal(0)
    rests_at: Decimal | None = None
    place: int = 0
    venue_order_id: str | None = None  # of an order that is put back: the venue's own name of it, where it is known


@dataclass(slots=True)
class Cancel:
    """Take an order out. `time_over`: its own time is, which the venue knew from the start: nothing travels, and an order
    that has not arrived yet is not let in."""

    order_id: str
    symbol: str
    time_over: bool = False


@dataclass(slots=True)
class Amend:
    """Change a resting order to `leaves` still to fill at `price`. Smaller keeps the place in the queue, all else loses it.

    `filled` is how much had filled when this was asked: what fills on the way comes off `leaves`, for it is a total that
    is asked for. None: as it stands on arrival. `cuts`: it makes the order no larger, whatever it has become meanwhile, and
    nobody waits for the answer. `more`: it makes the order that much larger than it is by then, where it stands; so that
    what follows from several fills adds up, also on an order that has not arrived yet. `reduce_only`: from here on it
    trades no more than the account's position, as a `Place` that says so."""

    order_id: str
    symbol: str
    leaves: Decimal
    price: Decimal
    filled: Decimal | None = None
    reduce_only: bool = False
    cuts: bool = False
    more: Decimal = Decimal(0)


Request = Place | Cancel | Amend


@dataclass(slots=True)
class AcceptedReport:
    """The order rests in the venue's book, at its price, or at `rests_at` where something keeps it from that.

    `place` is its number in the queue, where the venue says it.
    """

    order_id: str
    venue_order_id: str
    rests_at: Decimal | None = None
    place: int = field(default=0, compare=False)


@dataclass(slots=True)
class RejectedReport:
    """The venue does not take the order; nothing of it filled."""

    order_id: str
    reason: Reason
    text: str


@dataclass(slots=True)
class FillReport:
    """One execution of one order. `venue_trade_id` is the same on both sides of a trade and unique per venue for ever.

    `fee` is what the venue took, in `fee_currency`; None where it is the market's rate that says."""

    order_id: str
    account: str
    symbol: str
    side: Side
    quantity: Decimal
    price: Decimal
    liquidity: Liquidity
    venue_trade_id: str
    fee: Decimal | None = None
    fee_currency: str = ""


@dataclass(slots=True)
class CancelledReport:
    """The order left the book unfilled in part or whole. USER_REQUEST answers a Cancel; SELF_TRADE and POSITION_CLOSED are
    the venue's own."""

    order_id: str
    reason: Reason
    text: str | None = None


@dataclass(slots=True)
class ExpiredReport:
    """What was left of an ioc, fok or market order is gone."""

    order_id: str
    reason: Reason


@dataclass(slots=True)
class AmendedReport:
    """As asked, or by the venue itself: then `rests_at` is another place than before.

    `venue_order_id` is the venue's new name of it, where it has one now: it was cancelled and put anew. `text` is for
    whoever asked. `unasked`: it answers nobody's wish for another total."""

    order_id: str
    leaves: Decimal
    price: Decimal
    rests_at: Decimal | None = None
    place: int = field(default=0, compare=False)
    venue_order_id: str | None = None
    text: str | None = None
    unasked: bool = field(default=False, compare=False)


@dataclass(slots=True)
class CancelRejectedReport:
    """The order works on as it was; `text` says why."""

    order_id: str
    text: str


@dataclass(slots=True)
class AmendRejectedReport:
    """The order stays in the book as it was. `reason` is None where it is not there any more; `unasked` as above."""

    order_id: str
    text: str
    reason: Reason | None = None
    unasked: bool = field(default=False, compare=False)


@dataclass(slots=True)
class UnconfirmedReport:
    """Nobody knows whether the venue has the order. It goes on reserving, until it is found or shown absent."""

    order_id: str
    text: str


@dataclass(slots=True)
class AdoptedReport:
    """An order works at the venue that is none of ours that are open: it is taken in under `order_id`, made for it.

    `late_of` is the order of ours that had been given up, and came after all; None: it was made elsewhere."""

    order_id: str
    account: str
    symbol: str
    side: Side
    quantity: Decimal
    price: Decimal | None
    venue_order_id: str
    late_of: str | None = None


@dataclass(slots=True)
class AgreementReport:
    """Whether what the venue holds of an account is what we hold. Until it is, entries wait; `differences` names them."""

    account: str
    agrees: bool
    differences: tuple[str, ...] = ()


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
    | UnconfirmedReport
    | AdoptedReport
    | AgreementReport
    | PrintReport
)


Level = tuple[Decimal, Decimal]  # price, quantity


# (account, symbol, fills that nobody was told of yet): what orders could close of the position then, signed.
Positions = Callable[[str, str, Sequence[FillReport]], Decimal]
# (account, symbol, side, price): whether all its entries of that side stay, though exits close its position at the price.
Coverage = Callable[[str, str, Side, Decimal], bool]


class Quotes(Protocol):
    """Read access to the books that orders really meet."""

    def best_bid(self, symbol: str) -> Decimal | None:
        """The highest price that somebody would pay now; None where nobody bids."""
        ...

    def best_ask(self, symbol: str) -> Decimal | None:
        """The lowest price that somebody would sell at now; None where nobody offers."""
        ...

    def depth(self, symbol: str, levels: int) -> tuple[list[Level], list[Level]]:
        """(bids, asks), best first; exits of one account count as at most its position."""
        ...

    def ahead(self, symbol: str, order_id: str) -> Decimal | None:
        """What stands before a resting order at its price; None where it does not rest, or nobody can say."""
        ...


@dataclass(slots=True)
class Expected:
    """What would become of an order that came now: what it would take, best first, how much of it would rest, or why it
    would be refused."""

    fills: list[Level] = field(default_factory=list)
    rests: Decimal = Decimal(0)
    refusal: RejectedReport | None = None


class Foresight(Quotes, Protocol):
    """Besides the books, what an order would meet in them."""

    def expected(self, order: Place) -> Expected:
        """Nothing is done, and nothing is drawn: a refusal by chance is not foreseen."""
        ...


class FlowQuotes(Quotes, Protocol):
    """What the participants of a market that is made here may know: the books, and what users took out of them."""

    def users_hold(self, symbol: str) -> Decimal:
        """What users together have bought of the flow, less what they sold it, since the venue began."""
        ...


class Venue(Foresight, Protocol):
    """A venue that answers in the same turn, so that one commit carries request and outcome (the paper venue)."""

    def execute(self, request: Request) -> Iterator[Report]:
        """Carry out one request: its reports in the order they happened, both sides of every fill, each fill
        before the print that it made, the terminal report of the request last. Between two of them the caller may
        cancel or shrink resting orders."""
        ...

    def send(self, request: Request) -> Iterator[Report]:
        """A user's request: carried out at once, or, by a venue that is some way off, put on its way."""
        ...

    def go_on(self) -> Iterator[Report]:
        """Carry on with what rested only because it might go no further then; called a few times a second."""
        ...

    def take_touched(self) -> set[str]:
        """The symbols whose books changed since the last call."""
        ...

    @property
    def outlives_us(self) -> bool:
        """Does it keep what it was given when this process ends? Then nothing that was on its way is sent again."""
        ...

    def restore(self, order: Place) -> None:
        """Put an order that was open before a restart back into the queue, without matching it. The calls come in the
        order of their places. A venue that outlives us is given all that it may have, to find out what became of it."""
        ...

    def keep(self) -> None:
        """What was carried out so far is committed."""
        ...

    def undo(self) -> None:
        """Bring books, trade numbers and what is underway back to where they were at the last `keep`."""
        ...


@dataclass(slots=True)
class FlowStep:
    """What a feed did in one moment: its requests (account `""`), in order."""

    requests: list[Request] = field(default_factory=list)


class Feed(Protocol):
    """Drives the paper venue: yields (seconds to wait, step) for as long as the market lives."""

    def steps(self) -> Iterator[tuple[float, FlowStep]]:
        """Seconds of waiting before each step; of a feed without end, for ever."""
        ...

    def state(self, symbol: str) -> bytes:
        """What the flow of a market goes on from after a restart; empty: nothing."""
        ...
