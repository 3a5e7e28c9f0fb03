"""A database on a PostgreSQL server: the same tables and statements, with an advisory lock for the one-writer rule."""

import importlib
from dataclasses import dataclass
from typing import Any

from sqlalchemy import URL, Engine, NullPool, create_engine
from sqlalchemy.engine.interfaces import DBAPIConnection

from server.storage import tables
from server.storage.backends import Hold, Link, Mark
from server.storage.errors import DatabaseForeign, DatabaseLocked, DatabaseUnavailable

WRITER_LOCK = 0x7472616465  # "trade"
CONNECT_TIMEOUT_S = 5
LINEAGE = "lineage"

# Another server, another database in it, or another timeline after a fail-over or a restore: history may be shorter.
_LINEAGE = """
SELECT (SELECT system_identifier FROM pg_control_system())::text || '.' || (SELECT oid FROM pg_database
WHERE datname = current_database())::text || '.' || CASE WHEN pg_is_in_recovery() THEN ''
ELSE left(pg_walfile_name(pg_current_wal_lsn()), 8) END
"""


def explain(error: BaseException) -> str:
    """The first line of what the server said."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """The place `postgresql://…`; `url` names the psycopg driver."""

    url: URL

    def prepare(self) -> None:
        self.link().close()

    def hold(self) -> Hold:
        link = self.link()
        if not _scalar(link.connection, "SELECT pg_try_advisory_lock(%s)", WRITER_LOCK):
            link.close()
            raise DatabaseLocked(f"the database {self._name} is in use by another server")
        return _ServerHold(link)

    def revision(self, *, examine: bool = False) -> str | None:
        link = self.link()
        try:
            count = "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()"
            if not _scalar(link.connection, count):
                return None
            if not _scalar(link.connection, "SELECT to_regclass('alembic_version') IS NOT NULL"):
                raise DatabaseForeign(f"the database {self._name} is not one of tradeterm's")
            found: str | None = _scalar(link.connection, "SELECT version_num FROM alembic_version")
            return found
        finally:
            link.close()

    def engine(self) -> Engine:
        try:
            return create_engine(self.url, poolclass=NullPool, paramstyle="format")
        except ModuleNotFoundError:
            raise DatabaseUnavailable("PostgreSQL needs its driver: pip install 'tradeterm[postgres]'") from None

    def link(self, *, read_only: bool = False) -> Link:
        engine = self.engine()
        psycopg: Any = importlib.import_module("psycopg")
        arguments, options = engine.dialect.create_connect_args(self.url)
        options.setdefault("connect_timeout", CONNECT_TIMEOUT_S)
        try:
            connection = psycopg.connect(*arguments, **options, autocommit=True)
            if read_only:
                connection.execute("SET default_transaction_read_only = on")
        except psycopg.Error as error:
            raise DatabaseUnavailable(f"the database {self._name} cannot be used: {explain(error)}") from None
        return Link(connection, engine.dialect, "BEGIN", (psycopg.Error, OSError), explain)

    def is_rewound(self, link: Link, epoch: str, head: int) -> bool:
        noted = _scalar(link.connection, "SELECT value FROM meta WHERE name = %s", LINEAGE)
        return head > 0 and noted != _scalar(link.connection, _LINEAGE)

    def remember(self, link: Link, epoch: str, head: int) -> Mark:
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
            for name in tables.METADATA.tables:
                try:
                    _scalar(link.connection, f"SELECT 1 FROM {name} LIMIT 1")  # noqa: S608  # names are our own
                except link.errors as error:
                    found.append(f"{name}: {explain(error)}")
        finally:
            link.close()
        return found

    @property
    def _name(self) -> str:
        return self.url.render_as_string(hide_password=True)


class _NoMark:
    """The server's own identity is mark enough."""

    def note(self, head: int) -> None:
        return

    def close(self) -> None:
        return


@dataclass(slots=True)
class _ServerHold:
    """The lock lives in the writer's own session: lost together, so that a writer without the lock cannot be."""

    writer: Link

    def link(self) -> Link:
        return self.writer

    def release(self) -> None:
        self.writer.close()


def _scalar(connection: DBAPIConnection, query: str, *arguments: Any) -> Any:
    cursor = connection.cursor()
    cursor.execute(query, arguments or None)
    row = cursor.fetchone()
    cursor.close()
    return row[0] if row else None
