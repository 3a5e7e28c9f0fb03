"""What SQLite's own index of the log says, read from the file `-shm` that every program in the database shares.

Its layout is part of SQLite's file format (sqlite.org/walformat.html): two copies of a header of 48 bytes, then how far the
log was copied into the database. Numbers are in the machine's own order.
"""

import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_HEADER: Final = struct.Struct("=IIIBBHII8s8s8s")  # one copy of it
_COPIED_AT, _ATTEMPTED_AT, _END = 96, 128, 136
_FRAME_HEAD: Final = 24
_LOG_HEAD: Final = 32
_SALT_AT, _SALT = 8, 8  # in the head of a frame
FRAMES_AT_ONCE: Final = 500  # two stretches each: no system takes more than 1,024 in one call
_BIG_PAGE: Final = 65_536  # written as 1


@dataclass(frozen=True, slots=True)
class LogState:
    """Where the log stands: `frames` are in it, under a salt that is another each time it is begun anew; `copied` of them
    are in the database, and a copying up to `attempted` was begun."""

    frames: int
    page_bytes: int
    salt: bytes
    copied: int
    attempted: int

    @property
    def log_bytes(self) -> int:
        """What the log must have, at least, to hold its frames."""
        return self.place(self.frames) if self.frames else 0

    def place(self, frame: int) -> int:
        """Where a frame begins in the log; the first is 0."""
        return _LOG_HEAD + frame * (_FRAME_HEAD + self.page_bytes)

    @property
    def is_being_copied(self) -> bool:
        return self.attempted != self.copied


class FrameHeads:
    """Reads the salts in the heads of many frames with one call. A call for each would be little work too, but each of them
    lets another thread of the process go on, and then waits until that lets go."""

    def __init__(self) -> None:
        self._salts = bytearray(_SALT * FRAMES_AT_ONCE)
        self._pages, self._stretches = 0, list[memoryview]()

    def have_salt(self, log: int, state: LogState, frames: range) -> bool:
        """Whether each of these frames of the log that is open as `log` has its salt."""
        for first in range(frames.start, frames.stop, FRAMES_AT_ONCE):
            count = min(FRAMES_AT_ONCE, frames.stop - first)
            self._salts[:] = bytes(len(self._salts))
            os.lseek(log, state.place(first) + _SALT_AT, os.SEEK_SET)
            os.readv(log, self._laid_out(state.page_bytes)[: 2 * count])
            if self._salts[: _SALT * count] != state.salt * count:
                return False
        return True

    def _laid_out(self, page_bytes: int) -> list[memoryview]:
        """Where what is read goes: each salt to its place, and what is between two of them to one that nobody looks at."""
        if page_bytes != self._pages:
            salts, rest = memoryview(self._salts), memoryview(bytearray(_FRAME_HEAD + page_bytes - _SALT))
            ends = range(_SALT, len(salts) + 1, _SALT)
            self._pages, self._stretches = page_bytes, [one for end in ends for one in (salts[end - _SALT : end], rest)]
        return self._stretches


class WalIndex:
    """An open index. It must stay open for as long as anything here is open in SQLite: closing it would give away the
    locks that SQLite holds on the same file."""

    def __init__(self, path: Path) -> None:
        """Raises OSError where there is none."""
        self._descriptor = os.open(path, os.O_RDONLY)
        self.file: os.stat_result = os.fstat(self._descriptor)

    def state(self) -> LogState | None:
        """None while it is being written, or was not written yet."""
        block = os.pread(self._descriptor, _END, 0)
        if len(block) < _END or block[: _HEADER.size] != block[_HEADER.size : 2 * _HEADER.size]:
            return None
        _, _, _, is_there, _, page, frames, _, _, salt, _ = _HEADER.unpack_from(block)
        copied = int.from_bytes(block[_COPIED_AT : _COPIED_AT + 4], _ORDER)
        attempted = int.from_bytes(block[_ATTEMPTED_AT : _ATTEMPTED_AT + 4], _ORDER)
        return LogState(frames, _BIG_PAGE if page == 1 else page, salt, copied, attempted) if is_there else None

    def close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


_ORDER: Final = "little" if struct.pack("=H", 1) == b"\x01\x00" else "big"
