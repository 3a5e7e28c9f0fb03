"""The one writer's door to durable state: a batch is one transaction, and either all of it is there or nothing.

No reads of history, no opening rules, no trading rule. Works on any connection that `database.py` opens.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import ColumnElement, Table, TextClause, bindparam, select

from server.ports import (
    RESET_TRADE,
    Batch,
    BatchRefused,
    DatabaseAway,
    EventRow,
    JournalFailure,
    JournalRewound,
    OpenState,
    OrderRow,
)
from server.storage import rows, tables
from server.storage.backends import DbConnection, JournalLengthMark
from server.storage.statements import Statement, columns, insert, names, upsert

LAST_VENUE_TRADE = "last_venue_trade_id"

_COUNTED = {"number", "cursor"}


class SqlJournal:
    """`server.ports.Journal` on SQLite or PostgreSQL. One per database, used by one thread at a time.

    `mark` is told, after each commit, how many events the journal holds. What a failed commit leaves is the state before it,
    and every later one is refused: whoever did not hear of the failure must not go on either. After BatchRefused it goes on.
    """

    def __init__(self, link: DbConnection, epoch: str, mark: JournalLengthMark) -> None:
        self._link = link
        self._epoch = epoch
        self._mark = mark
        self._writes = _Writes(link)
        self._reads = _Reads(link)
        self._failure: str | None = None
        self._heads: dict[str, int] = {row[0]: row[1] for row in self._reads.accounts.all(link.connection)}
        newest = self._reads.newest.one(link.connection)
        self._length: int = newest[0] if newest else 0
        self._staged, self._staged_heads = Batch(), dict[str, int]()

    def load(self) -> OpenState:
        with self._link.translated():
            return self._load()

    def _load(self) -> OpenState:
        read, connection = self._reads, self._link.connection
        return OpenState(
            epoch=self._epoch,
            accounts=[rows.account_row(row) for row in read.accounts.all(connection)],
            orders=[rows.order_row(row) for row in read.open_orders.all(connection)],
            positions=[rows.position_row(row) for row in read.open_positions.all(connection)],
            markets=[rows.market_row(row) for row in read.markets.all(connection)],
            last_venue_trade_id=self._last_venue_trade(),
        )

    def _last_venue_trade(self) -> str | None:
        """How far the venue's own numbers have come. Resets once left theirs here: then it is the last of the venue's."""
        last = self._reads.meta.one(self._link.connection, name=LAST_VENUE_TRADE)
        if last is not None and last[0].startswith(RESET_TRADE):
            last = self._reads.last_trade.one(self._link.connection)
        return last[0] if last else None

    # ------------------------------------------------------------ a commit, in two halves

    def commit(self, batch: Batch) -> None:
        if self._failure or not batch.is_empty():
            self.stage(batch)
            self.seal()

    def stage(self, batch: Batch) -> None:
        if self._failure:
            raise JournalFailure(self._failure)
        self._staged, self._staged_heads = batch, self._follow(batch.events)
        if not self._link.is_remote:
            with self._failing():
                self._write(batch)

    def seal(self) -> None:
        with self._failing():
            if self._link.is_remote:
                self._write(self._staged)
            self._examine()  # a log that was cut is as long as before when the commit has been written behind the hole
            self._link.connection.cursor().execute("COMMIT")
        self._examine()
        self._take()

    def resume(self) -> bool:
        with self._failing():
            self._link.revive()
            accounts = self._heads.keys() | self._staged_heads.keys()
            found = {account: self._head(account) for account in accounts}
        if all(found[account] == head for account, head in (self._heads | self._staged_heads).items()):
            is_there = bool(self._staged_heads)
            if is_there:
                self._take()
            return is_there
        if any(found[account] != self._heads.get(account, 0) for account in accounts):
            self._failure = "the journal that came back is not the one that was left"
            raise JournalRewound(self._failure)
        return False

    def fault(self) -> str | None:
        """What is wrong with the files of the database, in a sentence: then nothing that is written will be found."""
        return self._link.fault()

    def find_order(self, account: str, client_order_id: str) -> OrderRow | None:
        with self._link.hurried():
            row = self._reads.order.one(self._link.connection, account=account, client_order_id=client_order_id)
        return None if row is None else rows.order_row(row)

    def close(self) -> None:
        self._link.close()
        self._mark.close()

    def _examine(self) -> None:
        """Raises JournalFailure where the files are no longer those that were opened."""
        self._failure = self._link.fault()
        if self._failure:
            raise JournalFailure(self._failure)

    @contextmanager
    def _failing(self) -> Iterator[None]:
        """Whatever goes wrong is rolled back; what neither passes by itself nor is this batch's own fault ends the journal."""
        try:
            with self._link.translated():
                yield
        except DatabaseAway:
            self._link.roll_back()
            raise
        except self._link.refusals as error:
            self._link.roll_back()
            raise BatchRefused(f"the batch was not written: {self._link.explain(error)}") from error
        except self._link.errors as error:
            self._failure = f"the journal could not be written: {self._link.explain(error)}"
            self._link.roll_back()
            raise JournalFailure(self._failure) from error

    def _head(self, account: str) -> int:
        row = self._reads.head.one(self._link.connection, account=account)
        return row[0] if row else 0

    def _take(self) -> None:
        """What was staged is durable."""
        self._heads.update(self._staged_heads)
        self._length += len(self._staged.events)
        self._mark.note(self._length)
        self._staged, self._staged_heads = Batch(), {}

    def _follow(self, events: Sequence[EventRow]) -> dict[str, int]:
        """The heads after these events. Each must follow the one before it: a hole could never be mended later."""
        heads: dict[str, int] = {}
        known = self._heads
        for event in events:
            account = event.account
            last = heads.get(account)
            if last is None:
                last = known.get(account, 0)
            if event.seq != last + 1:
                raise JournalFailure(f"event {event.seq} of account {account!r} does not follow event {last}")
            heads[account] = event.seq
        return heads

    def _write(self, batch: Batch) -> None:
        cursor = self._link.connection.cursor()
        many = cursor.executemany
        write = self._writes
        cursor.execute(self._link.begin)
        if batch.events:
            many(write.events, rows.event_tuples(batch.events))
        if batch.orders:
            many(write.orders, [rows.order_tuple(order) for order in batch.orders.values()])
        if batch.trades:
            many(write.trades, [rows.trade_tuple(trade) for trade in batch.trades])
            numbers = [one.venue_trade_id for one in batch.trades if not one.venue_trade_id.startswith(RESET_TRADE)]
            many(write.meta, [(LAST_VENUE_TRADE, number) for number in numbers[-1:]])
        if batch.positions:
            many(write.positions, [rows.position_tuple(position) for position in batch.positions.values()])
        if batch.accounts:
            many(write.accounts, [rows.account_tuple(account) for account in batch.accounts.values()])
        if batch.transfers:
            many(write.transfers, [rows.transfer_tuple(transfer) for transfer in batch.transfers])
        if batch.markets:
            many(write.markets, [rows.market_tuple(market) for market in batch.markets.values()])
        cursor.close()


