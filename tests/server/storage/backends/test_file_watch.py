"""A database whose files are touched by others while it is open."""

import errno
import os
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import NoReturn

import pytest

from server.storage.backends import file_watch
from server.storage.backends.file_watch import FileWatch


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
        self.watch.close()
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


def test_copy_of_the_same_size_and_layout_is_noticed(watched: Watched) -> None:
    """Nothing of its head tells it from what it lies over: it was made a moment ago, and one row was changed since."""
    shutil.copyfile(watched.path, watched.copy)
    watched.used.execute("UPDATE t SET x = replace(x, 'x', 'y') WHERE rowid = 7")
    watched.used.execute("PRAGMA wal_checkpoint(PASSIVE)")
    assert watched.watch.fault() is None
    with watched.path.open("r+b") as file:
        file.write(watched.copy.read_bytes())
    assert watched.path.stat().st_size == watched.copy.stat().st_size
    assert "overwritten" in (watched.watch.fault() or "")


@pytest.mark.parametrize("how", ["PASSIVE", "FULL", "RESTART", "TRUNCATE"])
def test_log_that_another_program_empties_is_no_fault(watched: Watched, how: str) -> None:
    """All that was in it is in the database then; the log begins anew, and is shorter than it was."""
    with closing(sqlite3.connect(watched.path, isolation_level=None)) as other:
        for rows in (3, 400, 1, 40):
            watched.fill(rows)
            assert watched.watch.fault() is None
            assert other.execute(f"PRAGMA wal_checkpoint({how})").fetchone()[0] == 0
            assert watched.watch.fault() is None
            watched.used.execute("INSERT INTO t VALUES ('after')")
            assert watched.watch.fault() is None


@pytest.mark.parametrize("end", ["", "-wal", "-shm"])
@pytest.mark.parametrize("damage", ["taken away", "replaced"])
def test_file_that_is_gone_is_noticed(watched: Watched, end: str, damage: str) -> None:
    """The index too: without it the next program to come makes another, and both write as they like."""
    path = watched.path.with_name(watched.path.name + end)
    if damage == "replaced":
        shutil.copyfile(path, watched.copy)
    path.unlink()
    if damage == "replaced":
        shutil.copyfile(watched.copy, path)
    assert damage in (watched.watch.fault() or "")


@pytest.mark.parametrize("damage", ["cut short", "overwritten"])
def test_log_that_lacks_what_was_committed_is_noticed(watched: Watched, damage: str) -> None:
    watched.used.execute("INSERT INTO t VALUES ('committed, and in the log alone')")
    with watched.path.with_name("x.db-wal").open("r+b") as log:
        log.truncate(40) if damage == "cut short" else log.write(bytes(32))
    assert damage in (watched.watch.fault() or "")


@pytest.mark.parametrize("left", [0, 40, 20_000])
@pytest.mark.parametrize("begins_anew", [False, True])
def test_log_that_was_cut_and_written_on_is_noticed(watched: Watched, left: int, *, begins_anew: bool) -> None:
    """It is as long as its index says, with a hole in it: in what was looked at before, or in what came after that."""
    log = watched.path.with_name("x.db-wal")
    for _ in range(1 if begins_anew else 2):
        watched.used.execute("PRAGMA wal_checkpoint(RESTART)")
        watched.used.executemany("INSERT INTO t VALUES (?)", [("x" * 1_000,)] * 10)
        if not begins_anew:
            assert watched.watch.fault() is None
    os.truncate(log, left)
    with suppress(sqlite3.DatabaseError):  # where it needs what is gone
        watched.used.execute("INSERT INTO t VALUES ('behind the hole')")
    assert watched.watch.fault() is not None


