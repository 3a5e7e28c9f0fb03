"""The tables as a view of the journal: what records bring to them, in one transaction, and how far they have come.

Many commits at once are much less work than one by one: a row that changes in each of them is written once. Imports no
SQLAlchemy, nor anything that does: the projector's process is small, and is told the statements.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from server.storage.backends import write_ahead_log
from server.storage.backends.write_ahead_log import transaction
from server.storage.journal.file import Commit, JournalFile
from server.storage.journal.table_rows import RecordDamaged, TableRows, Values, table_rows
from server.storage.tables.facts import CUT, HEAD_CURSOR, JOURNAL, LAST_VENUE_TRADE, PROJECTED

PATIENCE_S: Final = 5.0
# A projector's pace, whether it is a thread or a process: how long it pauses, tries anew, and takes to leave.
EVERY_S: Final = 0.2  # the more a transaction brings in, the fewer pages each order touches
BREATH_S: Final = 0.03  # where more waits: others write the tables too
AGAIN_S: Final = 1.0
LEAVE_WITHIN_S: Final = 5.0
CACHE_KIB: Final = 16_384


@dataclass(frozen=True, slots=True)
class ProjectionStatements:
    """The text of every statement of a projection; rows are in the order of the tables' columns."""

    runs: str
    forget_runs: str
    forget_run: str  # by account and first seq
    orders: str
    trades: str
    positions: str
    accounts: str
    transfers: str
    markets: str
    write_fact: str  # name, value
    read_fact: str  # by name
    made_without_venue: str  # how the venue's id of such a trade begins


class Projection:
    """Writes commits into the tables. Raises sqlite3.Error, OverflowError and RecordDamaged: then nothing was written."""

    def __init__(self, connection: sqlite3.Connection, statements: ProjectionStatements) -> None:
        self._connection, self._statements = connection, statements

    def place(self) -> int:
        """The number of the last commit that the tables hold."""
        return int(self._fact(PROJECTED) or 0)

    def journal_id(self) -> str | None:
        """The identity of the journal that the tables are a view of; None before there was one."""
        return self._fact(JOURNAL)

    def belong_to(self, journal_id: str) -> None:
        """From here on; what stands in another one's records is not to be had from this one."""
        with transaction(self._connection):
            self._connection.execute(self._statements.forget_runs)
            self._connection.executemany(self._statements.write_fact, [(JOURNAL, journal_id), (CUT, "0")])

    def cut(self) -> int:
        """The number of the last commit whose events are no longer kept: it may be gone from the journal."""
        return int(self._fact(CUT) or 0)

    def forget(self, runs: Iterable[tuple[str, int]], through: int) -> None:
        """Let go of the events of the commits up to one that the tables hold: of where they stood, by account and first seq.
        On a connection that syncs, those commits are on the disk in the tables when this returns."""
        with transaction(self._connection):
            self._connection.executemany(self._statements.forget_run, runs)
            self._connection.execute(self._statements.write_fact, (CUT, str(through)))

    def step(self, journal: JournalFile) -> int | None:
        """One transaction with what comes next in the journal, whose log is copied on the way; how far the tables have come,
        None when they had all."""
        place = self.place()
        commits = journal.after(place)
        if not commits:
            return None
        has_come = self.write(commits, place)
        journal.checkpoint()
        return commits[-1].number if has_come else self.place()

    def write(self, commits: Sequence[Commit], after: int) -> bool:
        """Bring in the commits that follow `after`, all or nothing; False where somebody else has come further."""
        changes = _Changes(self._statements.made_without_venue)
        for commit in commits:
            changes.add(commit.number, table_rows(commit.record))
        with transaction(self._connection):
            if self.place() != after:
                return False
            if commits[0].number != after + 1:
                raise RecordDamaged(f"commit {commits[0].number} does not follow commit {after}")
            for sql, rows in self._rows(changes):
                if rows:
                    self._connection.executemany(sql, rows)
            facts = (PROJECTED, str(commits[-1].number)), (HEAD_CURSOR, str(commits[-1].cursor))
            self._connection.executemany(self._statements.write_fact, facts)
        return True

    def _fact(self, name: str) -> str | None:
        row = self._connection.execute(self._statements.read_fact, (name,)).fetchone()
        return None if row is None else str(row[0])

    def _rows(self, changes: "_Changes") -> Iterable[tuple[str, Sequence[Values]]]:
        sql = self._statements
        last = [] if changes.last_venue_trade is None else [(LAST_VENUE_TRADE, changes.last_venue_trade)]
        yield sql.runs, changes.runs
        yield sql.orders, list(changes.orders.values())
        yield sql.trades, changes.trades
        yield sql.positions, list(changes.positions.values())
        yield sql.accounts, list(changes.accounts.values())
        yield sql.transfers, changes.transfers
        yield sql.markets, list(changes.markets.values())
        yield sql.write_fact, last


def tables_of(path: Path) -> sqlite3.Connection:
    """A projector's connection. What a power cut takes from it, the journal still has: it need not be synced."""
    connection = sqlite3.connect(path, isolation_level=None, timeout=PATIENCE_S, check_same_thread=False)
    try:
        write_ahead_log.TABLES.set_up(connection, synchronous="NORMAL")
        connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    except BaseException:
        connection.close()
        raise
    return connection


class _Changes:
    """What several commits come to: of each order, position, account and market the last."""

    def __init__(self, made_without_venue: str) -> None:
        self._made_without_venue = made_without_venue
        self.runs: list[Values] = []
        self.trades: list[Values] = []
        self.transfers: list[Values] = []
        self.orders: dict[str, Values] = {}
        self.positions: dict[str, Values] = {}
        self.accounts: dict[str, Values] = {}
        self.markets: dict[str, Values] = {}
        self.last_venue_trade: str | None = None

    def add(self, number: int, rows: TableRows) -> None:
        self.runs += [(account, first, number, places) for account, first, places in rows.runs]
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
            if not row[7].startswith(self._made_without_venue):
                self.last_venue_trade = row[7]
