"""Events that nobody keeps any longer, let go a little at a time, from the oldest on. Orders, trades, positions, accounts and
transfers stay, and so do the answers to client order ids: those are the tables', which keep them.

Of a journal's file only what the tables hold on the disk may go. So one transaction of theirs, synced, first says how far
it is cut; then the journal's own writer takes those commits out, some with each that it appends. Whoever is killed between
the two leaves commits that nobody reads, and the next writer takes them out.
"""

import threading
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime
from itertools import takewhile
from pathlib import Path
from typing import Final

from sqlalchemy import bindparam, delete, select

from server.ports import DatabaseAway
from server.storage.backends.backend import PATIENCE_S, Backend, DbConnection
from server.storage.backends.sqlite_file import SqliteFile
from server.storage.errors import DatabaseRefused
from server.storage.file_serving import projection_on
from server.storage.journal.file import Commit, JournalFile, JournalForeign, path_beside
from server.storage.journal.table_rows import RecordDamaged, events_in
from server.storage.tables import schema
from server.storage.tables.rows import to_ms
from server.storage.tables.statements import Statement

# A step runs beside the loop, in the same interpreter: it is no longer than a few milliseconds.
ROWS_AT_ONCE: Final = 500
BYTES_AT_ONCE: Final = 200_000

Run = tuple[str, int]  # what an account has in a commit: whose, and from which seq on


class Retention:
    """Cuts, one step at a time, in a thread that may wait for the disk."""

    def __init__(self, place: Backend, through: int = 0) -> None:
        """`through`: as the attribute, when the database was opened."""
        self._place = place
        self._in_use, self._is_closed = threading.Lock(), False
        self.through = through  # the number of the last commit of a journal's file that is no longer kept

    def step(self, before: datetime) -> bool:
        """Let go of some events that were committed before a moment; whether there may be more. Raises DatabaseAway for
        whatever is in the way: then nothing was cut, and the next step tries again."""
        with self._in_use:
            if self._is_closed:
                return False
            try:
                with closing(self._place.link()) as link:
                    return self._cut(link, to_ms(before))
            except (RecordDamaged, JournalForeign, DatabaseRefused) as error:
                raise DatabaseAway(str(error)) from error

    def close(self) -> None:
        """Wait for the step that is under way; there is none after it."""
        with self._in_use:
            self._is_closed = True

    def _cut(self, link: DbConnection, before_ms: int) -> bool:
        try:
            is_more = _cut_rows(link, before_ms)
            if isinstance(self._place, SqliteFile):
                is_more |= self._cut_file(link, path_beside(self._place.path), before_ms)
        except link.errors as error:
            raise DatabaseAway(link.explain(error)) from error
        return is_more

    def _cut_file(self, link: DbConnection, path: Path, before_ms: int) -> bool:
        projection = projection_on(link)
        with closing(JournalFile(path, PATIENCE_S)) as file:
            # The last one stays, and what the tables do not have yet.
            end = min(projection.place() + 1, file.last()[0])
            commits = [one for one in file.after(projection.cut(), BYTES_AT_ONCE) if one.number < end]
        through, runs = _due(commits, before_ms)
        if through:
            projection.forget(runs, through)
            self.through = through
        return bool(commits) and through == commits[-1].number


def _due(commits: Sequence[Commit], before_ms: int) -> tuple[int, list[Run]]:
    """The number of the last of those at the beginning whose every event is older, and which runs these are."""
    through, runs = 0, list[Run]()
    for commit in commits:
        events = events_in(commit.record)
        if any(at >= before_ms for _, _, _, _, at, _ in events):
            break
        runs += {account: seq for _, account, seq, *_ in reversed(events)}.items()
        through = commit.number
    return through, runs


def _cut_rows(link: DbConnection, before_ms: int) -> bool:
    """Of events that stand as rows. The last one stays: it says how far they go."""
    events = schema.EVENTS.c
    oldest = select(events.cursor, events.at).order_by(events.cursor).limit(bindparam("limit"))
    rows = Statement(oldest, link.dialect).all(link.connection, limit=ROWS_AT_ONCE + 1)
    due = [cursor for cursor, _ in takewhile(lambda row: row[1] < before_ms, rows[:-1])]
    if due:
        cut = Statement(delete(schema.EVENTS).where(events.cursor <= bindparam("through")), link.dialect)
        with link.transaction() as writer:
            writer.execute(*cut.bound(through=due[-1]))
    return len(due) == ROWS_AT_ONCE
