"""Which journal belongs to which tables: made, taken up, missed, or set aside."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from server.storage.backends.sqlite_file import SqliteFile
from server.storage.backup import back_up
from server.storage.checkup import faults
from server.storage.database import open_database
from server.storage.errors import DatabaseDamaged, DatabaseForeign
from server.storage.journal.file import JournalFile, make_journal, path_beside
from tests.contracts.journals import events
from tests.server.storage.journals import batch, journal_of, left_behind, projection_of, url_of


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tradeterm.db"


def seqs(path: Path) -> list[int]:
    database = open_database(url_of(path), "paper")
    found = [one.seq for one in database.history.events("ann", 0, 99)]
    database.close()
    return found


def test_journal_and_tables_know_each_other(path: Path) -> None:
    """The same one after a restart, readable by its owner alone."""
    left_behind(path, 1)
    first = journal_of(path).id
    assert seqs(path) == [1]
    assert journal_of(path).id == first == projection_of(path).journal_id()
    assert path_beside(path).stat().st_mode & 0o077 == 0


def test_journal_that_was_made_just_before_the_machine_stopped_is_taken_up(path: Path) -> None:
    """The tables do not know it yet; it is empty."""
    open_database(url_of(path), "paper").close()
    path_beside(path).unlink()
    make_journal(path_beside(path))
    made = journal_of(path).id
    assert seqs(path) == []
    assert projection_of(path).journal_id() == made


def test_file_that_was_only_begun_is_made_whole(path: Path) -> None:
    """Nothing is in it: nothing can be lost."""
    path_beside(path).touch()
    assert seqs(path) == []
    left_behind(path, 1)
    assert seqs(path) == [1]


def test_tables_that_came_without_their_journal_go_on(path: Path, tmp_path: Path) -> None:
    """All that is in them is kept, and the numbers go on; the events were in the journal, and are told to be lost."""
    left_behind(path, 3)
    assert seqs(path) == [1, 2, 3]
    moved = tmp_path / "moved.db"
    shutil.copyfile(path, moved)
    database = open_database(url_of(moved), "paper")
    assert [one.id for one in database.journal.load().orders] == ["o-1", "o-2", "o-3"]
    assert database.history.events("ann", 0, 9) == database.history.all_events(0, 9) == []
    database.journal.commit(batch(4))
    database.close()
    assert seqs(moved) == [4]
    assert journal_of(moved).last() == (4, 4)
    assert faults(SqliteFile(moved)) == []


def test_copy_that_is_put_back_sets_the_other_history_aside(path: Path, tmp_path: Path) -> None:
    """What came after the copy is not brought into it again; the file is kept, whole, under another name."""
    left_behind(path, 2)
    back_up(url_of(path), tmp_path / "copy.db")
    left_behind(path, 2)
    other = journal_of(path).id
    shutil.copyfile(tmp_path / "copy.db", path)
    assert seqs(path) == [1, 2]
    assert journal_of(path).id != other
    aside = path_beside(path).with_name(f"{path_beside(path).name}.{other}")
    assert JournalFile(aside).last() == (4, 4)


@pytest.mark.parametrize("content", ["text", "another database"])
def test_file_that_is_no_journal_is_refused_untouched(path: Path, content: str) -> None:
    """It may be dear to somebody."""
    open_database(url_of(path), "paper").close()
    beside = path_beside(path)
    if content == "text":
        beside.write_bytes(b"dear diary\n" * 1_000)
    else:
        shutil.copyfile(path, beside)
    before = beside.read_bytes()
    with pytest.raises((DatabaseDamaged, DatabaseForeign), match="journal"):
        open_database(url_of(path), "paper")
    assert beside.read_bytes() == before


def test_journal_that_lost_its_end_is_no_reason_to_lose_what_the_tables_have(path: Path, tmp_path: Path) -> None:
    """An older copy of it beside newer tables: they hold only what was durable, so they are right. It is set aside, whole,
    for what follows would stand behind a hole."""
    left_behind(path, 1)
    assert seqs(path) == [1]
    shutil.copyfile(path_beside(path), tmp_path / "older")
    database = open_database(url_of(path), "paper")
    database.journal.commit(events("ann", 2, 3))
    database.close()
    shutil.copyfile(tmp_path / "older", path_beside(path))
    database = open_database(url_of(path), "paper")
    database.journal.commit(events("ann", 4, 4))
    database.close()
    assert seqs(path) == [4]
    assert projection_of(path).place() == 3
    (aside,) = path.parent.glob(f"{path_beside(path).name}.????????????????")
    assert JournalFile(aside).last() == (1, 1)


def test_what_was_set_aside_before_stays_as_it_is(path: Path, tmp_path: Path) -> None:
    """Older and older copies of one journal are put beside the tables: each is kept whole, with its own log."""
    for _ in range(3):
        left_behind(path, 1)
        assert seqs(path)
        shutil.copyfile(path_beside(path), tmp_path / f"copy{journal_of(path).last()[0]}")
    left_behind(path, 1)
    assert seqs(path) == [1, 2, 3, 4]
    for number in (3, 2, 1):
        shutil.copyfile(tmp_path / f"copy{number}", path_beside(path))
        assert seqs(path) == []
    kept = sorted(path.parent.glob(f"{path_beside(path).name}.????????????????*"))
    assert [JournalFile(one).last()[0] for one in kept] == [3, 2, 1]


def test_a_journal_that_has_lost_all_is_told(path: Path) -> None:
    """Its log was taken away before it was in the file: the numbers go on, and what it had is said to be lost."""
    left_behind(path, 2)
    assert seqs(path) == [1, 2]
    with closing(sqlite3.connect(path_beside(path), isolation_level=None)) as file:
        file.execute("DELETE FROM commits")
    assert faults(SqliteFile(path)) == ["the tables hold commit 2, the journal ends at 0"]
    with capture_logs() as said:
        assert seqs(path) == []
    assert ["events of before are lost" in one["event"] for one in said] == [True]
    assert faults(SqliteFile(path)) == []
    left_behind(path, 1)
    assert seqs(path) == [3]
