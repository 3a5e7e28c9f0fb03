"""The tables as a view of the journal: what records bring to them, in one transaction, and how far they have come.

Many commits at once are much less work than one by one: a row that changes in each of them is written once.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import Table, bindparam, select

from server.ports import RESET_TRADE
from server.storage import tables
from server.storage.backends import DbConnection
from server.storage.journal_file import Commit
from server.storage.record import TableRows, Values, table_rows
from server.storage.statements import Statement, insert, names, upsert

JOURNAL: Final = "journal"  # the facts of a database: whose journal it is a view of …
PROJECTED: Final = "projected"  # … and the number of the last commit that is in it
LAST_VENUE_TRADE: Final = "last_venue_trade_id"

ORDER_CHANGES: Final = ("status", "is_open", "updated_at", "payload", "state")
POSITION_CHANGES: Final = ("quantity", "open_cost", "is_open", "updated_at", "payload", "state")
ACCOUNT_CHANGES: Final = ("seq", "cash", "deposits", "state")
MARKET_CHANGES: Final = ("last", "state")


class Projection:
    """Writes commits into the tables. Raises what the driver raises, RecordDamaged, and DatabaseAway."""

    def __init__(self, link: DbConnection) -> None:
        self._link = link
        self._sql = _Sql(link)

    def place(self) -> int:
        """The number of the last commit that the tables hold."""
        row = self._sql.read.one(self._link.connection, name=PROJECTED)
        return 0 if row is None else int(row[0])

    def journal_id(self) -> str | None:
        """The identity of the journal that the tables are a view of; None before there was one."""
        row = self._sql.read.one(self._link.connection, name=JOURNAL)
        return None if row is None else str(row[0])

    def belong_to(self, journal_id: str) -> None:
        with self._link.transaction() as cursor:
            cursor.execute(self._sql.meta, (JOURNAL, journal_id))

    def write(self, commits: Sequence[Commit], after: int) -> bool:
        """Bring in the commits that follow `after`, all or nothing; False where somebody else has come further."""
        changes = _Changes()
        for commit in commits:
            changes.add(table_rows(commit.record))
        with self._link.transaction() as cursor:
            if self.place() != after:
                return False
            for sql, rows in self._statements(changes):
                if rows:
                    cursor.executemany(sql, rows)
            cursor.execute(self._sql.meta, (PROJECTED, str(commits[-1].number)))
        return True

    def _statements(self, changes: "_Changes") -> Iterable[tuple[str, Sequence[Values]]]:
        sql = self._sql
        last = [] if changes.last_venue_trade is None else [(LAST_VENUE_TRADE, changes.last_venue_trade)]
        yield sql.events, changes.events
        yield sql.orders, list(changes.orders.values())
        yield sql.trades, changes.trades
        yield sql.positions, list(changes.positions.values())
        yield sql.accounts, list(changes.accounts.values())
        yield sql.transfers, changes.transfers
        yield sql.markets, list(changes.markets.values())
        yield sql.meta, last


class _Changes:
    """What several commits come to: of each order, position, account and market the last."""

    def __init__(self) -> None:
        self.events: list[Values] = []
        self.trades: list[Values] = []
        self.transfers: list[Values] = []
        self.orders: dict[str, Values] = {}
        self.positions: dict[str, Values] = {}
        self.accounts: dict[str, Values] = {}
        self.markets: dict[str, Values] = {}
        self.last_venue_trade: str | None = None

    def add(self, rows: TableRows) -> None:
        self.events += rows.events
        self.trades += rows.trades
        self.transfers += rows.transfers
        for row in rows.orders:
            number, order_id = row[0], row[1]
            before = self.orders.get(order_id)
            # The number is that of its first commit.
            self.orders[order_id] = row if before is None or number is not None else (before[0], *row[1:])
        self.positions.update((row[0], row) for row in rows.positions)
        self.accounts.update((row[0], row) for row in rows.accounts)
        self.markets.update((row[0], row) for row in rows.markets)
        for row in rows.trades:
            if not row[7].startswith(RESET_TRADE):
                self.last_venue_trade = row[7]


class _Sql:
    def __init__(self, link: DbConnection) -> None:
        def inserted(table: Table) -> str:
            return insert(table, names(table), link.dialect).sql

        def replaced(table: Table, key: str, changing: Iterable[str]) -> str:
            return upsert(table, names(table), (key,), tuple(changing), link.dialect).sql

        self.events = inserted(tables.EVENTS)
        self.trades = inserted(tables.TRADES)
        self.transfers = inserted(tables.TRANSFERS)
        self.orders = replaced(tables.ORDERS, "id", ORDER_CHANGES)
        self.positions = replaced(tables.POSITIONS, "id", POSITION_CHANGES)
        self.accounts = replaced(tables.ACCOUNTS, "account", ACCOUNT_CHANGES)
        self.markets = replaced(tables.MARKETS, "symbol", MARKET_CHANGES)
        self.meta = replaced(tables.META, "name", ("value",))
        self.read = Statement(select(tables.META.c.value).where(tables.META.c.name == bindparam("name")), link.dialect)
