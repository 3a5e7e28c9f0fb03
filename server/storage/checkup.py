"""A look at every page of a database and, where it has one, of its journal, and whether the two belong together."""

import sqlite3
from contextlib import closing

from server.storage.backends import PATIENCE_S, Backend
from server.storage.file_serving import projection_on
from server.storage.journal_file import JournalFile, JournalForeign, is_empty, path_beside
from server.storage.sqlite_file import SqliteFile
from server.storage.sqlite_words import explain
from server.storage.table_rows import RecordDamaged, table_rows


def faults(place: Backend) -> list[str]:
    """What is wrong, in the database's words; may run beside a server."""
    found = place.check()
    if found or not isinstance(place, SqliteFile):
        return found
    journal = SqliteFile(path_beside(place.path))
    try:
        if is_empty(journal.path):
            return []
        found = [f"journal: {fault}" for fault in journal.check()]
        return found or _disagreements(place, journal)
    except sqlite3.Error as error:
        return [f"journal: {explain(error)}"]
    except JournalForeign as error:
        return [str(error)]


def _disagreements(place: SqliteFile, journal: SqliteFile) -> list[str]:
    link = place.link(read_only=True)
    try:
        projection = projection_on(link)
        # The tables first: what is committed meanwhile only makes the journal longer.
        at, journal_id = projection.place(), projection.journal_id()
        with closing(JournalFile(journal.path, PATIENCE_S)) as file:
            if file.id != journal_id:
                return ["the journal belongs to another database"]
            last, _ = file.last()
            if last and last < at:
                return [f"the tables hold commit {at}, the journal ends at {last}"]
            return _unreadable(file)
    finally:
        link.close()


def _unreadable(file: JournalFile) -> list[str]:
    """Every record is taken apart, and must go on where the one before it ended."""
    number, cursor = 0, None
    while commits := file.after(number):
        for commit in commits:
            try:
                events = len(table_rows(commit.record).events)
            except RecordDamaged as error:
                return [f"journal: commit {commit.number}: {error}"]
            follows = cursor in (None, commit.cursor - events) and number in (0, commit.number - 1)
            if not follows:
                return [f"journal: commit {commit.number} does not follow commit {number}"]
            number, cursor = commit.number, commit.cursor
    return []
