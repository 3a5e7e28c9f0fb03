"""What serves a SQLite database's journal: its file, the watch over it, and the projector, opened and joined in their order."""

import os
import sqlite3
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from server.storage.backends.backend import LOOP_PATIENCE_S, PATIENCE_S, DbConnection, JournalLengthMark
from server.storage.backends.file_watch import FileWatch
from server.storage.backends.sqlite_file import SqliteFile
from server.storage.backends.sqlite_words import explain, is_unreachable
from server.storage.errors import DatabaseDamaged, DatabaseRefused, DatabaseUnavailable
from server.storage.journal.file import JournalFile, path_beside
from server.storage.journal.file_journal import FileJournal
from server.storage.journal.kept import KeptRows
from server.storage.journal.opening import opened_journal
from server.storage.journal.reads import JournalReads
from server.storage.journal.table_rows import RecordDamaged
from server.storage.journal.unprojected import Unprojected
from server.storage.projection.projection_statements import projection_statements
from server.storage.projection.projector import Projecting, Projector
from server.storage.projection.table_writer import Projection
from server.storage.stores.events import JournalEvents

StartProjector = Callable[[Projecting], Projector]


class FileServing:
    """A journal's file whose every commit is in the tables. `ends` closes what is opened here."""

    def __init__(self, place: SqliteFile, link: DbConnection, unprojected: Unprojected, ends: ExitStack) -> None:
        """`link`: the writer's connection to the tables. Raises DatabaseRefused."""
        self._place, self._link, self._unprojected, self._ends = place, link, unprojected, ends
        path, projection = path_beside(place.path), projection_on(link)
        opened_journal(path, projection, PATIENCE_S).close()
        # What watches is closed after the file is: that would give SQLite's own locks away.
        watching = ends.enter_context(ExitStack())
        descriptor = os.open(path, os.O_RDWR)
        watching.callback(os.close, descriptor)
        self._file = JournalFile(path)
        ends.callback(self._file.close)
        self._watch = FileWatch(path, descriptor)
        watching.callback(self._watch.close)
        catch_up(self._file, projection)
        self._last = max(projection.place(), self._file.last()[0])

    def projector(self, start: StartProjector) -> Projector:
        """Start what brings the tables up to the journal from here on."""
        statements = projection_statements(self._link.dialect)
        found = start(Projecting(self._place.path, statements, self._unprojected.drop))
        self._ends.callback(found.close)
        return found

    def events(self, link: DbConnection) -> JournalEvents:
        """What reads events, with the tables by `link`."""
        found = JournalEvents(link, JournalReads(path_beside(self._place.path), LOOP_PATIENCE_S))
        self._ends.callback(found.close)
        return found

    def fault(self) -> str | None:
        """What is wrong with the journal's file, in a sentence."""
        return self._watch.fault()

    def cut(self) -> int:
        """The number of the last commit whose events are no longer kept."""
        return projection_on(self._link).cut()

    def journal(
        self, epoch: str, mark: JournalLengthMark, committed: Callable[[], None], cut: Callable[[], int]
    ) -> FileJournal:
        kept, unprojected = KeptRows(self._link, self._unprojected), self._unprojected
        return FileJournal(self._file, kept, unprojected, epoch, self._last, mark, self._watch.glance, committed, cut)


def projection_on(link: DbConnection) -> Projection:
    """Of a SQLite database, on a connection that is there already."""
    connection: Any = link.connection
    return Projection(connection, projection_statements(link.dialect))


def catch_up(file: JournalFile, projection: Projection) -> None:
    """Bring the tables up to the journal. Raises DatabaseRefused where they cannot be."""
    try:
        while projection.step(file) is not None:
            pass
    except (RecordDamaged, sqlite3.Error, OSError, ValueError, OverflowError) as error:
        raise _refusal(file, error) from None


def _refusal(file: JournalFile, error: Exception) -> DatabaseRefused:
    passes = isinstance(error, OSError) or (isinstance(error, sqlite3.Error) and is_unreachable(error))
    kind = DatabaseUnavailable if passes else DatabaseDamaged
    return kind(f"the tables cannot be brought up to the journal {file.path}: {explain(error)}")
