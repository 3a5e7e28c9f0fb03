"""Leaves out of rows in order what makes no sense in a market: a row or two days from all others, and one said twice."""

from collections.abc import Iterator
from typing import Any, TypeVar

from server.marketdata.recordings.row_order import LeftOut
from server.marketdata.recordings.rows import UNNUMBERED, PlacedRow

Placed = TypeVar("Placed", bound=tuple[Any, ...])  # begins with its time

APART_S = 86_400.0  # rows that are further apart belong to two pieces
STRAYS = 3  # a piece of so many rows or fewer, beside one that is as many times as large
SURELY_NONE = STRAYS * STRAYS  # rows of a piece that is no stray whatever else there is
MOST_PIECES = 1_000  # small ones that wait for a larger one: so many are the market


def once_each(rows: Iterator[PlacedRow], left_out: LeftOut) -> Iterator[PlacedRow]:
    """Files that overlap say a row twice: of one moment, one number, and the same in all."""
    before: PlacedRow | None = None
    for row in rows:
        if row == before and row[1] != UNNUMBERED:
            left_out.repeated += 1
            continue
        before = row
        yield row


def without_strays(rows: Iterator[Placed], left_out: LeftOut) -> Iterator[Placed]:
    """The rows but for small pieces beside a larger one, which wrong times make. Few of them are held."""
    waiting: list[list[Placed]] = []  # pieces that may be strays, the last of them being read
    largest, is_sure = 0, False
    last: float | None = None
    for row in rows:
        if last is None or row[0] - last > APART_S:
            waiting.append([])
            is_sure = False
        last = row[0]
        if is_sure:
            yield row
            continue
        waiting[-1].append(row)
        enough = SURELY_NONE if largest < SURELY_NONE else STRAYS + 1
        if len(waiting[-1]) == enough or len(waiting) == MOST_PIECES:
            largest = _largest(largest, waiting)
            yield from _sensible(waiting, largest, left_out)
            waiting, is_sure = [], True
    yield from _sensible(waiting, _largest(largest, waiting), left_out)


def _largest(known: int, pieces: list[list[Placed]]) -> int:
    return max(known, *map(len, pieces), 0)


def _sensible(pieces: list[list[Placed]], largest: int, left_out: LeftOut) -> Iterator[Placed]:
    for piece in pieces:
        if len(piece) > STRAYS or len(piece) * STRAYS > largest:
            yield from piece
        else:
            left_out.out_of_line += len(piece)
