"""The cursor of the last event that the tables know of, wherever the event itself stands."""

from typing import Final

from sqlalchemy import Dialect, func, select
from sqlalchemy.engine.interfaces import DBAPIConnection

from server.storage.tables.facts import HEAD_CURSOR
from server.storage.tables.schema import EVENTS, META
from server.storage.tables.statements import Statement


class HeadCursor:
    """A projector notes it; before there was one to do so, and where events are rows, it is that of the last row."""

    def __init__(self, dialect: Dialect) -> None:
        noted = select(META.c.value).where(META.c.name == HEAD_CURSOR).scalar_subquery()
        last = select(func.max(EVENTS.c.cursor)).scalar_subquery()
        self._read: Final = Statement(select(noted, last), dialect)

    def read(self, connection: DBAPIConnection) -> int:
        noted, last = self._read.one(connection) or (None, None)
        return max(int(noted or 0), last or 0)
