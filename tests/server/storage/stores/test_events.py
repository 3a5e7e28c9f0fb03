"""Events by account and by cursor where they stand in the journal: any page of any size, and what is no longer there."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from server.ports import Batch, StoredEvent
from server.storage.database import Database, open_database
from server.storage.journal.file import path_beside
from server.storage.stores.events import RUNS_AT_ONCE
from tests.contracts.journals import event
from tests.eventually import eventually
from tests.server.storage.journals import url_of

COMMITS = RUNS_AT_ONCE + 20  # more than one look brings


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tradeterm.db"


@pytest.fixture
def database(path: Path) -> Iterator[Database]:
    opened = open_database(url_of(path), "paper")
    yield opened
    opened.close()


def written(database: Database) -> list[StoredEvent]:
    """Commits of several accounts' events, mixed, which the tables have when this returns."""
    draw, seqs, found = Random(5), {"ann": 0, "bob": 0, ":house": 0}, list[StoredEvent]()
    for _ in range(COMMITS):
        rows = []
        for account in ["ann", *draw.choices(list(seqs), k=draw.randrange(6))]:
            seqs[account] += 1
            row = event(account, seqs[account], b'{"of":"%b","n":%d}' % (account.encode(), seqs[account]))
            found.append(StoredEvent(account, row.seq, str(row.event), row.data, len(found) + 1))
            rows.append(row)
        database.journal.commit(Batch(events=rows))
    eventually(lambda: not database.behind().commits)
    return found


def test_every_page_is_what_was_written(database: Database) -> None:
    """From anywhere, of one account or of all, down to a page of one."""
    told = written(database)
    draw = Random(6)
    for account in ("ann", "bob", ":house", "nobody"):
        own = [one for one in told if one.account == account]
        for after, limit in [(0, 1_000), *((draw.randrange(len(own) + 2), draw.randrange(1, 40)) for _ in range(20))]:
            assert database.history.events(account, after, limit) == own[after : after + limit]
    for after, limit in [(0, 1_000), *((draw.randrange(len(told) + 2), draw.randrange(1, 40)) for _ in range(20))]:
        assert database.history.all_events(after, limit) == told[after : after + limit]
    assert database.history.head_cursor() == len(told)


def test_events_stand_once(database: Database, path: Path) -> None:
    """In the journal alone; the tables say where."""
    written(database)
    with closing(sqlite3.connect(path)) as tables:
        assert tables.execute("SELECT count(*) FROM events").fetchone() == (0,)
        assert tables.execute("SELECT count(DISTINCT record) FROM event_runs").fetchone() == (COMMITS,)


def test_what_the_journal_no_longer_has_is_left_out(database: Database, path: Path) -> None:
    """Then the first that is found does not follow, which is how a reader knows."""
    told = written(database)
    gone = COMMITS // 2
    with closing(sqlite3.connect(path_beside(path), isolation_level=None)) as journal:
        (cursor,) = journal.execute("SELECT cursor FROM commits WHERE number = ?", (gone,)).fetchone()
        journal.execute("DELETE FROM commits WHERE number <= ?", (gone,))
    left = told[cursor:]
    own = [one for one in left if one.account == "ann"]
    assert database.history.all_events(0, 10_000) == left
    assert database.history.events("ann", 0, 10_000) == own
    assert database.history.events("ann", 0, 3) == own[:3]
    assert own[0].seq > 1
