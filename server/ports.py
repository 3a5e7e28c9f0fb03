"""What the parts of the server may ask of each other: small Protocols and the values they pass, on one page.

Gateway, executor, venues, market data and storage know these names and never one another; `app.py` joins them.
"""

from collections.abc import Awaitable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol

from server.domain.commands import Command
from server.domain.markets import Market
from tradeterm.protocol.vocabulary import EventName, Liquidity, Reason, Role, Scope, Side, TimeInForce

# ---------------------------------------------------------------- time, ids, randomness


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


# ---------------------------------------------------------------- venue: requests out, reports in
# Mutable slotted classes on purpose: frozen ones cost four times as much to make, and these are made for every order.


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


@dataclass(slots=True)
class Cancel:
    order_id: str
    symbol: str


@dataclass(slots=True)
class Amend:
    """Change a resting order to `leaves` still to fill at `price`. Smaller keeps the place in the queue, all else loses it."""

    order_id: str
    symbol: str
    leaves: Decimal
    price: Decimal


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
    order_id: str
    text: str


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

    def fillable(self, symbol: str, side: Side, limit: Decimal | None, account: str) -> Decimal:
        """Quantity an aggressor of `side` could take at `limit` or better now, the account's own resting size excluded."""
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


# ---------------------------------------------------------------- journal


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


@dataclass(slots=True)
class TradeRow:
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


class JournalFailure(Exception):
    """A commit did not happen (disk full, I/O error). The server must stop: memory may not run ahead of the journal."""


class Journal(Protocol):
    """The one writer's door to durable state."""

    def load(self) -> OpenState: ...

    def commit(self, batch: Batch) -> None:
        """Make the batch durable, all or nothing; when this returns, it survives `kill -9`. Raises JournalFailure."""
        ...

    def find_order(self, account: str, client_order_id: str) -> OrderRow | None:
        """The order that this client id made, however long ago. Indexed; called for ids that are not open."""
        ...

    def close(self) -> None: ...


@dataclass(slots=True)
class Page:
    """One page of a list. Items are encoded wire objects; `next_cursor` is opaque, None at the end."""

    items: list[bytes]
    next_cursor: str | None


@dataclass(slots=True)
class StoredEvent:
    """An event as it is read back; `cursor` is its place among all accounts' events (for monitors)."""

    account: str
    seq: int
    event: str
    data: bytes
    cursor: int


class History(Protocol):
    """Reads of the journal for REST, replay and export; no offset paging, indexed, safe beside the writer."""

    def orders(
        self,
        account: str,
        *,
        status: str | None = None,
        symbol: str | None = None,
        side: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 100,
        cursor: str | None = None,
    ) -> Page:
        """Newest first. `status` is a status, or `open`. ValueError on a cursor that is not ours."""
        ...

    def order(self, account: str, order_id: str) -> bytes | None: ...

    def trades(
        self, account: str, *, symbol: str | None = None, limit: int = 100, cursor: str | None = None
    ) -> Page: ...

    def events(self, account: str, after: int, limit: int) -> list[StoredEvent]:
        """Events of one account with seq > `after`, ascending."""
        ...

    def all_events(self, after_cursor: int, limit: int) -> list[StoredEvent]:
        """All accounts' events with cursor > `after_cursor`, ascending: what a monitor reads."""
        ...

    def head_cursor(self) -> int: ...


class Epochs(Protocol):
    """Epochs of single accounts that outlive the server."""

    def renewed(self) -> Mapping[str, str]:
        """By account, those that differ from the database's own."""
        ...

    def keep(self, account: str, epoch: str) -> None: ...


# ---------------------------------------------------------------- users


@dataclass(slots=True)
class User:
    name: str
    role: Role
    disabled: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class SignInSession:
    """A sign-in that has not ended. `generation` counts its refreshes, the last of which was at `renewed_at`."""

    id: str
    user: str
    scope: Scope
    opened_at: datetime
    expires_at: datetime
    address: str = ""
    generation: int = 0
    renewed_at: datetime | None = None

    def is_live(self, now: datetime) -> bool:
        return now < self.expires_at


class Users(Protocol):
    """Sign-in names and sessions. Passwords are argon2id hashes; nothing here is ever logged."""

    def get(self, name: str) -> User | None: ...

    def password_hash(self, name: str) -> str | None: ...

    def add(self, name: str, role: Role, password_hash: str, at: datetime) -> None:
        """Raises ValueError when the name is taken."""
        ...

    def set_password(self, name: str, password_hash: str) -> None: ...

    def set_disabled(self, name: str, disabled: bool) -> None: ...

    def set_role(self, name: str, role: Role) -> None:
        """His sessions end: what they may do is no longer so."""
        ...

    def list(self) -> Sequence[User]: ...

    def open_session(self, session: SignInSession) -> None: ...

    def session(self, session_id: str) -> SignInSession | None:
        """Opened and not closed; it may have expired."""
        ...

    def sessions(self, name: str) -> Sequence[SignInSession]:
        """A user's, the oldest first; expired ones too until they are forgotten."""
        ...

    def renew_session(self, session_id: str, generation: int, at: datetime) -> None:
        """Note a refresh, so that the tokens before it stay used. Moves no revision: nobody's right has changed."""
        ...

    def forget_sessions(self, expired_before: datetime) -> None: ...

    def close_session(self, session_id: str) -> None: ...

    def close_all_sessions(self, name: str) -> Sequence[str]: ...

    def revision(self) -> int:
        """A number that changes with every change of users or sessions, also by another process; cheap to ask."""
        ...