class _Writes:
    """The text of every statement that a commit may need."""

    def __init__(self, link: DbConnection) -> None:
        def inserted(table: Table) -> str:
            return insert(table, names(table, without=_COUNTED), link.dialect).sql

        def replaced(table: Table, key: str, changing: Iterable[str]) -> str:
            return upsert(table, names(table, without=_COUNTED), (key,), tuple(changing), link.dialect).sql

        self.events = inserted(tables.EVENTS)
        self.trades = inserted(tables.TRADES)
        self.transfers = inserted(tables.TRANSFERS)
        self.orders = replaced(tables.ORDERS, "id", ("status", "is_open", "updated_at", "payload", "state"))
        self.positions = replaced(
            tables.POSITIONS, "id", ("quantity", "open_cost", "is_open", "updated_at", "payload", "state")
        )
        self.accounts = replaced(tables.ACCOUNTS, "account", ("seq", "cash", "deposits", "state"))
        self.markets = replaced(tables.MARKETS, "symbol", ("last", "state"))
        self.meta = replaced(tables.META, "name", ("value",))


class _Reads:
    """What start-up and the check of a client order id ask; none of it grows with history."""

    def __init__(self, link: DbConnection) -> None:
        def reading(table: Table, *conditions: ColumnElement[bool] | TextClause, by: Sequence[str] = ()) -> Statement:
            wanted: list[Any] = [column for column in columns(table) if column.name not in _COUNTED]
            query = select(*wanted).where(*conditions).order_by(*[table.c[name] for name in by])
            return Statement(query, link.dialect)

        orders, events = tables.ORDERS.c, tables.EVENTS.c
        self.accounts = reading(tables.ACCOUNTS, by=("account",))
        self.markets = reading(tables.MARKETS, by=("symbol",))
        # `is_open = 1` stands as text: a parameter would keep the database from seeing that the partial index fits.
        self.open_orders = reading(tables.ORDERS, tables.IS_OPEN, by=("created_at", "number"))
        self.open_positions = reading(tables.POSITIONS, tables.IS_OPEN, by=("account", "symbol"))
        self.order = reading(
            tables.ORDERS,
            orders.account == bindparam("account"),
            orders.client_order_id == bindparam("client_order_id"),
        )
        venue_trade = tables.TRADES.c.venue_trade_id
        last_trade = (
            select(venue_trade).where(venue_trade.not_like(f"{RESET_TRADE}%")).order_by(tables.TRADES.c.number.desc())
        )
        self.last_trade = Statement(last_trade.limit(1), link.dialect)
        self.meta = Statement(select(tables.META.c.value).where(tables.META.c.name == bindparam("name")), link.dialect)
        self.newest = Statement(select(events.cursor).order_by(events.cursor.desc()).limit(1), link.dialect)
        own = events.account == bindparam("account")
        self.head = Statement(select(events.seq).where(own).order_by(events.seq.desc()).limit(1), link.dialect)
