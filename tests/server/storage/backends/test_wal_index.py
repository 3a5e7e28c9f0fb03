"""What the index of a log says is what SQLite does."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from server.storage.backends.wal_index import WalIndex


@pytest.fixture
def used(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(tmp_path / "x.db", isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE t (x)")
        yield connection


@pytest.fixture
def index(used: sqlite3.Connection, tmp_path: Path) -> Iterator[WalIndex]:
    with closing(WalIndex(tmp_path / "x.db-shm")) as one:
        yield one


def test_frames_are_counted_as_they_are_written(used: sqlite3.Connection, index: WalIndex, tmp_path: Path) -> None:
    """And the log is as long as they need."""
    log = tmp_path / "x.db-wal"
    for _ in range(20):
        used.execute("INSERT INTO t VALUES (?)", ("x" * 9_000,))
        state = index.state()
        assert state is not None
        assert state.log_bytes == log.stat().st_size
        assert log.read_bytes()[16:24] == state.salt


def test_copying_and_beginning_anew_are_told(used: sqlite3.Connection, index: WalIndex) -> None:
    before = index.state()
    assert before is not None
    assert (before.copied, before.is_being_copied) == (0, False)
    used.execute("PRAGMA wal_checkpoint(PASSIVE)")
    copied = index.state()
    assert copied is not None
    assert copied.copied == before.frames > 0
    used.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    anew = index.state()
    assert anew is not None
    assert (anew.frames, anew.log_bytes) == (0, 0)
    assert anew.salt != before.salt


def test_index_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        WalIndex(tmp_path / "none-shm")
