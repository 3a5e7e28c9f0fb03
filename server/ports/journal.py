"""Durable state: what one commit makes durable, and how it is read back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple, Protocol

from tradeterm.protocol.vocabulary import EventName


class EventRow(NamedTuple):
    """One fact of one account. `data` is the encoded payload that every view of the event carries, byte for byte.

    A tuple, as there are many of them, which are read by columns as well as by rows."""

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
        """Whether a commit of it would change nothing."""
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
    """A commit failed for good (disk full, I/O error), or the journal is no longer the one that memory was made from.
    The server must stop: memory may not run ahead of the journal."""


class BatchRefused(Exception):
    """The database is well, but takes a row of this batch never: the key is there already, or a value does not fit. Nothing
    of the batch was written, and the next one may come."""


class JournalRewound(JournalFailure):
    """The journal that came back lacks what was written, as after a fail-over that lost it: what is in memory is no longer
    so. The server must start over from what there is."""


class DatabaseAway(Exception):
    """The database does not answer now: it is being restarted, stands still, or somebody else holds it. Asked again in
    a moment it may. What was only asked changed nothing; of a commit nobody knows until the database is back."""


class TablesBehind(DatabaseAway):
    """The tables are too far behind the journal, and the text says how far: nothing was done. What cancels and closes is
    taken all the same."""


@dataclass(frozen=True, slots=True)
class Behind:
    """How far the tables are behind the journal. `seconds` is the age of the oldest commit that they do not have."""

    commits: int = 0
    bytes: int = 0
    seconds: float = 0.0


class Journal(Protocol):
    """The one writer's door to durable state.

    A commit has two halves, so that the loop waits for no slow disk and no server: `stage` on the loop, then `seal` in
    any thread. Nothing else may use the journal between them.
    """

    @property
    def is_remote(self) -> bool:
        """Whether `seal` goes over a line, and so always waits."""
        ...

    def load(self) -> OpenState:
        """The open state as the last commit left it; at any time between two commits. Raises JournalFailure, and
        DatabaseAway."""
        ...

    def stage(self, batch: Batch) -> None:
        """Prepare a commit as far as that waits for nothing. Raises JournalFailure, and DatabaseAway or BatchRefused: not
        prepared."""
        ...

    def seal(self) -> None:
        """Make what was staged durable, all or nothing; when this returns, it survives `kill -9`. May wait.

        Raises JournalFailure, BatchRefused, and DatabaseAway: then `resume` tells what became of it.
        """
        ...

    def resume(self) -> bool:
        """Come back to the database, as its one writer; whether the batch that was in doubt is there. May wait.

        Raises DatabaseAway while it cannot be reached, JournalFailure when it is not the history that was left.
        """
        ...

    def commit(self, batch: Batch) -> None:
        """Both halves at once, for whoever may wait."""
        ...

    def find_order(self, account: str, client_order_id: str) -> OrderRow | None:
        """The order that this client id made, however long ago. Indexed; called for ids that are not open."""
        ...


@dataclass(slots=True)
class Page:
    """One page of a list. Items are encoded wire objects; `next_cursor` is opaque, None at the end."""

    items: list[bytes]
    next_cursor: str | None
    lost_through: int | None = None  # of events: the seq up to which those that were asked for are no longer kept


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

    def order(self, account: str, order_id: str) -> bytes | None:
        """An order's wire object, open or ended; None when it is not the account's."""
        ...

    def trades(self, account: str, *, symbol: str | None = None, limit: int = 100, cursor: str | None = None) -> Page:
        """Newest first, as encoded wire objects. ValueError on a cursor that is not ours."""
        ...

    def events(self, account: str, after: int, limit: int) -> list[StoredEvent]:
        """Events of one account with seq > `after`, ascending. Those that were lost are left out: then the first one does
        not follow."""
        ...

    def all_events(self, after_cursor: int, limit: int) -> list[StoredEvent]:
        """All accounts' events with cursor > `after_cursor`, ascending: what a monitor reads."""
        ...

    def head_cursor(self) -> int:
        """The cursor of the newest event of all; 0 when there is none."""
        ...


class Epochs(Protocol):
    """Epochs of single accounts that outlive the server."""

    def renewed(self) -> Mapping[str, str]:
        """By account, those that differ from the database's own."""
        ...

    def keep(self, account: str, epoch: str) -> None:
        """Give an account a history of its own name from here on; durable when this returns."""
        ...
