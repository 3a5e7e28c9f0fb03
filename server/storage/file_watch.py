"""Are the files at a database's path still those that are open? SQLite does not ask, and writes on into what was deleted."""

import os
from pathlib import Path
from typing import Final

MAGIC: Final = b"SQLite format 3\0"
HEADER_BYTES: Final = 100


class FileWatch:
    """Looks at a SQLite file and its log for a few microseconds. `descriptor` is open on the file as long as this lives:
    opening and closing it once more would give SQLite's own locks away."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self._path, self._log = path, path.with_name(path.name + "-wal")
        self._descriptor = descriptor
        self._file: os.stat_result = os.fstat(descriptor)
        self._log_seen: os.stat_result | None = None
        self._version = self._read_version()  # of the layout, as it was when the file had become as long as it is

    def fault(self) -> str | None:
        """What is wrong, in a sentence; once wrong it stays so."""
        file, log = _found(self._path), _found(self._log)
        wrong = _wrong(self._file, file) or (self._log_seen and _wrong(self._log_seen, log))
        if wrong == "cut short" and file is not None and self._is_whole(file.st_size) and not self._is_log_cut(log):
            wrong = None  # tidied up by somebody who may: VACUUM
        if not wrong and not self._is_ours():
            wrong = "overwritten"
        if wrong:
            return f"the database {self._path} was {wrong} while it was open"
        assert file is not None
        if file.st_size != self._file.st_size:
            self._version = self._read_version()
        self._file, self._log_seen = file, log
        return None

    def _is_whole(self, size: int) -> bool:
        """As long as its own header says, and laid out anew since: VACUUM counts that. An older copy put in its place is
        as whole, and was not."""
        header = self._header()
        page = int.from_bytes(header[16:18], "big")
        is_long_enough = size >= (65_536 if page == 1 else page) * int.from_bytes(header[28:32], "big")
        return is_long_enough and self._read_version() > self._version

    def _is_ours(self) -> bool:
        """Still begins as a database, and not with an older layout."""
        return self._header().startswith(MAGIC) and self._read_version() >= self._version

    def _read_version(self) -> int:
        return int.from_bytes(self._header()[40:44], "big")

    def _header(self) -> bytes:
        return os.pread(self._descriptor, HEADER_BYTES, 0)

    def _is_log_cut(self, log: os.stat_result | None) -> bool:
        return self._log_seen is not None and _wrong(self._log_seen, log) is not None


def _found(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except OSError:
        return None


def _wrong(before: os.stat_result, now: os.stat_result | None) -> str | None:
    """While it is open, neither the file nor its log moves or becomes shorter."""
    if now is None:
        return "taken away"
    if (now.st_dev, now.st_ino) != (before.st_dev, before.st_ino):
        return "replaced by another file"
    return "cut short" if now.st_size < before.st_size else None
