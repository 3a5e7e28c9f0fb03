"""The epochs of single accounts, where they differ from the database's: see `server.gateway.streams.epoch` for when they do."""

from collections.abc import Mapping

from sqlalchemy import bindparam, delete, select

from server.storage.backends.backend import DbConnection
from server.storage.tables.facts import EPOCH_OF
from server.storage.tables.schema import META
from server.storage.tables.statements import Statement, names, upsert


class SqlEpochs:
    """`server.ports.Epochs` on SQLite or PostgreSQL. What was kept under another epoch of the database is forgotten."""

    def __init__(self, link: DbConnection, epoch: str) -> None:
        self._link = link
        dialect, kept = link.dialect, META.c.name.startswith(EPOCH_OF, autoescape=True)
        self._write = upsert(META, names(META), ("name",), ("value",), dialect).sql
        self._read = Statement(select(META.c.name, META.c.value).where(kept), dialect)
        stale = META.c.value.not_like(bindparam("current"))
        with link.transaction() as cursor:
            cursor.execute(*Statement(delete(META).where(kept, stale), dialect).bound(current=f"{epoch}-%"))

    def renewed(self) -> Mapping[str, str]:
        rows = self._read.all(self._link.connection)
        return {name.removeprefix(EPOCH_OF): value for name, value in rows}

    def keep(self, account: str, epoch: str) -> None:
        with self._link.transaction() as cursor:
            cursor.execute(self._write, (EPOCH_OF + account, epoch))
