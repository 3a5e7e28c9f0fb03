"""The shape of everything durable, as SQLModel tables. No statements and no behaviour: those are made from these tables.

A row is the columns to filter by plus the payload that goes on the wire. Money is TEXT, because only text keeps a Decimal
to its last digit in every database. Times are integers, milliseconds since 1970 UTC: the wire's own resolution, so that a
filter by a time that was shown finds what was shown. Flags are 0 or 1. `number` and `cursor` say in which order rows
were first written; they never leave the server. Nothing here is for one database only.
"""

from typing import ClassVar, Final

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlmodel import Field, SQLModel

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite counts a key up by itself only when it is called INTEGER.
_COUNTED = BigInteger().with_variant(Integer(), "sqlite")
# Of an index, on both databases: the migrations say so. PostgreSQL's word for it would load its dialect with every start.
IS_OPEN = text("is_open = 1")


def _counted() -> int | None:
    found: int | None = Field(default=None, primary_key=True, sa_type=_COUNTED)
    return found


class Record(SQLModel):
    """What the tables share: the catalogue that knows their names."""

    metadata: ClassVar[MetaData] = METADATA


class Meta(Record, table=True):
    """Facts about the database itself: epoch, venue, what a restored copy says of itself."""

    name: str = Field(primary_key=True, sa_type=Text)
    value: str = Field(sa_type=Text)


class Counter(Record, table=True):
    """Numbers that only go up, such as the revision of the users."""

    __tablename__ = "counters"

    name: str = Field(primary_key=True, sa_type=Text)
    value: int = Field(sa_type=BigInteger)


class UserRecord(Record, table=True):
    __tablename__ = "users"

    name: str = Field(primary_key=True, sa_type=Text)
    role: str = Field(sa_type=Text)
    password_hash: str = Field(sa_type=Text)
    disabled: int = Field(default=0, sa_type=SmallInteger)
    created_at: int = Field(sa_type=BigInteger)
    totp_secret: str | None = Field(default=None, sa_type=Text)
    totp_step: int = Field(default=0, sa_type=BigInteger)


class SessionRecord(Record, table=True):
    """A sign-in that has not ended; its row goes when it does. `renewed_at` is 0 until it is refreshed."""

    __tablename__ = "sessions"
    __table_args__ = (Index(None, "user_name"), Index(None, "expires_at"))

    id: str = Field(primary_key=True, sa_type=Text)
    user_name: str = Field(sa_column_args=(ForeignKey("users.name"),), sa_type=Text)
    scope: str = Field(sa_type=Text)
    expires_at: int = Field(sa_type=BigInteger)
    generation: int = Field(default=0, sa_type=BigInteger)
    opened_at: int = Field(default=0, sa_type=BigInteger)
    renewed_at: int = Field(default=0, sa_type=BigInteger)
    address: str = Field(default="", sa_type=Text)


class AccountRecord(Record, table=True):
    """One account as of the last commit; `seq` is its head."""

    __tablename__ = "accounts"

    account: str = Field(primary_key=True, sa_type=Text)
    seq: int = Field(sa_type=BigInteger)
    cash: str = Field(sa_type=Text)
    deposits: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text)


class OrderRecord(Record, table=True):
    """An order as of the last commit.

    Two indexes answer every filter: a list is the merge of one range for each status and side that was asked for, so
    each is read in its own order and never sorted, and a write pays for two indexes and not for eight.
    """

    __tablename__ = "orders"
    __table_args__ = (
        UniqueConstraint("account", "client_order_id"),
        Index("ix_orders_by_status", "account", "status", "side", "created_at", "number"),
        Index("ix_orders_by_symbol", "account", "symbol", "status", "side", "created_at", "number"),
        Index("ix_orders_open", "created_at", "number", sqlite_where=IS_OPEN),
    )

    number: int | None = _counted()
    id: str = Field(unique=True, sa_type=Text)
    account: str = Field(sa_type=Text)
    client_order_id: str = Field(sa_type=Text)
    fingerprint: str = Field(sa_type=Text)
    symbol: str = Field(sa_type=Text)
    side: str = Field(sa_type=Text)
    status: str = Field(sa_type=Text)
    is_open: int = Field(sa_type=SmallInteger)
    created_at: int = Field(sa_type=BigInteger)
    updated_at: int = Field(sa_type=BigInteger)
    payload: str = Field(sa_type=Text)
    state: str | None = Field(default=None, sa_type=Text)