def test_a_look_at_a_long_log_is_short(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    """It looks at so many frames of it, and the next look goes on where it was."""
    monkeypatch.setattr(file_watch, "FRAMES_A_LOOK", 10)
    watched.used.execute("PRAGMA wal_checkpoint(RESTART)")
    watched.used.executemany("INSERT INTO t VALUES (?)", [("x" * 1_000,)] * 20)
    with watched.path.with_name("x.db-wal").open("r+b") as log:
        log.seek(32 + 25 * (24 + 4096))
        log.write(bytes(24 + 4096))
    faults = [watched.watch.fault() for _ in range(3)]
    assert faults[:2] == [None, None]
    assert "cut short" in (faults[2] or "")


@pytest.mark.parametrize("frame", [0, 1, 498, 499, 500, 501, 700, 898])
def test_a_hole_is_seen_wherever_it_is(watched: Watched, frame: int) -> None:
    """In a log so long that it takes more than one call to look at it."""
    watched.used.execute("PRAGMA wal_checkpoint(RESTART)")
    watched.used.executemany("INSERT INTO t VALUES (?)", [("x" * 1_000,)] * 600)
    with watched.path.with_name("x.db-wal").open("r+b") as log:
        log.seek(32 + frame * (24 + 4096))
        log.write(bytes(24 + 4096))
    assert "cut short" in (watched.watch.fault() or "")


def test_a_look_gives_way_to_other_threads_a_few_times_only(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each read of a file lets them go on, and whoever commits then waits until they let go."""
    reads = []

    def count(name: str) -> None:
        read = getattr(os, name)

        def counted(*arguments: object) -> object:
            reads.append(name)
            return read(*arguments)

        monkeypatch.setattr(os, name, counted)

    count("pread")
    count("readv")
    watched.used.execute("PRAGMA wal_checkpoint(RESTART)")
    watched.used.executemany("INSERT INTO t VALUES (?)", [("x" * 1_000,)] * 600)
    assert watched.watch.fault() is None
    assert len(reads) < 20


def test_a_look_that_cannot_be_made_says_nothing(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process without a free descriptor ended for it; the next look finds what there is to find."""

    def failing(*_: object) -> NoReturn:
        raise OSError(errno.EMFILE, "too many open files")

    watched.fill(3)
    with monkeypatch.context() as patched:
        patched.setattr(os, "open", failing)
        assert watched.watch.glance() is None
    with watched.path.with_name("x.db-wal").open("r+b") as log:
        log.truncate(40)
    assert watched.watch.glance() is not None


def test_after_its_end_nothing_is_looked_at(watched: Watched) -> None:
    """A thread may come late: what it would look at is another file's by then."""
    watched.watch.close()
    watched.path.unlink()
    assert watched.watch.fault() is None


@pytest.mark.parametrize("slip", ["log gone", "log cut", "file gone", "file replaced"])
def test_a_glance_sees_what_a_commit_would_hide(watched: Watched, slip: str) -> None:
    """A log that was cut is as long as before when the next commit is written behind the hole."""
    log = watched.path.with_name(f"{watched.path.name}-wal")
    watched.fill(1)
    assert watched.watch.glance() is None
    watched.fill(1)
    assert watched.watch.glance() is None
    if slip == "log gone":
        log.unlink()
    elif slip == "log cut":
        os.truncate(log, 1_000)
    elif slip == "file gone":
        watched.path.unlink()
    else:
        copy = watched.path.with_name("copy")
        shutil.copyfile(watched.path, copy)
        copy.replace(watched.path)
    assert watched.watch.glance() is not None
    assert watched.watch.glance() == watched.watch.fault()


@pytest.mark.parametrize("copied", ["before", "after", "both"])
def test_what_a_copying_of_the_log_would_hide_is_seen_at_the_next_commit(watched: Watched, copied: str) -> None:
    """The log is copied into the file many times between two looks at it: what was written over then has its old head again,
    and that the file was written to has a reason."""
    watched.fill(3)
    assert watched.watch.glance() is None
    if copied != "after":
        watched.fill(3)
        assert watched.watch.glance() is None
    with watched.path.open("r+b") as file:
        file.seek(2 * 4_096)
        file.write(b"dear diary\n" * 100)
    assert "overwritten" in (watched.watch.glance() or "")
    if copied != "before":
        watched.fill(3)
    assert "overwritten" in (watched.watch.fault() or "")


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


def test_log_that_is_copied_meanwhile_is_no_fault(watched: Watched) -> None:
    """Another connection copies it all the time, whatever moment is looked at: between two writes of it, or within one.
    And two look: who commits, and who looks after the files."""
    stop = threading.Event()

    def copy() -> None:
        with closing(sqlite3.connect(watched.path, isolation_level=None)) as other:
            while not stop.is_set():
                other.execute("PRAGMA wal_checkpoint(PASSIVE)")

    def look() -> None:
        while not stop.is_set():
            faults.add(watched.watch.fault())

    faults = set[str | None]()
    threads = [threading.Thread(target=one) for one in (copy, look)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(300):
            watched.fill(3)
            assert watched.watch.glance() is None
            assert watched.watch.fault() is None
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert faults == {None}
