"""Brings recorded rows in the order of their times, holding a bounded number of them.

Published files are not always in order: rows trade places, months are joined the wrong way round or shuffled into each
other, a row stands a year from its neighbours. So rows are sorted within a window, and what is more than a day apart is
another piece: a piece is played to its end before the next one begins. A piece of hardly any rows beside a larger one
is strays, and a row that comes when its place has been played is late; both are left out and counted.
"""

from bisect import bisect_left
from collections.abc import Iterator
from itertools import islice, pairwise
from operator import itemgetter
from typing import Any, Generic, TypeVar

Row = TypeVar("Row", bound=tuple[Any, ...])

APART_S = 86_400.0
WINDOW = 2_000  # how many rows a row may be from its place
BATCH = 500  # rows that are read at a time
MOST_HELD = 20_000  # beyond that, rows of other pieces than the one that plays are left out
STRAYS = 3  # a piece of so many rows or fewer, beside one that is as many times as large
TIME = itemgetter(0)


class InOrder(Generic[Row]):
    """Iterates over `rows` by their first value, a time in seconds. `left_out` counts those that are not played."""

    def __init__(self, rows: Iterator[Row]) -> None:
        self._rows = rows
        self._held: list[Row] = []  # by time; equal times as they stand in the file
        self._read_all = False
        self._played: float | None = None  # where the piece that plays has come to; None between two pieces
        self._piece = self._largest = 0  # rows of the piece that plays, and of the largest one so far
        self.left_out = 0

    def __iter__(self) -> Iterator[Row]:
        while True:
            unsettled = self._fill()
            begin, end = self._current()
            if begin < end:
                yield from self._take(begin, max(begin, end - unsettled))
            elif self._held:
                self._choose()
            elif self._read_all:
                return

    def _fill(self) -> int:
        """Read until the current piece has a window of rows and a batch to play, or has no more.

        Returns how many of its rows may yet have to let others go first.
        """
        fruitless = 0
        while not self._read_all and fruitless < WINDOW:
            count = self._count()
            if count >= WINDOW + BATCH:
                return WINDOW
            self._read()
            fruitless = fruitless + BATCH if self._count() == count else 0
        return 0

    def _read(self) -> None:
        fresh = list(islice(self._rows, BATCH))
        self._read_all = len(fresh) < BATCH
        self._held += fresh
        self._held.sort(key=TIME)
        if self._played is not None:
            self._leave_out(self._place(self._played - APART_S), self._place(self._played))
        over = len(self._held) - MOST_HELD
        if over > 0:
            begin, end = self._current()
            ahead = len(self._held) - end
            self._leave_out(len(self._held) - min(over, ahead), len(self._held))
            self._leave_out(0, min(begin, over - min(over, ahead)))

    def _current(self) -> tuple[int, int]:
        """Where in what is held the piece that plays begins and ends."""
        if self._played is None:
            return 0, 0
        begin, held = self._place(self._played), self._held
        return (begin, begin + _length(held, begin, self._played)) if begin < len(held) else (begin, begin)

    def _count(self) -> int:
        begin, end = self._current()
        return end - begin

    def _take(self, begin: int, end: int) -> list[Row]:
        rows = self._held[begin:end]
        del self._held[begin:end]
        self._played = rows[-1][0]
        self._piece += len(rows)
        return rows

    def _choose(self) -> None:
        """Go to the earliest piece that is none of strays."""
        self._largest, self._piece = max(self._largest, self._piece), 0
        starts = [0, *(place for place, (one, two) in enumerate(pairwise(self._held), 1) if two[0] - one[0] > APART_S)]
        sizes = [end - start for start, end in pairwise([*starts, len(self._held)])]
        largest = max(self._largest, *sizes)
        for start, size in zip(starts, sizes, strict=True):
            if size > STRAYS or size * STRAYS > largest:
                self._played = self._held[start][0]
                self._leave_out(0, start)
                return
        self._played = None
        self._leave_out(0, len(self._held))

    def _place(self, time: float) -> int:
        return bisect_left(self._held, time, key=TIME)

    def _leave_out(self, begin: int, end: int) -> None:
        self.left_out += max(0, end - begin)
        del self._held[begin:end]


def _length(rows: list[Any], begin: int, before: float) -> int:
    """How many rows from `begin` on follow each other, and `before`, within a day."""
    if rows[-1][0] - before <= APART_S:
        return len(rows) - begin
    for place in range(begin, len(rows)):
        if rows[place][0] - before > APART_S:
            return place - begin
        before = rows[place][0]
    return len(rows) - begin