# ---------------------------------------------------------------- the inbox


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


class Orders(Protocol):
    """The executor's inbox: commands in, one durable answer each. All validation of state happens behind it."""

    def submit(self, command: Command) -> Awaitable[Answer]:
        """Queue a command of `server.domain.commands`; the answer comes after its commit. Raises `Busy` when full
        and `Stopping` after drain began."""
        ...


class Busy(Exception):
    """The inbox is full: come back in a moment."""


class Stopping(Exception):
    """The server is going down and takes no new work."""


class View(Protocol):
    """Synchronous reads of live state, always at a commit boundary (never ahead of the journal)."""

    def head(self, account: str) -> int: ...

    def epoch(self) -> str: ...

    def snapshot(self, account: str) -> tuple[int, Mapping[str, list[bytes]]]:
        """(asOf, {"orders": open ones, "positions": open ones, "balances": …, "account": one}) as encoded wire objects."""
        ...

    def order(self, account: str, order_id: str) -> bytes | None:
        """An open order's wire object, None when it is not open or not the account's."""
        ...

    def accounts(self) -> Iterable[str]: ...

    def markets(self) -> Mapping[str, Market]: ...


# ---------------------------------------------------------------- bus


class Subscriber(Protocol):
    def deliver(self, events: Sequence[EventRow]) -> None:
        """Called once per commit with the committed events, ascending per account. Must not block nor raise."""
        ...

    def tell(self, account: str, event: EventName, data: bytes, as_of: int) -> None:
        """A value that moved with the price: not journaled, no seq; `as_of` is the account's head it was computed at."""
        ...

    def hears(self, account: str) -> bool:
        """Would anybody be told? What nobody hears is not computed."""
        ...


class Bus(Protocol):
    """Carries committed events to whoever views the journal. Losing it loses latency, never an event."""

    def publish(self, events: Sequence[EventRow]) -> None: ...

    def tell(self, account: str, event: EventName, data: bytes, as_of: int) -> None: ...

    def hears(self, account: str) -> bool: ...

    def attach(self, subscriber: Subscriber) -> None: ...

    def detach(self, subscriber: Subscriber) -> None: ...


# ---------------------------------------------------------------- market data


class MarketSink(Protocol):
    """Where the runner tells what moved; called once a turn, after the commit."""

    def observe(self, prints: Sequence[PrintReport], touched: Iterable[str], at: datetime) -> None: ...


class MarketData(Protocol):
    """What the gateway serves of the markets; values are encoded wire objects."""

    def ticker(self, symbol: str) -> bytes: ...

    def book(self, symbol: str, depth: int) -> bytes: ...

    def trades(self, symbol: str, limit: int) -> list[bytes]: ...

    def candles(self, symbol: str, interval: str, limit: int) -> list[bytes]: ...

    def watch(self, channel: str) -> None:
        """Somebody reads this channel now (counted): from here on it is computed."""
        ...

    def unwatch(self, channel: str) -> None: ...


class MarketReader(Protocol):
    """The gateway's side of live market data: one call per changed key."""

    def market_event(self, channel: str, event: str, key: str, data: bytes) -> None: ...


@dataclass(slots=True)
class CandleRow:
    """One closed candle as it is kept. `at` is its opening; empty intervals that nobody traded in need not be kept."""

    symbol: str
    interval: str
    at: datetime
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal
    trades: int
    seeded: bool = False
    hole: bool = False


class CandleStore(Protocol):
    """The chart's history over restarts. No part of the journal: a candle that was lost is made again or left out."""

    def save(self, rows: Sequence[CandleRow]) -> None:
        """Keep closed candles, all or none of them; one that is there already is replaced."""
        ...

    def load(self, symbol: str, interval: str, since: datetime) -> Sequence[CandleRow]:
        """Those that opened at `since` or later, oldest first."""
        ...

    def forget(self, interval: str, before: datetime) -> None:
        """Drop those of an interval, of all symbols, that opened earlier."""
        ...


class Feed(Protocol):
    """Drives the paper venue: yields (seconds to wait, step) for as long as the market lives."""

    def steps(self) -> Iterator[tuple[float, FlowStep]]: ...

    def state(self) -> Mapping[str, bytes]:
        """Per symbol, what the flow goes on from after a restart."""
        ...
