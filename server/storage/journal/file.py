"""The journal of a SQLite database: a second file beside it with one row a commit. What a record says is not known here.

The file is one of SQLite's, so torn writes and half commits are its business. Whose journal it is stands in it, so that
one that belongs to another history is never taken for this one's. What nobody keeps any longer goes from its beginning, a few
commits with each that is appended (see `retention.py`); the last one always stays, since it says how far the journal goes.
"""

import secrets
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from server import owner_only
from server.storage.backends import write_ahead_log
from server.storage.backends.write_ahead_log import transaction

APPLICATION: Final = 0x74726A6C  # "trjl", in the head of the file
LAYOUT: Final = 1

_TABLES: Final = (
    "CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE commits (number INTEGER PRIMARY KEY, cursor INTEGER NOT NULL, record BLOB NOT NULL)",
)
_APPEND: Final = "INSERT INTO commits (number, cursor, record) VALUES (?, ?, ?)"
_AFTER: Final = "SELECT number, cursor, record FROM commits WHERE number > ? ORDER BY number LIMIT ?"
_FIRST: Final = "SELECT min(number) FROM commits"
_LAST: Final = "SELECT number, cursor FROM commits ORDER BY number DESC LIMIT 1"
_CUT: Final = "DELETE FROM commits WHERE number <= ?"
# A transaction of the projector holds up whoever else writes the tables, so it is no longer than some 50 ms.
BYTES_AT_ONCE: Final = 2_000_000
COMMITS_AT_ONCE: Final = 1_000
MAKING_PATIENCE_S: Final = 5.0
CHECKPOINT_BYTES: Final = 262_144  # of records: some fifty commits of one order, three of fifty
CUT_AT_ONCE: Final = 8  # commits that go with one append: it takes no longer to see, and what is due gets less by seven


class JournalForeign(Exception):
    """A file that is no journal, or one of a later version."""


@dataclass(frozen=True, slots=True)
class Commit:
    """One record where it stands; `cursor` is that of its last event."""

    number: int
    cursor: int
    record: bytes


def path_beside(database: Path) -> Path:
    return database.with_name(f"{database.name}.journal")


def companions(path: Path) -> tuple[Path, Path]:
    """The files that SQLite keeps beside one."""
    return path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")


class JournalFile:
    """One open connection to it. Raises sqlite3.Error for whatever goes wrong with the file, JournalForeign at the start
    for one that is none."""

    def __init__(self, path: Path, patience_s: float = 0.0) -> None:
        """`patience_s`: how long another program that holds the file is waited for."""
        self.path, self._patience_s = path, patience_s
        self._read_bytes = 0  # of records, since `checkpoint` had enough to do
        self.more_waits = False  # whether `after` came to its limit before it came to the end
        self._connection = _connected(path, patience_s)
        try:
            self.id = _identity(self._connection, path)
            self._first = self.first()
        except BaseException:
            self._connection.close()
            raise

    def append(self, commit: Commit, cut: int = 0) -> None:
        """All or nothing, and durable when this returns. With it go some of the commits up to number `cut`, which must be
        older than the last one."""
        row = commit.number, commit.cursor, commit.record
        first = self._first or commit.number
        if first > cut:
            self._connection.execute(_APPEND, row)
        else:
            through = min(cut, first + CUT_AT_ONCE - 1)
            with transaction(self._connection):
                self._connection.execute(_APPEND, row)
                self._connection.execute(_CUT, (through,))
            first = through + 1
        self._first = first

    def first(self) -> int:
        """The number of the oldest commit; zero when there is none."""
        return int(self._connection.execute(_FIRST).fetchone()[0] or 0)

    def last(self) -> tuple[int, int]:
        """Number and cursor of the last commit; zeros when there is none."""
        number, cursor = self._connection.execute(_LAST).fetchone() or (0, 0)
        return number, cursor

    def after(self, number: int, at_most_bytes: int = BYTES_AT_ONCE) -> list[Commit]:
        """The commits that follow a number, in their order: at least one, if there is one."""
        found, size = [], 0
        with closing(self._connection.execute(_AFTER, (number, COMMITS_AT_ONCE))) as cursor:
            for row in cursor:
                found.append(Commit(*row))
                size += len(row[2])
                if size >= at_most_bytes:
                    break
        self._read_bytes += size
        self.more_waits = size >= at_most_bytes or len(found) == COMMITS_AT_ONCE
        return found

    def checkpoint(self) -> None:
        """For who reads: copy the log into the file when enough has been read of it. So whoever appends finds that done, and
        need not do it within a commit. Waits for nobody, and what stands in its way stands in the way of appending too."""
        if self._read_bytes >= CHECKPOINT_BYTES:
            self._read_bytes = 0
            with suppress(sqlite3.Error):
                self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()

    def reopen(self) -> None:
        """Open it anew, with nothing of what was under way."""
        # The old one goes last: with the only connection SQLite would take the log away, and whoever watches would miss it.
        before, self._connection = self._connection, _connected(self.path, self._patience_s)
        before.close()
        self._first = self.first()

    def close(self) -> None:
        self._connection.close()


def is_empty(path: Path) -> bool:
    """Whether there is none yet, or one that was not finished."""
    if not path.exists():
        return True
    with closing(sqlite3.connect(path, timeout=MAKING_PATIENCE_S)) as connection:
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    return bool(tables == 0)


def make_journal(path: Path) -> None:
    """A new and empty journal with an identity of its own, readable by its owner alone."""
    owner_only.made(path)
    with closing(_connected(path, MAKING_PATIENCE_S)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        for table in _TABLES:
            connection.execute(table)
        connection.execute("INSERT INTO about VALUES ('id', ?)", (secrets.token_hex(8),))
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
        connection.execute(f"PRAGMA user_version = {LAYOUT}")
        connection.execute("COMMIT")


def _connected(path: Path, patience_s: float) -> sqlite3.Connection:
    # The loop and the thread of the commits share it, never both at once.
    connection = sqlite3.connect(path, isolation_level=None, timeout=patience_s, check_same_thread=False)
    try:
        write_ahead_log.JOURNAL.set_up(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _identity(connection: sqlite3.Connection, path: Path) -> str:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (layout,) = connection.execute("PRAGMA user_version").fetchone()
    if application != APPLICATION:
        raise JournalForeign(f"the file {path} is no journal of tradeterm's")
    if layout > LAYOUT:
        raise JournalForeign(f"the journal {path} was written by a later version of tradeterm; update the program")
    return str(connection.execute("SELECT value FROM about WHERE name = 'id'").fetchone()[0])
