"""Which order a recording's rows stand in, and rows that are nearly in order put in it.

Published files are not always in order: rows trade places, months are joined the wrong way round or shuffled into each
other, whole files are written newest first. What is out of order by no more than a window is put right as it is read;
`sorted_rows` takes the rest.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum, auto
from itertools import islice
from operator import gt, itemgetter, lt
from typing import Any, TypeVar

Placed = TypeVar("Placed", bound=tuple[Any, ...])  # begins with its time and its number among those of one time

WINDOW = 2_000  # how many rows a row may be from its place
BATCH = 500  # rows that are read at a time
# Rows that turn out to be none move the batches: what is nearly in order must be so by more than a batch.
SURELY = WINDOW - BATCH
TIME, MOMENT = itemgetter(0), itemgetter(0, 1)


class RowOrder(Enum):
    NEARLY = auto()  # oldest first, but for rows within the window
    NEWEST_FIRST = auto()
    NONE = auto()


@dataclass(slots=True)
class LeftOut:
    """How many rows are not played: `out_of_line`, days from any neighbour or late, and `repeated`, said twice."""

    out_of_line: int = 0
    repeated: int = 0


def order_of(blocks: Iterable[list[float]]) -> RowOrder:
    """The order of rows with these times, in blocks as they stand. Reads no further than it needs.

    Rows of one time that have no number are played as they stand, so that a file written backwards is told from others.
    """
    held: list[float] = []
    passed, rises, falls = float("-inf"), 0, 0
    last: list[float] = []  # of the block before
    for block in blocks:
        joined = last + block
        rises += sum(map(lt, joined, joined[1:]))
        falls += sum(map(gt, joined, joined[1:]))
        last = joined[-1:]
        for begin in range(0, len(block), BATCH):
            held += block[begin : begin + BATCH]
            held.sort()
            if held[0] < passed:
                return _disorder(rises, falls)
            passed = held[-SURELY - 1] if len(held) > SURELY else passed
            del held[:-SURELY]
    return RowOrder.NEARLY if _disorder(rises, falls) is RowOrder.NONE else RowOrder.NEWEST_FIRST


def _disorder(rises: int, falls: int) -> RowOrder:
    return RowOrder.NEWEST_FIRST if falls > 2 * rises else RowOrder.NONE


def in_order(rows: Iterator[Placed], left_out: LeftOut) -> Iterator[Placed]:
    """The rows by their moments, those of one moment as they stand, holding no more of them than a window and a batch.
    One that comes when its time has been passed is late: it is left out."""
    held: list[Placed] = []
    passed = float("-inf")
    while fresh := list(islice(rows, BATCH)):
        held = _merged(held, fresh)
        late = bisect_left(held, passed, key=TIME)
        left_out.out_of_line += late
        end = max(late, len(held) - WINDOW)
        passed = held[end - 1][0] if end > late else passed
        yield from held[late:end]
        del held[:end]
    yield from held


def _merged(held: list[Placed], fresh: list[Placed]) -> list[Placed]:
    fresh.sort(key=MOMENT)
    is_behind = not held or MOMENT(held[-1]) <= MOMENT(fresh[0])
    held += fresh
    if not is_behind:
        held.sort(key=MOMENT)
    return held
