"""What the oracle's parts say to each other and hand out: its own copies, so that the server's may change their numbers."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol

from tradeterm.protocol.vocabulary import EventName, Liquidity, Reason, SelfTrade, Side, TimeInForce


class Clock(Protocol):
    def now(self) -> datetime:
        """UTC wall time, aware."""
        ...

    def monotonic(self) -> float:
        """Seconds from an arbitrary start, never going back."""
        ...


class Ids(Protocol):
    def new(self) -> str:
        """A fresh UUIDv7 in its canonical text form; later ones sort after earlier ones."""
        ...


@dataclass(slots=True)
class Answer:
    """What a command came to. `status` is the HTTP status; `body` the encoded JSON value; `seq` the account's head after it.
    For a refusal `code` and `message` are set and body is None."""

    status: int
    body: bytes | None = None
    seq: int = 0
    code: str | None = None
    message: str | None = None
    details: Any = None


@dataclass(slots=True)
class EventRow:
    """One fact of one account. `data` is the encoded payload that every view of the event carries, byte for byte."""

    account: str
    seq: int
    event: EventName
    data: bytes
    at: datetime


@dataclass(slots=True)
class OrderRow:
    """An order as it is after the batch: the columns to filter by, the wire payload, and what recovery needs beside it."""

    id: str
    account: str
    client_order_id: str
    fingerprint: str  # of the request's body: same id with another fingerprint is a conflict
    symbol: str
    side: str
    status: str
    is_open: bool
    created_at: datetime
    updated_at: datetime
    payload: bytes  # the wire object
    state: bytes | None  # JSON the executor restores an open order from; None once it has ended


RESET_TRADE = "reset-"


@dataclass(slots=True)
class TradeRow:
    """One trade. `venue_trade_id` is the venue's; one that begins with `RESET_TRADE` was made without any venue."""

    id: str
    account: str
    order_id: str
    symbol: str
    side: str
    executed_at: datetime
    venue_trade_id: str
    payload: bytes


@dataclass(slots=True)
class PositionRow:
    """The (only) open or last position of an account in a symbol. Signed quantity, and open cost with its sign."""

    id: str
    account: str
    symbol: str
    quantity: Decimal
    open_cost: Decimal
    is_open: bool
    opened_at: datetime
    updated_at: datetime
    payload: bytes
    state: bytes  # JSON: realised, fees and whatever else the executor restores it from


@dataclass(slots=True)
class AccountRow:
    """One account as it is after the batch. `seq` is its head. The service accounts are `house`, `fees`, `insurance`,
    prefixed with `:` so that no user can be called so."""

    account: str
    seq: int
    cash: Decimal
    deposits: Decimal
    state: bytes  # JSON: realised, fees paid, trading state, limits, day boundary …


@dataclass(slots=True)
class TransferRow:
    """Money that came or went: a deposit, a withdrawal, a reset, an insurance top-up, funding. From one account to
    another."""

    id: str
    at: datetime
    source: str
    target: str
    asset: str
    amount: Decimal
    reason: str


@dataclass(slots=True)
class MarketRow:
    """What a market goes on from after a restart: last price, fair value, the flow's own state."""

    symbol: str
    last: Decimal | None
    state: bytes


@dataclass(slots=True)
class Batch:
    """Everything that one commit makes durable. Rows are last-state-wins per key within a batch."""

    events: list[EventRow] = field(default_factory=list)
    orders: dict[str, OrderRow] = field(default_factory=dict)  # by id
    trades: list[TradeRow] = field(default_factory=list)
    positions: dict[str, PositionRow] = field(default_factory=dict)  # by id
    accounts: dict[str, AccountRow] = field(default_factory=dict)  # by name
    transfers: list[TransferRow] = field(default_factory=list)
    markets: dict[str, MarketRow] = field(default_factory=dict)  # by symbol

    def is_empty(self) -> bool:
        return not (
            self.events
            or self.orders
            or self.trades
            or self.positions
            or self.accounts
            or self.transfers
            or self.markets
        )


@dataclass(slots=True)
class OpenState:
    """What start-up needs, and no history: its size does not grow with the journal."""

    epoch: str
    accounts: list[AccountRow]
    orders: list[OrderRow]  # open ones, oldest first
    positions: list[PositionRow]  # open ones
    markets: list[MarketRow]
    last_venue_trade_id: str | None


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


@dataclass(slots=True)
class Cancel:
    order_id: str
    symbol: str
    time_over: bool = False


@dataclass(slots=True)
class Amend:
    """Change a resting order to `leaves` still to fill at `price`. Smaller keeps the place in the queue, all else loses it.

    `filled` is how much had filled when this was asked: what fills on the way comes off `leaves`, for it is a total that
    is asked for. None: as it stands on arrival. `cuts`: it makes the order no larger, and nobody waits for the answer. `more`: by so much larger. `reduce_only`: from here on it only reduces."""

    order_id: str
    symbol: str
    leaves: Decimal
    price: Decimal
    filled: Decimal | None = None
    cuts: bool = False
    more: Decimal = Decimal(0)
    reduce_only: bool = False


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

    `unasked`: it answers nobody's wish for another total."""

    order_id: str
    leaves: Decimal
    price: Decimal
    rests_at: Decimal | None = None
    place: int = field(default=0, compare=False)
    unasked: bool = field(default=False, compare=False)


@dataclass(slots=True)
class CancelRejectedReport:
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


# (account, symbol, fills that nobody was told of yet): what orders could close of the position then, signed.
Positions = Callable[[str, str, Sequence[FillReport]], Decimal]
Coverage = Callable[[str, str, Side, Decimal], bool]


class Quotes(Protocol):
    """Read access to the books that orders really meet."""

    def best_bid(self, symbol: str) -> Decimal | None: ...

    def best_ask(self, symbol: str) -> Decimal | None: ...

    def depth(self, symbol: str, levels: int) -> tuple[list[Level], list[Level]]:
        """(bids, asks), best first; exits of one account count as at most its position."""
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

    def know_positions(self, positions: Positions) -> None:
        """Where the venue looks up what its participants hold: until it is told, reduce-only binds nothing."""
        ...

    def take_touched(self) -> set[str]:
        """The symbols whose books changed since the last call."""
        ...

    def restore(self, order: Place) -> None:
        """Put an order that was open before a restart back into the queue, without matching it. The calls come in the
        order of their places."""
        ...

    def keep(self) -> None:
        """What was carried out so far is committed."""
        ...

    def undo(self) -> None:
        """Bring books, trade numbers and what is underway back to where they were at the last `keep`."""
        ...
