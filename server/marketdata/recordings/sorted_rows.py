"""Rows in any order, sorted outside memory: runs that fit are sorted one by one, put aside in a temporary file without a
name, and merged as they are played. What is one run needs no file."""

import io
import os
import tempfile
import weakref
from collections.abc import Callable, Iterator
from heapq import merge
from itertools import islice

from server.marketdata.recordings.row_order import MOMENT
from server.marketdata.recordings.rows import PlacedRow

RUN = 20_000  # rows that are in memory at a time
PIECE = 8_192  # bytes of each run that are


class SortedRows:
    """Iterates over `rows` by their moments, as often as asked, also beside each other. Those of one moment come as they
    stood, or the other way round if the newest stood first. Raises OSError where there is no room to put them aside."""

    def __init__(
        self,
        rows: Iterator[PlacedRow],
        write: Callable[[PlacedRow], str],
        read: Callable[[list[str]], PlacedRow],
        newest_first: bool,
    ) -> None:
        self._read = read
        self._aside: io.FileIO | None = None
        self._runs: list[tuple[int, int]] = []  # where each begins and ends in the file; the one read last is not in it
        self._last: list[PlacedRow] = []
        self._newest_first = newest_first
        for run in self._sorted_runs(rows):
            if len(run) == RUN:
                self._put_aside("".join(map(write, run)).encode())
            else:
                self._last = run

    def __iter__(self) -> Iterator[PlacedRow]:
        runs = [*(self._taken(begin, end) for begin, end in self._runs), iter(self._last)]
        if self._newest_first:
            runs.reverse()
        return merge(*runs, key=MOMENT)

    def _sorted_runs(self, rows: Iterator[PlacedRow]) -> Iterator[list[PlacedRow]]:
        while run := list(islice(rows, RUN)):
            if self._newest_first:
                run.reverse()
            run.sort(key=MOMENT)
            yield run

    def _put_aside(self, data: bytes) -> None:
        if self._aside is None:
            self._aside = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - as long as it is read
            weakref.finalize(self, self._aside.close)
        begin = self._runs[-1][1] if self._runs else 0
        left = memoryview(data)
        while left:
            left = left[self._aside.write(left) :]
        self._runs.append((begin, begin + len(data)))

    def _taken(self, begin: int, end: int) -> Iterator[PlacedRow]:
        """One run, read where it stands: others read the same file elsewhere."""
        assert self._aside is not None  # it holds the runs
        rest = b""
        for place in range(begin, end, PIECE):
            piece = os.pread(self._aside.fileno(), min(PIECE, end - place), place)
            *lines, rest = (rest + piece).split(b"\n")
            for line in lines:
                yield self._read(line.decode().split(","))
