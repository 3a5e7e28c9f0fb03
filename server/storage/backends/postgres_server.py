"""A database on a PostgreSQL server: the same tables and statements, with an advisory lock for the one-writer rule."""

import functools
import importlib
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from sqlalchemy import URL, Engine, NullPool, create_engine
from sqlalchemy.engine.interfaces import DBAPIConnection

from server.ports import DatabaseAway
from server.storage.backends.backend import PATIENCE_S, DbConnection, JournalLengthMark, WriterLock
from server.storage.errors import DatabaseForeign, DatabaseLocked, DatabaseUnavailable
from server.storage.tables import schema

WRITER_LOCK = 0x7472616465  # "trade"
CONNECT_TIMEOUT_S = 5
WRITER_PATIENCE_S = 10.0
LINEAGE = "lineage"

# Another server, another database in it, or another timeline after a fail-over or a restore: history may be shorter.
_LINEAGE = """
SELECT (SELECT system_identifier FROM pg_control_system())::text || '.' || (SELECT oid FROM pg_database
WHERE datname = current_database())::text || '.' || CASE WHEN pg_is_in_recovery() THEN ''
ELSE left(pg_walfile_name(pg_current_wal_lsn()), 8) END
"""

_THIS_SESSION = "SELECT pid, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()"
# A process id is given again; with the moment of its beginning it is one session's alone.
_END_SESSION = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = %s AND backend_start = %s"


def explain(error: BaseException) -> str:
    """The first line of what the server said."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """The place `postgresql://…`; `url` names the psycopg driver."""

    url: URL

    def prepare(self) -> None:
        self.link().close()

    def hold(self) -> WriterLock:
        return _ServerHold(self, self.link(patience_s=WRITER_PATIENCE_S))

    def revision(self, *, examine: bool = False) -> str | None:
        link = self.link()
        try:
            count = "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()"
            if not _scalar(link.connection, count):
                return None
            if not _scalar(link.connection, "SELECT to_regclass('alembic_version') IS NOT NULL"):
                raise DatabaseForeign(f"the database {self.name} is not one of tradeterm's")
            found: str | None = _scalar(link.connection, "SELECT version_num FROM alembic_version")
            return found
        finally:
            link.close()

    def engine(self) -> Engine:
        try:
            return create_engine(self.url, poolclass=NullPool, paramstyle="format")
        except ModuleNotFoundError:
            raise DatabaseUnavailable("PostgreSQL needs its driver: pip install 'tradeterm[postgres]'") from None

    def link(self, *, read_only: bool = False, patience_s: float = PATIENCE_S) -> DbConnection:
        engine = self.engine()
        psycopg: Any = importlib.import_module("psycopg")
        connect = functools.partial(self._connect, engine, read_only, patience_s)
        try:
            connection = connect()
        except DatabaseAway as error:
            raise DatabaseUnavailable(f"the database {self.name} cannot be used: {error}") from None
        errors, refusals = (psycopg.Error, OSError), (psycopg.IntegrityError, psycopg.DataError, UnicodeError)
        return DbConnection(
            *(connection, engine.dialect, "BEGIN", errors, explain, lambda _: False, connect, refusals), is_remote=True
        )

    def _connect(self, engine: Engine, read_only: bool, patience_s: float) -> DBAPIConnection:
        """Raises DatabaseAway."""
        psycopg: Any = importlib.import_module("psycopg")
        arguments, options = engine.dialect.create_connect_args(self.url)
        options.setdefault("connect_timeout", CONNECT_TIMEOUT_S)
        try:
            connection = _bounded(psycopg.Connection).connect(*arguments, **options, autocommit=True)
        except psycopg.Error as error:
            raise DatabaseAway(explain(error)) from None
        connection.patience_s = patience_s
        if read_only:
            connection.execute("SET default_transaction_read_only = on")
        return connection  # type: ignore[no-any-return]

    def is_rewound(self, link: DbConnection, epoch: str, head: int) -> bool:
        noted = _scalar(link.connection, "SELECT value FROM meta WHERE name = %s", LINEAGE)
        return head > 0 and noted != _scalar(link.connection, _LINEAGE)

    def remember(self, link: DbConnection, epoch: str, head: int) -> JournalLengthMark:
        lineage = _scalar(link.connection, _LINEAGE)
        with link.transaction() as cursor:
            cursor.execute("DELETE FROM meta WHERE name = %s", (LINEAGE,))
            cursor.execute("INSERT INTO meta (name, value) VALUES (%s, %s)", (LINEAGE, lineage))
        return _NoMark()

    def check(self) -> list[str]:
        """The server looks after its pages itself; what can be asked is whether every table answers."""
        link = self.link(read_only=True)
        found = []
        try:
            for name in schema.METADATA.tables:
                try:
                    _scalar(link.connection, f"SELECT 1 FROM {name} LIMIT 1")  # noqa: S608  # names are our own
                except link.errors as error:
                    found.append(f"{name}: {explain(error)}")
        finally:
            link.close()
        return found

    @property
    def name(self) -> str:
        # What the driver is told behind a question mark may be a password too.
        return self.url.set(drivername="postgresql", query={}).render_as_string(hide_password=True)


class _NoMark:
    """The server's own identity is mark enough."""

    def note(self, head: int) -> None:
        return

    def close(self) -> None:
        return


