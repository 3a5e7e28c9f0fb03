"""The journal of a database that is its own log: a batch is one transaction on the tables, all of it there or nothing.

PostgreSQL's: its server writes one sequential log for all tables already, so a record of ours before it would be written
and synced twice. No reads of history, no opening rules, no trading rule.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from sqlalchemy import Table, bindparam, select

from server.ports import (
    RESET_TRADE,
    Batch,
    BatchRefused,
    DatabaseAway,
    JournalFailure,
    JournalRewound,
    OpenState,
    OrderRow,
)
from server.storage.backends.backend import DbConnection
from server.storage.journal.kept import COUNTED, KeptRows
from server.storage.journal.numbering import heads_after
from server.storage.tables import rows, schema
from server.storage.tables.facts import LAST_VENUE_TRADE
from server.storage.tables.schema import (
    ACCOUNT_CHANGES,
    MARKET_CHANGES,
    ORDER_CHANGES,
    POSITION_CHANGES,
)
from server.storage.tables.statements import Statement, insert, names, upsert


class TableJournal:
    """`server.ports.Journal` on PostgreSQL. One per database, used by one thread at a time.

    What a failed commit leaves is the state before it, and every later one is refused: whoever did not hear of the failure
    must not go on either. After BatchRefused it goes on.
    """

    def __init__(self, link: DbConnection, kept: KeptRows, epoch: str) -> None:
        self._link, self._kept, self._epoch = link, kept, epoch
        self._writes = _Writes(link)
        events = schema.EVENTS.c
        newest = select(events.seq).where(events.account == bindparam("account")).order_by(events.seq.desc()).limit(1)
        self._newest = Statement(newest, link.dialect)
        accounts = schema.ACCOUNTS.c
        known = select(accounts.seq).where(accounts.account == bindparam("account"))
        self._known = Statement(known, link.dialect)
        self._failure: str | None = None
        self._heads = kept.heads()
        self._staged, self._staged_heads = Batch(), dict[str, int]()

    @property
    def is_remote(self) -> bool:
        return True

    def load(self) -> OpenState:
        return self._kept.load(self._epoch)

    # ------------------------------------------------------------ a commit, in two halves

    def commit(self, batch: Batch) -> None:
        if self._failure or not batch.is_empty():
            self.stage(batch)
            self.seal()

    def stage(self, batch: Batch) -> None:
        if self._failure:
            raise JournalFailure(self._failure)
        self._staged, self._staged_heads = batch, heads_after(self._heads, batch.events)

    def seal(self) -> None:
        with self._failing():
            self._write(self._staged)
            self._link.connection.cursor().execute("COMMIT")
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

    def find_order(self, account: str, client_order_id: str) -> OrderRow | None:
        return self._kept.find_order(account, client_order_id)

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
        """Of an account whose events are no longer kept, its row alone knows."""
        connection = self._link.connection
        row = self._newest.one(connection, account=account) or self._known.one(connection, account=account)
        return row[0] if row else 0

    def _take(self) -> None:
        """What was staged is durable."""
        self._heads.update(self._staged_heads)
        self._staged, self._staged_heads = Batch(), {}

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
            return insert(table, names(table, without=COUNTED), link.dialect).sql

        def replaced(table: Table, key: str, changing: Iterable[str]) -> str:
            return upsert(table, names(table, without=COUNTED), (key,), tuple(changing), link.dialect).sql

        self.events = inserted(schema.EVENTS)
        self.trades = inserted(schema.TRADES)
        self.transfers = inserted(schema.TRANSFERS)
        self.orders = replaced(schema.ORDERS, "id", ORDER_CHANGES)
        self.positions = replaced(schema.POSITIONS, "id", POSITION_CHANGES)
        self.accounts = replaced(schema.ACCOUNTS, "account", ACCOUNT_CHANGES)
        self.markets = replaced(schema.MARKETS, "symbol", MARKET_CHANGES)
        self.meta = replaced(schema.META, "name", ("value",))
