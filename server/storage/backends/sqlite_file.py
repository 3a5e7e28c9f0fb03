"""A database in a file: SQLite in WAL mode, one server at a time, any number of readers and short writers beside it.

Two files belong to it beyond SQLite's own: `.journal`, which is the truth that the tables are a view of (see
`journal/file.py`), and `.mark`, which says how many events the journal holds, so that a restored older copy is noticed.
"""

import fcntl
import os
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Dialect, Engine, NullPool, create_engine
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

from server import owner_only
from server.storage.backends import write_ahead_log
from server.storage.backends.backend import PATIENCE_S, DbConnection, JournalLengthMark, WriterLock
from server.storage.backends.file_watch import FileWatch
from server.storage.backends.sqlite_words import explain, is_away, is_unreachable
from server.storage.errors import (
    DatabaseDamaged,
    DatabaseForeign,
    DatabaseLocked,
    DatabaseRefused,
    DatabaseUnavailable,
)

EXAMINE_S = 0.3
# SQLite looks through a whole table before it can be stopped. Of what is larger, only rows at both ends of each table are
# read: a start must not become longer with the history.
WHOLLY_EXAMINED_BYTES = 32_000_000
ROWS_EXAMINED = 100
LOCK_PATIENCE_S = 1.0
# A server has several connections, and what they read again stands in the system's cache; the projector, which writes the
# tables, has a larger one.
CACHE_KIB = 2_048

_MAGIC = b"SQLite format 3\x00"
# A number beyond 64 bits or text that is none never reaches the file: Python refuses it.
_REFUSALS = (sqlite3.IntegrityError, sqlite3.DataError, OverflowError, UnicodeError)


@dataclass(frozen=True, slots=True)
class SqliteFile:
    """The place `sqlite:///PATH`."""

    path: Path

    @property
    def name(self) -> str:
        return str(self.path)

    def prepare(self) -> None:
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # The side files get the rights of this one from SQLite.
            owner_only.made(self.path)
        except OSError as error:
            raise DatabaseUnavailable(f"the database {self.path} cannot be used: {explain(error)}") from None

    def hold(self) -> WriterLock:
        return _FileHold(self, _lock(self.path))

    def revision(self, *, examine: bool = False) -> str | None:
        try:
            if self.path.stat().st_size == 0 and not self._has_log():
                return None
            self._check_header()
            return self._read_revision(examine)
        except sqlite3.Error as error:
            raise self._refusal(error) from None
        except OSError as error:
            raise DatabaseUnavailable(f"the database {self.path} cannot be read: {explain(error)}") from None

    def look_over(self) -> None:
        """Look for damage for a fraction of a second, whatever stands in it; an absent or empty file has none. Changes
        nothing. Raises DatabaseDamaged, and DatabaseUnavailable."""
        try:
            if not self.path.exists() or (self.path.stat().st_size == 0 and not self._has_log()):
                return
            self._check_header()
            with closing(self._beside()) as connection:
                self._examine(connection)
        except sqlite3.Error as error:
            raise self._refusal(error) from None
        except OSError as error:
            raise DatabaseUnavailable(f"the database {self.path} cannot be read: {explain(error)}") from None

    def engine(self) -> Engine:
        return create_engine(
            URL.create("sqlite", database=str(self.path)),
            poolclass=NullPool,
            connect_args={"isolation_level": None, "timeout": PATIENCE_S},
        )

    def link(self, *, read_only: bool = False, patience_s: float = PATIENCE_S) -> DbConnection:
        def connect() -> Any:
            connection = sqlite3.connect(
                self.path,
                isolation_level=None,
                timeout=PATIENCE_S,
                check_same_thread=False,
                cached_statements=256,
            )
            _set_up(connection, read_only)
            # Only now: while tables are made, another program may rightly hold the file for a moment.
            connection.execute(f"PRAGMA busy_timeout = {int(patience_s * 1000)}")
            connection.execute("PRAGMA user_version")  # the first look: from here on its log and index are there
            return connection

        try:
            connection = connect()
        except sqlite3.Error as error:
            raise self._refusal(error) from None
        errors, begin = (sqlite3.Error, OSError), "BEGIN IMMEDIATE"
        return DbConnection(connection, _dialect(), begin, errors, explain, is_away, connect, _REFUSALS)

    def is_rewound(self, link: DbConnection, epoch: str, head: int) -> bool:
        if head == 0:
            return False
        try:
            noted = self._mark.read_text("ascii").split()
            return noted[0] != epoch or int(noted[1]) > head
        except (OSError, ValueError, IndexError):
            # A copy came here without its mark: nobody can say that it is whole.
            return True

    def remember(self, link: DbConnection, epoch: str, head: int) -> JournalLengthMark:
        mark = _FileMark(epoch, owner_only.opened(self._mark, os.O_RDWR | os.O_TRUNC))
        mark.note(head)
        return mark

    def check(self) -> list[str]:
        link = self.link(read_only=True)
        try:
            rows = link.connection.cursor().execute("PRAGMA integrity_check").fetchall()
            found = [_in_a_line(str(row[0])) for row in rows]
        except sqlite3.DatabaseError as error:
            found = [explain(error)]
        finally:
            link.close()
        return [] if found == ["ok"] else found

    @property
    def _mark(self) -> Path:
        return self.path.with_name(self.path.name + ".mark")

    def _has_log(self) -> bool:
        log = self.path.with_name(self.path.name + "-wal")
        return log.exists()

    def _check_header(self) -> None:
        with self.path.open("rb") as file:
            header = file.read(100)
        page = int.from_bytes(header[16:18], "big")
        pages = int.from_bytes(header[28:32], "big")
        whole = (65536 if page == 1 else page) * pages
        # With a log beside it, the file may rightly be shorter than its own header says.
        cut = len(header) < 100 or (not self._has_log() and self.path.stat().st_size < whole)
        if header and (not header.startswith(_MAGIC) or cut):
            raise DatabaseDamaged(f"the database {self.path} is damaged: it is no whole SQLite file")

    def _read_revision(self, examine: bool) -> str | None:
        with closing(self._beside()) as connection:
            tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            if not tables:
                return None
            if "alembic_version" not in tables or "meta" not in tables:
                raise DatabaseForeign(f"the database {self.path} is not one of tradeterm's")
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
            if examine:
                self._examine(connection)
            return str(row[0]) if row else None

    def _beside(self) -> sqlite3.Connection:
        """A connection for reading. Without a log nothing else is needed to read the file, and nothing at all is made
        beside it."""
        how = "mode=ro" if self._has_log() else "mode=ro&immutable=1"
        return sqlite3.connect(f"{self.path.absolute().as_uri()}?{how}", uri=True, timeout=PATIENCE_S)

    def _examine(self, connection: sqlite3.Connection) -> None:
        """Look for damage until the time is up; a large database is looked at whole by `db check`."""
        until = time.monotonic() + EXAMINE_S
        connection.set_progress_handler(lambda: int(time.monotonic() > until), 10_000)
        try:
            if self.path.stat().st_size > WHOLLY_EXAMINED_BYTES:
                _read_ends(connection)
                return
            found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        except sqlite3.OperationalError as error:
            if error.sqlite_errorname != "SQLITE_INTERRUPT":
                raise
            return
        if found != "ok":
            raise DatabaseDamaged(f"the database {self.path} is damaged: {_in_a_line(found)}")

    def _refusal(self, error: sqlite3.Error) -> DatabaseRefused:
        if is_unreachable(error):
            return DatabaseUnavailable(f"the database {self.path} cannot be used: {explain(error)}")
        return DatabaseDamaged(f"the database {self.path} is damaged: {error}")


