"""A look at every page of a database and, where it has one, of its journal, and whether the two belong together."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing

from sqlalchemy import bindparam, func, select

from server.storage.backends.backend import PATIENCE_S, Backend, DbConnection
from server.storage.backends.sqlite_file import SqliteFile
from server.storage.backends.sqlite_words import explain
from server.storage.file_serving import projection_on
from server.storage.journal.event_places import Run
from server.storage.journal.file import Commit, JournalFile, JournalForeign, is_empty, path_beside
from server.storage.journal.table_rows import RecordDamaged, events_in, table_rows
from server.storage.tables import schema
from server.storage.tables.statements import Statement


def faults(place: Backend) -> list[str]:
    """What is wrong, in the database's words; may run beside a server."""
    found = place.check()
    if found or not isinstance(place, SqliteFile):
        return found
    journal = SqliteFile(path_beside(place.path))
    try:
        if is_empty(journal.path):
            return _missing(place)
        found = [f"journal: {fault}" for fault in journal.check()]
        return found or _disagreements(place, journal)
    except sqlite3.Error as error:
        return [f"journal: {explain(error)}"]
    except JournalForeign as error:
        return [str(error)]


def _missing(place: SqliteFile) -> list[str]:
    """A copy, and a database of before there was one, are not a view of any."""
    with closing(place.link(read_only=True)) as link:
        known = projection_on(link).journal_id()
    return [] if known is None else ["its journal is missing, and with it the events of before"]


def _disagreements(place: SqliteFile, journal: SqliteFile) -> list[str]:
    link = place.link(read_only=True)
    try:
        projection = projection_on(link)
        # The tables first: what is committed meanwhile only makes the journal longer.
        at, cut, journal_id = projection.place(), projection.cut(), projection.journal_id()
        with closing(JournalFile(journal.path, PATIENCE_S)) as file:
            if file.id != journal_id:
                return ["the journal belongs to another database"]
            last, _ = file.last()
            if last < at and (last or _has_runs(link)):  # one that was made anew has none yet, nor have the tables
                return [f"the tables hold commit {at}, the journal ends at {last}"]
            if last and file.first() > at + 1:
                return [f"the tables end at commit {at}, the journal begins at {file.first()}"]
            return _Look(link, range(cut + 1, at + 1), file).faults()
    finally:
        link.close()


def _has_runs(link: DbConnection) -> bool:
    return Statement(select(schema.EVENT_RUNS.c.record).limit(1), link.dialect).one(link.connection) is not None


class _Look:
    """Every record is taken apart, must go on where the one before it ended, and stand in the tables where they have it."""

    def __init__(self, link: DbConnection, known: range, file: JournalFile) -> None:
        """`known`: the numbers of the commits whose events the tables can find."""
        self._link, self._known, self._file = link, known, file
        self._projection = projection_on(link)
        runs, events = schema.EVENT_RUNS.c, schema.EVENTS.c
        own = runs.account == bindparam("account"), runs.first_seq == bindparam("first")
        self._run = Statement(select(runs.record, runs.places).where(*own), link.dialect)
        last = Statement(select(func.max(events.cursor)), link.dialect).one(link.connection)
        self._older_end: int = (last and last[0]) or 0  # what stood as rows before stands so still

    def faults(self) -> list[str]:
        number, cursor = 0, None
        while commits := self._file.after(number):
            for commit in commits:
                try:
                    rows = table_rows(commit.record)
                    events = len(events_in(commit.record))
                except RecordDamaged as error:
                    return [f"journal: commit {commit.number}: {error}"]
                follows = cursor in (None, commit.cursor - events) and number in (0, commit.number - 1)
                if not (follows or self._was_let_go(commit.number - 1)):
                    return [f"journal: commit {commit.number} does not follow commit {number}"]
                if not self._is_known(commit, rows.runs):
                    return [f"the tables do not have the events of commit {commit.number} where they are"]
                number, cursor = commit.number, commit.cursor
        return []

    def _is_known(self, commit: Commit, runs: Sequence[Run]) -> bool:
        if not self._older_end < commit.cursor or commit.number not in self._known:
            return True
        found = [self._run.one(self._link.connection, account=account, first=first) for account, first, _ in runs]
        is_there = [row and tuple(row) for row in found] == [(commit.number, places) for _, _, places in runs]
        return is_there or self._was_let_go(commit.number)

    def _was_let_go(self, number: int) -> bool:
        """By a server, since we began to look."""
        return self._known.start <= number <= self._projection.cut()
