"""The journal's file alone: what is appended is there, in order, for whoever reads beside the writer."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from server.storage.backends.wal_index import LogState, WalIndex
from server.storage.journal.file import (
    APPLICATION,
    CHECKPOINT_BYTES,
    Commit,
    JournalFile,
    JournalForeign,
    companions,
    is_empty,
    make_journal,
    path_beside,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = path_beside(tmp_path / "x.db")
    make_journal(found)
    return found


def test_commits_are_read_beside_the_writer_in_their_order(path: Path) -> None:
    """A few at a time, as many bytes as were asked for, and at least one."""
    with closing(JournalFile(path)) as file, closing(JournalFile(path)) as reader:
        assert (file.last(), reader.after(0)) == ((0, 0), [])
        for number in range(1, 8):
            file.append(Commit(number, number * 2, b"%d" % number * 100))
        assert file.last() == reader.last() == (7, 14)
        assert [one.number for one in reader.after(0)] == [1, 2, 3, 4, 5, 6, 7]
        assert not reader.more_waits
        assert [one.number for one in reader.after(2, 150)] == [3, 4]
        assert reader.more_waits
        assert [one.number for one in reader.after(6, 1)] == [7]
        assert reader.after(6)[0] == Commit(7, 14, b"7" * 100)
        file.reopen()
        file.append(Commit(8, 16, b""))
        assert reader.last() == (8, 16)


def test_number_is_there_once(path: Path) -> None:
    """Two writers could only be by mistake: the second one fails."""
    with closing(JournalFile(path)) as file:
        file.append(Commit(1, 1, b"a"))
        with pytest.raises(sqlite3.IntegrityError):
            file.append(Commit(1, 1, b"b"))


def test_file_of_a_later_layout_is_not_written_to(path: Path) -> None:
    """Nor one that is something else; one with nothing in it is empty."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(JournalForeign, match="later version"):
        JournalFile(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA application_id = {APPLICATION + 1}")
    with pytest.raises(JournalForeign, match="no journal"):
        JournalFile(path)
    assert is_empty(path.with_name("absent"))
    path.with_name("empty").touch()
    assert is_empty(path.with_name("empty"))
    assert not is_empty(path)


def test_who_reads_copies_the_log_once_it_was_enough(path: Path) -> None:
    """So who appends need not; and not for every few bytes."""
    index = companions(path)[1]
    with closing(JournalFile(path)) as file, closing(JournalFile(path)) as reader, closing(WalIndex(index)) as log:
        file.append(Commit(1, 0, bytes(CHECKPOINT_BYTES - 1)))
        reader.after(0)
        reader.checkpoint()
        assert state_of(log).copied == 0
        file.append(Commit(2, 0, b"."))
        reader.after(1)
        reader.checkpoint()
        copied = state_of(log)
        assert copied.copied == copied.frames > 0
        file.append(Commit(3, 0, b"."))
        reader.after(2)
        reader.checkpoint()
        begun_anew = state_of(log)
        assert begun_anew.salt != copied.salt
        assert begun_anew.copied == 0


def test_copying_that_fails_stops_no_reader(path: Path) -> None:
    """It is done within a commit then, which says what is wrong."""
    with closing(JournalFile(path)) as file, closing(JournalFile(path)) as reader:
        file.append(Commit(1, 0, bytes(CHECKPOINT_BYTES)))
        reader.after(0)
        reader.close()
        reader.checkpoint()


def state_of(log: WalIndex) -> LogState:
    state = log.state()
    assert state is not None
    return state
