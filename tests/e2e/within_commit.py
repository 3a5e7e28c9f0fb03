"""`kill -9` where it is most delicate: while a process holds SQLite's write lock on a database, which is within a commit.

The process is stopped first, so that it is known to hold the lock when it is killed.
"""

import fcntl
import os
import signal
import struct
import time
from pathlib import Path
from random import Random
from typing import Final

from tests.eventually import PATIENCE_S, eventually

FLOCK: Final = struct.Struct("@hhqqi4x")  # type, whence, start, length, and whose it is
WRITE_LOCK: Final = 120  # the byte of the log's index that whoever writes has locked
A_COMMIT_S: Final = 0.001  # about as long as one takes


def index_of(database: Path) -> Path:
    """The file in which SQLite keeps the locks of a database with a log."""
    return database.with_name(f"{database.name}-shm")


def kill_within_commit(pid: int, database: Path, draw: Random) -> None:
    """Kill a process that writes this database again and again, at some moment of a commit."""
    with index_of(database).open("rb") as index:
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            if _writer(index.fileno()) != pid:
                continue
            _spin(draw.uniform(0, A_COMMIT_S))
            os.kill(pid, signal.SIGSTOP)
            eventually(lambda: _is_stopped(pid))
            if _writer(index.fileno()) == pid:
                os.kill(pid, signal.SIGKILL)
                return
            os.kill(pid, signal.SIGCONT)
    raise AssertionError(f"process {pid} was never met within a commit")


def _writer(index: int) -> int:
    """The process that holds the write lock; 0 when nobody does. Takes no lock itself."""
    asked = FLOCK.pack(fcntl.F_RDLCK, os.SEEK_SET, WRITE_LOCK, 1, 0)
    kind, _, _, _, pid = FLOCK.unpack(fcntl.fcntl(index, fcntl.F_GETLK, asked))
    return 0 if kind == fcntl.F_UNLCK else int(pid)


def _spin(seconds: float) -> None:
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        pass


def _is_stopped(pid: int) -> bool:
    """Whether each of its threads is: one that waits for the disk stops only when that is done."""
    stats = [(task / "stat").read_text() for task in Path(f"/proc/{pid}/task").iterdir()]
    return all(stat.rpartition(")")[2].split()[0] == "T" for stat in stats)