@dataclass(slots=True)
class _ServerHold:
    """The lock lives in the writer's own session: lost together, so that a writer without the lock cannot be.

    A session that is lost may still carry out what it was sent. It ends before its lock is free, so whoever has the lock
    again knows that nothing more will come of it.
    """

    place: PostgresServer
    writer: DbConnection
    _connect: Callable[[], DBAPIConnection] = field(init=False)
    _session: tuple[Any, ...] = field(init=False)

    def __post_init__(self) -> None:
        self._connect, self.writer.reopen = self.writer.reopen, self._reopen
        if not self._lock(self.writer.connection):
            self.writer.close()
            raise DatabaseLocked(f"the database {self.place.name} is in use by another server")

    def link(self) -> DbConnection:
        return self.writer

    def fault(self) -> str | None:
        return None

    def release(self) -> None:
        self.writer.close()

    def _reopen(self) -> DBAPIConnection:
        connection = self._connect()
        if not self._lock(connection):
            _execute(connection, _END_SESSION, *self._session)
            connection.close()
            raise DatabaseAway("the lost session, or another server, still holds the lock")
        return connection

    def _lock(self, connection: DBAPIConnection) -> bool:
        if not _scalar(connection, "SELECT pg_try_advisory_lock(%s)", WRITER_LOCK):
            return False
        self._session = _execute(connection, _THIS_SESSION)
        return True


@functools.cache
def _bounded(base: type[Any]) -> Any:
    """The driver's connection that waits for no answer longer than `patience_s`, and is lost then."""

    class Bounded(base):  # type: ignore[misc]  # the driver is imported only where it is used
        patience_s = PATIENCE_S

        def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
            errors: Any = importlib.import_module("psycopg.errors")
            until = monotonic() + self.patience_s
            try:
                return super().wait(gen, interval, self.patience_s)
            except errors.Error as error:
                if monotonic() >= until:
                    self.pgconn.finish()
                    raise DatabaseAway("the database does not answer") from error
                if isinstance(error, errors.OperationalError | errors.ReadOnlySqlTransaction):
                    raise DatabaseAway(explain(error)) from error
                raise

        def cursor(self, *arguments: Any, **named: Any) -> Any:
            if self.closed:
                raise DatabaseAway("the line to the database is lost")
            return super().cursor(*arguments, **named)

    return Bounded


def _scalar(connection: DBAPIConnection, query: str, *arguments: Any) -> Any:
    row = _execute(connection, query, *arguments)
    return row[0] if row else None


def _execute(connection: DBAPIConnection, query: str, *arguments: Any) -> tuple[Any, ...]:
    """The first row."""
    cursor = connection.cursor()
    cursor.execute(query, arguments or None)
    row = cursor.fetchone()
    cursor.close()
    return tuple(row or ())
