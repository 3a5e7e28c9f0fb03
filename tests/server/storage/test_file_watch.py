"""A database whose files are touched by others while it is open."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from server.storage.file_watch import FileWatch


class Watched:
    """A database in use, with a copy of it as it was when it was small."""

    def __init__(self, folder: Path) -> None:
        self.path, self.copy = folder / "x.db", folder / "old.db"
        self.used = sqlite3.connect(self.path, isolation_level=None)
        self.used.execute("PRAGMA journal_mode = WAL")
        self.used.execute("PRAGMA synchronous = OFF")
        self.used.execute("CREATE TABLE t (x)")
        self.fill(50)
        shutil.copyfile(self.path, self.copy)
        self.fill(500)
        self.descriptor = os.open(self.path, os.O_RDWR)
        self.watch = FileWatch(self.path, self.descriptor)

    def fill(self, rows: int) -> None:
        self.used.execute("BEGIN")
        self.used.executemany("INSERT INTO t VALUES (?)", [("x" * 1_000,)] * rows)
        self.used.execute("COMMIT")
        self.used.execute("PRAGMA wal_checkpoint(PASSIVE)")

    def close(self) -> None:
        self.used.close()
        os.close(self.descriptor)


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    with closing(Watched(tmp_path)) as one:
        assert one.watch.fault() is None
        yield one


@pytest.mark.parametrize("damage", ["older copy over it", "nothing in its head", "a text over it"])
def test_file_that_is_written_over_is_noticed(watched: Watched, damage: str) -> None:
    """The name leads to the same file, and it may be as long as before."""
    with watched.path.open("r+b") as file:
        if damage == "older copy over it":
            file.truncate(0)
            file.write(watched.copy.read_bytes())
        elif damage == "nothing in its head":
            file.write(bytes(100))
        else:
            file.write(b"dear diary\n" * 500)
    fault = watched.watch.fault()
    assert fault is not None
    assert str(watched.path) in fault
    assert watched.watch.fault() == fault


def test_use_and_tidying_up_are_no_faults(watched: Watched) -> None:
    """Growing, emptying and VACUUM by another program, and all of it again."""
    for _ in range(3):
        watched.fill(500)
        assert watched.watch.fault() is None
        with closing(sqlite3.connect(watched.path, isolation_level=None)) as other:
            size = watched.path.stat().st_size
            other.execute("DELETE FROM t")
            other.execute("VACUUM")
            other.execute("PRAGMA wal_checkpoint(PASSIVE)")
            assert watched.watch.fault() is None
        watched.fill(1)
        assert watched.path.stat().st_size < size
        assert watched.watch.fault() is None
