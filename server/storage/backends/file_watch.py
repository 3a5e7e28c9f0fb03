"""Are the files at a database's path still those that are open, and written by SQLite alone? It does not ask, and writes on
into what was deleted, and into what somebody has copied over it.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from server.storage.backends.wal_index import FrameHeads, LogState, WalIndex

MAGIC: Final = b"SQLite format 3\0"
HEADER_BYTES: Final = 100
OVERWRITTEN: Final = "overwritten"
CUT: Final = "cut short"
FRAMES_A_LOOK: Final = 1_000  # of the log, in a millisecond or two; more are left to the looks that follow


class FileWatch:
    """Looks at a SQLite file, its log and the log's index: for a few microseconds, and as long again for each megabyte of the
    log that is new.

    `descriptor` is open on the file as long as this lives: opening and closing it once more would give SQLite's own locks
    away. For the same reason `close` comes after everything here is closed in SQLite.
    """

    def __init__(self, path: Path, descriptor: int) -> None:
        self._path = path
        self._log_path, self._index_path = (path.with_name(path.name + end) for end in ("-wal", "-shm"))
        # A path is looked at more slowly than its text.
        self._file_name, self._log_name = str(path), str(self._log_path)
        self._descriptor = descriptor
        self._file: os.stat_result = os.fstat(descriptor)
        self._log: os.stat_result | None = None
        self._index = WalIndex(self._index_path)
        self._state = self._index.state()
        self._heads = FrameHeads()
        self._version, self._changes = self._versions()  # as they were when the file had become as long as it is
        # Under which salt how many frames of the log were found whole; SQLite has read those that it opened it with.
        self._whole = (self._state.salt, self._state.frames) if self._state else (b"", 0)
        self._fault: str | None = None
        # A commit in its thread, or the loop: a look compares with what the last one saw.
        self._looking = threading.Lock()
        self._is_closed = False
        self._names, self._glanced = (0, 0), 0  # of file and log, and how long that was, at the last glance

    def fault(self) -> str | None:
        """What is wrong, in a sentence; once wrong it stays so. In any thread; nothing once this is closed."""
        with self._looking:
            if self._fault is None and not self._is_closed:
                # No descriptor is free, or the log went this very moment: the next look says what is wrong, if anything is.
                with suppress(OSError):
                    wrong = next(self._wrongs(), None)
                    self._fault = wrong and f"the database {self._path} was {wrong} while it was open"
            return self._fault

    def glance(self) -> str | None:
        """The same for where it is asked twice a commit: whether the names lead to the files that are open, the log has become
        no shorter, and nothing was written to the file. Only where it was is there a closer look: between two commits the
        log is seldom copied, so that what another program writes there is not taken for that."""
        try:
            file, log = os.stat(self._file_name), os.stat(self._log_name)
        except OSError:
            return self.fault()
        names, length = (file.st_ino, log.st_ino), log.st_size
        fault = None
        written = file.st_mtime_ns
        if self._fault or names != self._names or length < self._glanced or written != self._file.st_mtime_ns:
            fault = self.fault()
        if fault is None:
            self._names, self._glanced = names, length
        return fault

    def close(self) -> None:
        """Wait for the look that is under way."""
        with self._looking:
            self._is_closed = True
            self._index.close()

    def _wrongs(self) -> Iterator[str]:
        """What is wrong, if anything is. Where the index says that the log went on, the files are looked at again."""
        state = self._index.state()
        file, log, index = (_found(one) for one in (self._path, self._log_path, self._index_path))
        for before, now in ((self._file, file), (self._log or log, log), (self._index.file, index)):
            if before is None or now is None:
                yield "taken away"
            elif (now.st_dev, now.st_ino) != (before.st_dev, before.st_ino):
                yield "replaced by another file"
        assert file is not None
        assert log is not None
        if not self._is_ours():
            yield OVERWRITTEN
        if file.st_size < self._file.st_size and not self._is_tidied_up(file.st_size):
            yield CUT
        if state is not None and state == self._index.state():
            yield from self._wrong_in_log(state)
        if self._was_written_past_sqlite(file):
            yield OVERWRITTEN
        if file.st_size != self._file.st_size:
            self._version, self._changes = self._versions()
        self._file, self._log, self._state = file, log, state

    # ------------------------------------------------------------ the log

    def _wrong_in_log(self, state: LogState) -> Iterator[str]:
        """It holds what its index says: how long it was before tells nothing, another program may have emptied it into the
        database. Nor does how long it is now: what is written after it was cut stands behind a hole."""
        if not state.frames:
            return
        log = os.open(self._log_name, os.O_RDONLY)
        try:
            salt, size = os.pread(log, 24, 0)[16:], os.fstat(log).st_size
            frames = self._unseen(state)
            has_hole = not self._heads.have_salt(log, state, frames)
        finally:
            os.close(log)
        if state != self._index.state():
            return
        if size < state.log_bytes or has_hole:
            yield CUT
        if salt != state.salt:
            yield OVERWRITTEN
        self._whole = state.salt, frames.stop

    def _unseen(self, state: LogState) -> range:
        """The frames of the log that are new, and the one before them: where it was cut and written on, the frame before
        the first that was written then is gone. The head of a frame that is there has the log's salt."""
        salt, whole = self._whole
        first = max(min(whole, state.frames) - 1, 0) if salt == state.salt else 0
        return range(first, min(state.frames, first + FRAMES_A_LOOK))

    def _was_written_past_sqlite(self, file: os.stat_result) -> bool:
        """The database itself is written to only where the log is copied into it, which its index tells."""
        if file.st_mtime_ns == self._file.st_mtime_ns or self._state is None:
            return False
        now = self._index.state()
        return now is not None and not now.is_being_copied and _copies(now) == _copies(self._state)

    # ------------------------------------------------------------ the head of the database

    def _is_tidied_up(self, size: int) -> bool:
        """As long as its own header says, and laid out anew since: VACUUM counts that. An older copy put in its place is
        as whole, and was not."""
        header = self._header()
        page = int.from_bytes(header[16:18], "big")
        is_long_enough = size >= (65_536 if page == 1 else page) * int.from_bytes(header[28:32], "big")
        return is_long_enough and self._versions()[0] > self._version

    def _is_ours(self) -> bool:
        """Still begins as a database, and neither with an older layout nor with fewer changes counted."""
        version, changes = self._versions()
        return self._header().startswith(MAGIC) and version >= self._version and changes >= self._changes

    def _versions(self) -> tuple[int, int]:
        """Of the layout, and of what was changed: both only count up."""
        header = self._header()
        return int.from_bytes(header[40:44], "big"), int.from_bytes(header[24:28], "big")

    def _header(self) -> bytes:
        return os.pread(self._descriptor, HEADER_BYTES, 0)


def _copies(state: LogState) -> tuple[bytes, int]:
    return state.salt, state.copied


def _found(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except OSError:
        return None