def _in_a_line(found: str) -> str:
    """What a check of SQLite's found: its first finding stands below a line of its own."""
    return " ".join(line for line in found.splitlines() if not line.startswith("***"))


def _read_ends(connection: sqlite3.Connection) -> None:
    """Read the first and the last rows of each table. Raises sqlite3.Error."""
    for name, sql in connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall():
        orders = ("",) if sql.rstrip().upper().endswith("WITHOUT ROWID") else ("", "ORDER BY rowid DESC")
        for order in orders:
            # The name is the file's own: in quotes it can be nothing but a name.
            quoted = name.replace('"', '""')
            for _ in connection.execute(f'SELECT * FROM "{quoted}" {order} LIMIT {ROWS_EXAMINED}'):  # noqa: S608
                pass


class _FileHold:
    def __init__(self, place: SqliteFile, descriptor: int) -> None:
        self._place, self._descriptor = place, descriptor
        self._watch: FileWatch | None = None

    def link(self) -> DbConnection:
        link = self._place.link()
        self._watch = FileWatch(self._place.path, self._descriptor)
        return link

    def fault(self) -> str | None:
        watch = self._watch  # which another thread lets go of
        return None if watch is None else watch.fault()

    def release(self) -> None:
        if self._watch is not None:
            self._watch.close()
            self._watch = None
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


@dataclass(slots=True)
class _FileMark:
    epoch: str
    descriptor: int

    def note(self, head: int) -> None:
        # No fsync: the mark may lag behind the journal after a power cut, it can never be ahead of it.
        os.pwrite(self.descriptor, f"{self.epoch} {head:020d}\n".encode(), 0)

    def close(self) -> None:
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1


def _lock(path: Path) -> int:
    """Lock the file itself: a lock beside it could be deleted. A moment of patience: a user command may be making the
    tables. The descriptor is closed last of all, because closing it gives SQLite's own locks away as well."""
    until = time.monotonic() + LOCK_PATIENCE_S
    try:
        descriptor = os.open(path, os.O_RDWR)
    except OSError as error:
        raise DatabaseUnavailable(f"the database {path} cannot be used: {explain(error)}") from None
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return descriptor
        except OSError:
            if time.monotonic() >= until:
                os.close(descriptor)
                raise DatabaseLocked(f"the database {path} is in use by another server") from None
            time.sleep(0.02)


def _set_up(connection: sqlite3.Connection, read_only: bool) -> None:
    if read_only:
        connection.execute("PRAGMA query_only = 1")
    else:
        write_ahead_log.TABLES.set_up(connection)
    connection.execute("PRAGMA foreign_keys = 1")
    connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")


def _dialect() -> Dialect:
    return SQLiteDialect_pysqlite(paramstyle="qmark")