class Trade(Record, table=True):
    __tablename__ = "trades"
    __table_args__ = (
        Index("ix_trades_by_time", "account", "executed_at", "number"),
        Index("ix_trades_by_symbol", "account", "symbol", "executed_at", "number"),
    )

    number: int | None = _counted()
    id: str = Field(unique=True, sa_type=Text)
    account: str = Field(sa_type=Text)
    order_id: str = Field(sa_type=Text)
    symbol: str = Field(sa_type=Text)
    side: str = Field(sa_type=Text)
    executed_at: int = Field(sa_type=BigInteger)
    venue_trade_id: str = Field(sa_type=Text)
    payload: str = Field(sa_type=Text)


class PositionRecord(Record, table=True):
    """Signed quantity and open cost; a closed position stays, as history."""

    __tablename__ = "positions"
    __table_args__ = (Index("ix_positions_open", "account", "symbol", sqlite_where=IS_OPEN),)

    id: str = Field(primary_key=True, sa_type=Text)
    account: str = Field(sa_type=Text)
    symbol: str = Field(sa_type=Text)
    quantity: str = Field(sa_type=Text)
    open_cost: str = Field(sa_type=Text)
    is_open: int = Field(sa_type=SmallInteger)
    opened_at: int = Field(sa_type=BigInteger)
    updated_at: int = Field(sa_type=BigInteger)
    payload: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text)


class EventRun(Record, table=True):
    """What one account has in one commit of a journal's file: from `first_seq` on without a hole, in the record of that
    number; see `event_places.py` for the places in it."""

    __tablename__ = "event_runs"
    __table_args__ = ({"sqlite_with_rowid": False},)

    account: str = Field(primary_key=True, sa_type=Text)
    first_seq: int = Field(primary_key=True, sa_type=BigInteger)
    record: int = Field(sa_type=BigInteger)
    places: str = Field(sa_type=Text)


class Event(Record, table=True):
    """An event where there is no journal's file to stand in: `seq` has no holes within an account, `cursor` rises over all
    of them."""

    __tablename__ = "events"
    __table_args__ = (UniqueConstraint("account", "seq"),)

    cursor: int | None = _counted()
    account: str = Field(sa_type=Text)
    seq: int = Field(sa_type=BigInteger)
    event: str = Field(sa_type=Text)
    at: int = Field(sa_type=BigInteger)
    data: str = Field(sa_type=Text)


class Transfer(Record, table=True):
    __tablename__ = "transfers"
    __table_args__ = (Index(None, "source", "at"), Index(None, "target", "at"))

    id: str = Field(primary_key=True, sa_type=Text)
    at: int = Field(sa_type=BigInteger)
    source: str = Field(sa_type=Text)
    target: str = Field(sa_type=Text)
    asset: str = Field(sa_type=Text)
    amount: str = Field(sa_type=Text)
    reason: str = Field(sa_type=Text)


class MarketRecord(Record, table=True):
    __tablename__ = "markets"

    symbol: str = Field(primary_key=True, sa_type=Text)
    last: str | None = Field(default=None, sa_type=Text)
    state: str = Field(sa_type=Text)


class CandleRecord(Record, table=True):
    """The chart's history: one row an interval; `at` is its opening."""

    __tablename__ = "candles"

    symbol: str = Field(primary_key=True, sa_type=Text)
    interval: str = Field(primary_key=True, sa_type=Text)
    at: int = Field(primary_key=True, sa_type=BigInteger)
    open: str = Field(sa_type=Text)
    high: str = Field(sa_type=Text)
    low: str = Field(sa_type=Text)
    close: str = Field(sa_type=Text)
    volume: str = Field(sa_type=Text)
    trades: int = Field(sa_type=BigInteger)
    seeded: int = Field(default=0, sa_type=SmallInteger)
    hole: int = Field(default=0, sa_type=SmallInteger)


def _table(name: str) -> Table:
    return METADATA.tables[name]


META = _table("meta")
COUNTERS = _table("counters")
USERS = _table("users")
SESSIONS = _table("sessions")
ACCOUNTS = _table("accounts")
ORDERS = _table("orders")
TRADES = _table("trades")
POSITIONS = _table("positions")
EVENTS = _table("events")
EVENT_RUNS = _table("event_runs")
TRANSFERS = _table("transfers")
MARKETS = _table("markets")
CANDLES = _table("candles")

# What of a row changes when it is written again.
ORDER_CHANGES: Final = ("status", "is_open", "updated_at", "payload", "state")
POSITION_CHANGES: Final = ("quantity", "open_cost", "is_open", "updated_at", "payload", "state")
ACCOUNT_CHANGES: Final = ("seq", "cash", "deposits", "state")
MARKET_CHANGES: Final = ("last", "state")
