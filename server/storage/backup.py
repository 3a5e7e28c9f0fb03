"""A consistent copy of a database, taken beside a running server: one file, whose tables are this version's and have all
that the journal has.

It never replaces a file that is there.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import delete, func, select

from server import owner_only
from server.storage.backends.backend import PATIENCE_S, Backend, DbConnection, refusing
from server.storage.backends.sqlite_file import SqliteFile
from server.storage.backends.sqlite_words import explain, is_unreachable
from server.storage.database import backend_of, bring_up_to_date
from server.storage.errors import DatabaseDamaged, DatabaseUnavailable
from server.storage.file_serving import catch_up, projection_on
from server.storage.journal.file import JournalFile, JournalForeign, is_empty, path_beside
from server.storage.journal.table_rows import RecordDamaged, events_in
from server.storage.tables import schema
from server.storage.tables.facts import COPIED, CUT, JOURNAL, PROJECTED
from server.storage.tables.statements import Statement, insert, names

_MARKED = "INSERT OR REPLACE INTO meta (name, value) VALUES (?, '1')"


def back_up(url: str, target: Path) -> str | None:
    """Copy the database to a new file, marked as a copy, so that a server on it begins a new epoch.

    The copy is whole or not there; what was not there to be copied is said in a sentence. Raises DatabaseRefused.
    """
    place = existing_backend(url)
    if not isinstance(place, SqliteFile):
        raise DatabaseUnavailable("a PostgreSQL database is copied with pg_dump, not by this command")
    if not target.name:
        raise DatabaseUnavailable("the copy needs the name of a file")
    part = target.with_name(target.name + ".part")
    try:
        owner_only.made(part, is_new=True)
    except OSError as error:
        raise DatabaseUnavailable(f"the copy {part} cannot be written: {explain(error)}") from None
    try:
        _copy(place.path, part)
        with refusing(str(part)):
            bring_up_to_date(SqliteFile(part), SqliteFile(part).revision())
        has_events = _take_journal(place, SqliteFile(part))
        _finish(part)
        owner_only.named(part, target)
    except (sqlite3.Error, OSError) as error:
        if isinstance(error, sqlite3.DatabaseError) and not is_unreachable(error):
            raise DatabaseDamaged(f"the database {place.path} cannot be copied: {explain(error)}") from None
        raise DatabaseUnavailable(f"the copy {target} cannot be written: {explain(error)}") from None
    except (JournalForeign, RecordDamaged) as error:
        raise DatabaseDamaged(f"the journal of {place.path} cannot be copied: {error}") from None
    finally:
        for name in ("", "-journal", "-wal", "-shm"):
            part.with_name(part.name + name).unlink(missing_ok=True)
    return (
        None
        if has_events
        else "no journal was found that the tables belong to: the events of before are not in the copy"
    )


def existing_backend(url: str) -> Backend:
    """The place of a database that is there; unlike a server's start this makes none. Raises DatabaseRefused."""
    place = backend_of(url)
    if place.revision() is None:
        raise DatabaseUnavailable("there is no database of tradeterm at that address yet")
    return place


def _copy(source: Path, part: Path) -> None:
    uri = f"{source.absolute().as_uri()}?mode=ro"
    with (
        closing(sqlite3.connect(uri, uri=True)) as reader,
        closing(sqlite3.connect(part, isolation_level=None)) as writer,
    ):
        try:
            reader.execute("SELECT 1 FROM sqlite_schema")
        except sqlite3.Error as error:  # on a disk that is read-only, for one
            raise DatabaseUnavailable(f"the database {source} cannot be read: {explain(error)}") from None
        reader.backup(writer)


def _take_journal(source: SqliteFile, copy: SqliteFile) -> bool:
    """What is durable, and was not yet in the tables when they were copied; and the events. False where the journal that the
    tables are a view of is gone, or has lost its end: a server would set it aside too."""
    journal = path_beside(source.path)
    link = copy.link()
    try:
        projection = projection_on(link)
        known = projection.journal_id()
        if known is None:
            return True  # there never was one
        file = _opened(journal)
        if file is None:
            return False
        with closing(file):
            if file.id != known or file.last()[0] < projection.place():
                return False
            catch_up(file, projection)
            _take_events(file, link)
        return True
    finally:
        link.close()


def _opened(journal: Path) -> JournalFile | None:
    """None where there is no journal."""
    try:
        return None if is_empty(journal) else JournalFile(journal, PATIENCE_S)
    except sqlite3.Error as error:
        kind = DatabaseUnavailable if is_unreachable(error) else DatabaseDamaged
        raise kind(f"the journal {journal} cannot be read: {explain(error)}") from None


def _take_events(file: JournalFile, link: DbConnection) -> None:
    """As rows, since the copy comes without the journal that they stand in. Those before a hole are being let go of by the
    server: then nobody keeps what came before either."""
    events, projection = schema.EVENTS, projection_on(link)
    number, place = projection.cut(), projection.place()
    insert_one = insert(events, names(events), link.dialect).sql
    forget_all = Statement(delete(events), link.dialect).sql
    last = Statement(select(func.max(events.c.cursor)), link.dialect).one(link.connection)
    cursor: int = (last and last[0]) or 0  # of what stands as rows already
    while commits := [one for one in file.after(number) if one.number <= place]:
        rows = [event for commit in commits for event in events_in(commit.record) if event[0] > cursor]
        with link.transaction() as writer:
            if commits[0].number > number + 1:
                writer.execute(forget_all)
            writer.executemany(insert_one, [(*row[:-1], row[-1].decode()) for row in rows])
        number = commits[-1].number


def _finish(part: Path) -> None:
    """One plain file, and a journal of its own for the server that opens it."""
    with closing(sqlite3.connect(part, isolation_level=None)) as writer:
        writer.execute("PRAGMA journal_mode = DELETE")
        writer.execute("PRAGMA synchronous = FULL")
        writer.execute("DELETE FROM event_runs")
        writer.execute("DELETE FROM meta WHERE name IN (?, ?, ?)", (JOURNAL, PROJECTED, CUT))
        writer.execute(_MARKED, (COPIED,))
