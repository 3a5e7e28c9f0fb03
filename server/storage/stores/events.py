"""Stored events by account and by cursor, out of the place that has them: rows of a table, or the records of a journal."""

from collections.abc import Iterator
from itertools import islice
from typing import Final, Protocol

from sqlalchemy import Select, bindparam, func, select

from server.ports import StoredEvent
from server.storage.backends.backend import DbConnection
from server.storage.journal.event_places import places_in
from server.storage.journal.reads import JournalReads
from server.storage.journal.table_rows import events_in
from server.storage.tables import schema
from server.storage.tables.statements import Statement

# A run has often more events than are asked for: the first look takes few, and each that follows twice as many.
RUNS_AT_FIRST: Final = 2
RUNS_AT_ONCE: Final = 64


class Events(Protocol):
    """What is stored, in the order of its numbers; what a journal no longer has is left out."""

    def of_account(self, account: str, after: int, limit: int) -> list[StoredEvent]:
        """Those with a seq > `after`."""
        ...

    def of_all(self, after_cursor: int, limit: int) -> list[StoredEvent]: ...

    def close(self) -> None: ...


class TableEvents:
    """A row each."""

    def __init__(self, link: DbConnection) -> None:
        events = schema.EVENTS.c
        listed = select(events.account, events.seq, events.event, events.data, events.cursor).limit(bindparam("limit"))
        own = events.account == bindparam("account")
        by_seq = listed.where(own, events.seq > bindparam("after")).order_by(events.seq)
        by_cursor = listed.where(events.cursor > bindparam("after")).order_by(events.cursor)
        self._link = link
        self._by_seq, self._by_cursor = Statement(by_seq, link.dialect), Statement(by_cursor, link.dialect)

    def of_account(self, account: str, after: int, limit: int) -> list[StoredEvent]:
        rows = self._by_seq.all(self._link.connection, account=account, after=after, limit=limit)
        return [StoredEvent(row[0], row[1], row[2], row[3].encode(), row[4]) for row in rows]

    def of_all(self, after_cursor: int, limit: int) -> list[StoredEvent]:
        rows = self._by_cursor.all(self._link.connection, after=after_cursor, limit=limit)
        return [StoredEvent(row[0], row[1], row[2], row[3].encode(), row[4]) for row in rows]

    def close(self) -> None:
        """The connection is its owner's."""


class JournalEvents:
    """Where they stand once, in the journal's records: the tables say in which, and what an older version had as rows is
    before them."""

    def __init__(self, link: DbConnection, journal: JournalReads) -> None:
        self._link, self._journal, self._older = link, journal, TableEvents(link)
        self._runs = Statement(runs_query(), link.dialect)
        last = Statement(select(func.max(schema.EVENTS.c.cursor)), link.dialect).one(link.connection)
        self._older_end: int = (last and last[0]) or 0
        # The last commit that was read for all: before which cursor it begins, and its events. Pages are shorter than a
        # large one, which would be taken apart for each of them.
        self._taken: tuple[int, list[StoredEvent]] = 0, []

    def of_account(self, account: str, after: int, limit: int) -> list[StoredEvent]:
        found = self._older.of_account(account, after, limit) if self._older_end else []
        if len(found) < limit:
            behind = self._in_journal(account, found[-1].seq if found else after)
            found += islice(behind, limit - len(found))
        return found

    def of_all(self, after_cursor: int, limit: int) -> list[StoredEvent]:
        found = self._older.of_all(after_cursor, limit) if after_cursor < self._older_end else []
        if len(found) < limit:
            behind = self._all_in_journal(found[-1].cursor if found else after_cursor)
            found += islice(behind, limit - len(found))
        return found

    def close(self) -> None:
        self._journal.close()

    def _in_journal(self, account: str, after: int) -> Iterator[StoredEvent]:
        at_once = RUNS_AT_FIRST
        while True:
            runs = self._runs.all(self._link.connection, account=account, next=after + 1, limit=at_once)
            for first, record, text in runs:
                places = places_in(text)
                skipped = max(0, after + 1 - first)
                payloads = self._journal.payloads(record, places[skipped:]) or ()
                for seq, (place, data) in enumerate(zip(places[skipped:], payloads, strict=False), first + skipped):
                    yield StoredEvent(account, seq, place[1], data, place[0])
                after = max(after, first + len(places) - 1)
            if len(runs) < at_once:
                return
            at_once = min(2 * at_once, RUNS_AT_ONCE)

    def _all_in_journal(self, after: int) -> Iterator[StoredEvent]:
        before, events = self._taken
        if before <= after < before + len(events):
            yield from events[after - before :]
            after = before + len(events)
        for commit in self._journal.after(after):
            found = events_in(commit.record)
            events = [StoredEvent(account, seq, name, data, cursor) for cursor, account, seq, name, _, data in found]
            if events:
                before = events[0].cursor - 1
                self._taken = before, events
                yield from events[max(0, after - before) :]


def runs_query() -> Select[*tuple[()]]:
    """The runs of an account from the one on that has, or would have, the `next` seq."""
    runs = schema.EVENT_RUNS.c
    own = runs.account == bindparam("account")
    begun = select(func.max(runs.first_seq)).where(own, runs.first_seq <= bindparam("next")).scalar_subquery()
    query = select(runs.first_seq, runs.record, runs.places)
    query = query.where(own, runs.first_seq >= func.coalesce(begun, 0)).order_by(runs.first_seq)
    return query.limit(bindparam("limit"))
