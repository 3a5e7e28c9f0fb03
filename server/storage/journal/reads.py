"""Events read out of the journal's file, beside whoever appends to it: payloads by their places, and commits by a cursor."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Final

from server.storage.journal.event_places import EventPlace
from server.storage.journal.file import Commit

# A record up to here is read whole; of a longer one, which many accounts share, only what is wanted.
WHOLE_BYTES: Final = 65_536

_SMALL: Final = "SELECT CASE WHEN length(record) <= ? THEN record END FROM commits WHERE number = ?"
# Each end for itself: asked for both at once, SQLite walks through all of them.
_ENDS: Final = "SELECT (SELECT min(number) FROM commits), (SELECT max(number) FROM commits)"
_CURSOR: Final = "SELECT cursor FROM commits WHERE number = ?"
_FROM: Final = "SELECT number, cursor, record FROM commits WHERE number >= ? ORDER BY number"


class JournalReads:
    """A connection that writes nothing. Raises sqlite3.Error."""

    def __init__(self, path: Path, patience_s: float) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None, timeout=patience_s, check_same_thread=False)
        try:
            self._connection.execute("PRAGMA query_only = 1")
        except BaseException:
            self._connection.close()
            raise

    def payloads(self, number: int, places: Sequence[EventPlace]) -> list[bytes] | None:
        """What stands at these places of a commit; None where the journal no longer has it."""
        if not places:
            return []
        if places[-1][2] < WHOLE_BYTES:
            row = self._connection.execute(_SMALL, (WHOLE_BYTES, number)).fetchone()
            if row is None:
                return None
            record = row[0]
            if record is not None:
                return [record[start : start + length] for _, _, start, length in places]
        return self._stretches(number, places)

    def _stretches(self, number: int, places: Sequence[EventPlace]) -> list[bytes] | None:
        try:
            with self._connection.blobopen("commits", "record", number, readonly=True) as blob:
                return _parts(blob, places)
        except sqlite3.OperationalError:
            if self._connection.execute(_CURSOR, (number,)).fetchone() is None:
                return None  # it was cut just now
            raise

    def after(self, cursor: int) -> Iterator[Commit]:
        """The commits with the events behind a cursor, from the oldest that there is on."""
        number = self._first_behind(cursor)
        if number is not None:
            with closing(self._connection.execute(_FROM, (number,))) as rows:
                for row in rows:
                    yield Commit(*row)

    def close(self) -> None:
        self._connection.close()

    def _first_behind(self, cursor: int) -> int | None:
        """The number of the first commit that ends behind it: numbers have no holes, and cursors rise with them."""
        low, high = self._connection.execute(_ENDS).fetchone()
        if low is None or self._cursor(high) <= cursor:
            return None
        while low < high:
            middle = (low + high) // 2
            if self._cursor(middle) <= cursor:
                low = middle + 1
            else:
                high = middle
        return int(low)

    def _cursor(self, number: int) -> int:
        # One that is gone was cut meanwhile, and so stands before whatever is left.
        return int((self._connection.execute(_CURSOR, (number,)).fetchone() or (0,))[0])


def _parts(blob: sqlite3.Blob, places: Sequence[EventPlace]) -> list[bytes]:
    """What stands side by side is read at once."""
    stretches: list[list[int]] = []
    for _, _, start, length in places:
        if stretches and stretches[-1][1] == start:
            stretches[-1][1] += length
        else:
            stretches.append([start, start + length])
    found = []
    for start, end in stretches:
        blob.seek(start)
        found.append(blob.read(end - start))
    joined, ends = b"".join(found), list(accumulate(place[3] for place in places))
    return [joined[begin:end] for begin, end in pairwise((0, *ends))]
