"""The text of a recording, whatever it is packed in: plain, gzip of any number of members, or a zip of one file or more.

One piece is in memory at a time however large the file unfolds: what has no ends of lines is no recording, and is
refused before it fills the memory.
"""

import gzip
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO, cast

import structlog

log = structlog.get_logger(__name__)

LONGEST_LINE = 65_536  # bytes
PIECE = 16_384  # bytes
TEXTS = (".csv", ".txt", ".tsv")
GZIP, ZIP = b"\x1f\x8b", b"PK\x03\x04"
# What opening, unpacking and decoding raise for files that are broken, locked or something else.
BROKEN = (OSError, EOFError, zlib.error, UnicodeDecodeError, zipfile.BadZipFile, RuntimeError, NotImplementedError)


class LineTooLong(ValueError):
    """A line that no row of a recording needs; the text says how long one may be."""

    def __init__(self) -> None:
        super().__init__(f"it has a line of more than {LONGEST_LINE} bytes")


class BoundedLines(io.RawIOBase):
    """Bytes of `inner`, as long as its lines end now and then. Reading raises LineTooLong."""

    def __init__(self, inner: IO[bytes]) -> None:
        super().__init__()
        self._inner, self._open = inner, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview") -> int:  # type: ignore[override]
        data = self._inner.read(min(len(buffer), PIECE))
        end = max(data.rfind(b"\n"), data.rfind(b"\r"))
        self._open = self._open + len(data) if end < 0 else len(data) - end - 1
        if self._open > LONGEST_LINE:
            raise LineTooLong
        buffer[: len(data)] = data
        return len(data)


def texts(path: Path) -> Iterator[IO[str]]:
    """Each text file that is packed in `path`, one after the other, for as long as it is looked at. Raises BROKEN, LineTooLong."""
    with path.open("rb") as raw:
        if not _begins(raw, ZIP):
            with _unpacked(raw) as text:
                yield text
            return
        with zipfile.ZipFile(raw) as packed:
            for name in members(packed.namelist(), path):
                with packed.open(name) as inner, _unpacked(cast(BinaryIO, inner)) as text:
                    yield text


def members(names: list[str], path: Path) -> list[str]:
    """The recordings among the files of a zip, in the order of their names, 2 before 10. What is passed over is told."""
    files = [name for name in names if not name.endswith("/")]
    meant = [name for name in files if not _is_by_the_way(name)]
    tables = [name for name in meant if name.lower().removesuffix(".gz").endswith(TEXTS)] or meant
    if len(tables) > 1:
        log.info("the recording has more than one file", path=str(path), files=len(tables))
    if len(tables) < len(meant):
        log.warning("files beside the recording are passed over", path=str(path), files=len(meant) - len(tables))
    return sorted(tables, key=_natural)


def _is_by_the_way(name: str) -> bool:
    """What a Mac packs with every file."""
    parts = name.split("/")
    return "__MACOSX" in parts or parts[-1].startswith(".")


def _natural(name: str) -> list[tuple[int, str]]:
    """Numbers in a name count as numbers."""
    return [(int(part) if part.isdecimal() else -1, part) for part in re.split(r"(\d+)", name)]


@contextmanager
def _unpacked(raw: BinaryIO) -> Iterator[IO[str]]:
    inner: IO[bytes] = cast(IO[bytes], gzip.GzipFile(fileobj=raw)) if _begins(raw, GZIP) else raw
    with io.TextIOWrapper(io.BufferedReader(BoundedLines(inner)), encoding="utf-8", newline="") as text:
        yield text


def _begins(raw: BinaryIO, start: bytes) -> bool:
    found = raw.read(len(start))
    raw.seek(0)
    return found == start
