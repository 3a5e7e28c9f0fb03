"""`db check` looks at both files, and at whether they belong together."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from server.storage.backends.sqlite_file import SqliteFile
from server.storage.backup import back_up
from server.storage.checkup import faults
from server.storage.database import open_database
from server.storage.journal.file import BYTES_AT_ONCE, Commit, JournalFile, path_beside
from tests.contracts.journals import at
from tests.server.storage.journals import batch, left_behind, url_of


def execute(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(statement)


def cut_out(path: Path) -> None:
    execute(path_beside(path), "DELETE FROM commits WHERE number = 2")


def garble(path: Path) -> None:
    execute(path_beside(path), "UPDATE commits SET record = x'01' WHERE number = 3")


def shorten(path: Path) -> None:
    execute(path_beside(path), "DELETE FROM commits WHERE number > 2")


def exchange(path: Path) -> None:
    left_behind(path.with_name("other.db"), 1)
    shutil.copyfile(path_beside(path.with_name("other.db")), path_beside(path))


def misplace(path: Path) -> None:
    execute(path, "UPDATE event_runs SET places = replace(places, '[2,', '[3,') WHERE first_seq = 2")


def forget(path: Path) -> None:
    execute(path, "DELETE FROM event_runs WHERE first_seq = 1")


def lose(path: Path) -> None:
    path_beside(path).unlink()


def overwrite(path: Path) -> None:
    beside = path_beside(path)
    with beside.open("r+b") as file:
        file.seek(4_096 * 2)
        file.write(b"\xff" * 4_096)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "tradeterm.db"
    left_behind(found, 3)
    open_database(url_of(found), "paper").close()
    return found


def test_sound_files_have_no_faults(path: Path) -> None:
    """Behind, or up to it, or in use."""
    assert faults(SqliteFile(path)) == []
    left_behind(path, 2)
    assert faults(SqliteFile(path)) == []
    database = open_database(url_of(path), "paper")
    assert faults(SqliteFile(path)) == []
    database.close()


@pytest.mark.parametrize(
    ("damage", "word"),
    [
        (cut_out, "commit 3 does not follow commit 1"),
        (garble, "commit 3: a record that cannot be read"),
        (shorten, "the tables hold commit 3, the journal ends at 2"),
        (exchange, "belongs to another database"),
        (overwrite, "journal:"),
        (lose, "its journal is missing"),
        (misplace, "the tables do not have the events of commit 2 where they are"),
        (forget, "the tables do not have the events of commit 1 where they are"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_fault_of_the_journal_is_found(path: Path, damage: Callable[[Path], None], word: str) -> None:
    """Each in a sentence."""
    damage(path)
    found = faults(SqliteFile(path))
    assert len(found) >= 1
    assert word in found[0]


@pytest.mark.parametrize("more", [0, 2])
def test_events_that_are_let_go_of_meanwhile_are_no_fault(
    tmp_path: Path, more: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that keeps a day of them cuts while a long check goes on; with what it commits they leave the file."""
    path, after, bites = tmp_path / "x.db", JournalFile.after, 0
    left_behind(path, 20)
    with closing(open_database(url_of(path), "paper")) as database:

        def cut_then(self: JournalFile, number: int, at_most_bytes: int = BYTES_AT_ONCE) -> list[Commit]:
            nonlocal bites
            found, bites = after(self, number, 1), bites + 1
            if bites == 5:
                monkeypatch.setattr(JournalFile, "after", after)
                database.retention.step(at(13))
                for one in range(more):
                    database.journal.commit(batch(21 + one))
            return found

        monkeypatch.setattr(JournalFile, "after", cut_then)
        assert faults(SqliteFile(path)) == []
        assert bites == 5
        assert database.history.events("ann", 0, 9)[0].seq == 13


def test_a_copy_is_sound(path: Path, tmp_path: Path) -> None:
    """It comes without a journal, and misses none; nor does the database of before there was one."""
    back_up(url_of(path), tmp_path / "copy.db")
    assert faults(SqliteFile(tmp_path / "copy.db")) == []
