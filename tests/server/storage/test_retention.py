"""How a journal's file is cut: what is told first, who takes it out, and what is never taken."""

import sqlite3
import tarfile
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from server.ports import DatabaseAway
from server.storage.backends.sqlite_file import SqliteFile
from server.storage.backup import back_up
from server.storage.checkup import faults
from server.storage.database import Database, open_database
from server.storage.errors import DatabaseDamaged
from server.storage.journal.file import CUT_AT_ONCE, path_beside
from tests.contracts.journals import Asleep, at
from tests.eventually import eventually
from tests.server.storage.journals import batch, journal_of, left_behind, projection_of, url_of

COMMITS = 3 * CUT_AT_ONCE
END_OF_TIME = datetime(2100, 1, 1, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database of so many commits, all of them in the tables."""
    found = tmp_path / "x.db"
    left_behind(found, COMMITS)
    open_database(url_of(found), "paper").close()
    return found


def numbers(path: Path) -> list[int]:
    """Of the commits in the file."""
    with closing(journal_of(path)) as file:
        return [one.number for one in file.after(0)]


def seqs(database: Database) -> list[int]:
    return [one.seq for one in database.history.events("ann", 0, 999)]


def test_commits_go_with_those_that_are_appended(path: Path) -> None:
    """Nobody sees them from when the tables have said so; a few leave the file with each commit."""
    with closing(open_database(url_of(path), "paper")) as database:
        assert not database.retention.step(at(COMMITS - 1))
        assert seqs(database) == [COMMITS - 1, COMMITS]
        assert numbers(path) == [*range(1, COMMITS + 1)]
        for number in range(1, 4):
            database.journal.commit(batch(COMMITS + number))
            assert numbers(path)[0] == min(number * CUT_AT_ONCE + 1, COMMITS - 1)
            assert faults(SqliteFile(path)) == []


def test_killed_between_the_two_the_next_one_goes_on(path: Path) -> None:
    """The tables have said it, and the file still has it: the next server takes it out."""
    with closing(open_database(url_of(path), "paper")) as database:
        database.retention.step(at(CUT_AT_ONCE + 1))
    assert numbers(path)[0] == 1
    with closing(open_database(url_of(path), "paper")) as database:
        assert seqs(database)[0] == CUT_AT_ONCE + 1
        database.journal.commit(batch(COMMITS + 1))
        assert numbers(path)[0] == CUT_AT_ONCE + 1
        database.journal.commit(batch(COMMITS + 2))
        assert numbers(path)[0] == CUT_AT_ONCE + 1


def test_what_the_tables_do_not_have_stays(path: Path) -> None:
    """However old it is."""
    left_behind(path, 5)
    with closing(open_database(url_of(path), "paper", start_projector=Asleep)) as database:
        database.journal.commit(batch(COMMITS + 6))
        while database.retention.step(END_OF_TIME):
            pass
        assert projection_of(path).cut() == database.retention.through == COMMITS + 5
        assert seqs(database) == [COMMITS + 6]


def test_one_step_is_short(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told whether there is more."""
    monkeypatch.setattr("server.storage.retention.BYTES_AT_ONCE", 1)
    with closing(open_database(url_of(path), "paper")) as database:
        steps = [database.retention.step(at(5)) for _ in range(6)]
        assert (steps, seqs(database)[0]) == ([True] * 4 + [False] * 2, 5)


def test_tables_of_before_the_cut_are_refused(path: Path, tmp_path: Path) -> None:
    """Put back from an older copy, they would go on without what is between; nothing is touched."""
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(tmp_path / "old.db")) as target:
        source.backup(target)
    with closing(open_database(url_of(path), "paper")) as database:
        database.journal.commit(batch(COMMITS + 1))
        database.journal.commit(batch(COMMITS + 2))
        eventually(lambda: database.behind().commits == 0)
        while database.retention.step(END_OF_TIME):
            pass
        for number in range(3, 8):
            database.journal.commit(batch(COMMITS + number))
    assert numbers(path)[0] == COMMITS + 2
    (tmp_path / "old.db").replace(path)
    with pytest.raises(DatabaseDamaged, match=f"the tables end at commit {COMMITS}, and the journal .* begins at"):
        open_database(url_of(path), "paper")
    assert faults(SqliteFile(path)) == [f"the tables end at commit {COMMITS}, the journal begins at {COMMITS + 2}"]
    assert path_beside(path).exists()


def test_copy_has_what_was_kept_and_begins_anew(path: Path, tmp_path: Path) -> None:
    """With a journal of its own, of which nothing is cut."""
    with closing(open_database(url_of(path), "paper")) as database:
        database.retention.step(at(10))
        back_up(url_of(path), tmp_path / "copy.db")
    with closing(open_database(url_of(tmp_path / "copy.db"), "paper")) as copy:
        assert seqs(copy) == [*range(10, COMMITS + 1)]
        assert copy.retention.through == 0
        copy.journal.commit(batch(COMMITS + 1))
        assert seqs(copy) == [*range(10, COMMITS + 2)]
        eventually(lambda: copy.behind().commits == 0)
        while copy.retention.step(END_OF_TIME):
            pass
        assert seqs(copy) == [COMMITS, COMMITS + 1]  # the last row, and the last commit


@pytest.mark.parametrize("name", ["before_the_journal", "events_in_rows"])
def test_older_database_is_cut_too(tmp_path: Path, name: str) -> None:
    """Rows of events first; every list stays as it was."""
    with tarfile.open(Path(__file__).with_name(f"{name}.tar.xz")) as archive:
        archive.extractall(tmp_path, filter="data")
    with closing(open_database(url_of(tmp_path / "tradeterm.db"), "paper")) as database:
        accounts = [one.account for one in database.journal.load().accounts]
        orders = {one: database.history.orders(one, limit=999).items for one in accounts}
        events, head = database.history.all_events(0, 99_999), database.history.head_cursor()
        while database.retention.step(END_OF_TIME):
            pass
        left = database.history.all_events(0, 99_999)
        assert len(left) < len(events)
        assert left == events[len(events) - len(left) :]
        assert {one: database.history.orders(one, limit=999).items for one in accounts} == orders
        assert any(orders.values())
        assert database.history.head_cursor() == head
    assert faults(SqliteFile(tmp_path / "tradeterm.db")) == []


def test_trouble_is_said_and_cuts_nothing(path: Path) -> None:
    """A damaged record, and tables that another program holds, are for the next step; after the end there is none."""
    with closing(open_database(url_of(path), "paper")) as database:
        with closing(sqlite3.connect(path_beside(path))) as file:
            file.execute("UPDATE commits SET record = x'00' WHERE number = 3")
            file.commit()
        with pytest.raises(DatabaseAway, match="record"):
            database.retention.step(END_OF_TIME)
        assert projection_of(path).cut() == 0
        database.retention.close()
        assert not database.retention.step(END_OF_TIME)
