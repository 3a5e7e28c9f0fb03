"""Reads a recording's rows as they stand in the file, whatever changes on the way: headers come again, files with other
columns are joined, values have quotation marks, some rows are none, and a download breaks off."""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import chain
from typing import IO, Generic, TypeVar

from server.marketdata.recordings.layouts import ROUND, Layout, UnknownLayout, delimiter_of, layout_of
from server.marketdata.recordings.packed_files import BROKEN, LineTooLong
from server.marketdata.recordings.rows import UNREADABLE

Value = TypeVar("Value")
Read = Callable[[Sequence[str]], Value]

LONGEST_RUN = 20_000  # rows without one that can be read: the rest of the file is something else
BLANK = ROUND + "\r\n\t"
ENDS_IT = (csv.Error, LineTooLong, *BROKEN)


class RowReader(Generic[Value]):
    """Reads each row by `reading(layout)`, from the first layout on. `unreadable` counts the rows that are none, blank
    ones aside; `ends_early` says why it went no further than it did, empty where it has read all."""

    def __init__(self, layout: Layout, reading: Callable[[Layout], Read[Value]]) -> None:
        self._first, self._reading = layout, reading
        self.layout, self.read_row = layout, reading(layout)  # of the rows that are read now
        self._run = 0
        self.unreadable = 0
        self.ends_early = ""

    def read(self, rows: Iterable[Sequence[str]]) -> Iterator[Value]:
        """The value of each row that has one. A file that breaks off ends there; one read in parts goes on as it was."""
        try:
            for row in rows:
                try:
                    value = self.read_row(row)
                except UNREADABLE:
                    yield from self._look_again(row)
                    if self._run > LONGEST_RUN:
                        self.ends_early = f"none of {LONGEST_RUN} rows can be read"
                        return
                else:
                    self._run = 0
                    yield value
        except ENDS_IT as error:
            self.ends_early = reason(error)

    def _look_again(self, row: Sequence[str]) -> list[Value]:
        """What a row is that does not read as those before it: one with quotes round it, a header, or the first of
        another layout. Its value, if it has any; one that is none counts unless it is blank."""
        plain = cleaned(row)
        self._run += 1
        if not any(plain):
            return []
        if plain != row:
            with suppress(*UNREADABLE):
                return self._found(self.read_row(plain))
        layout = self._other_layout(plain)
        if layout is not None:
            read = self._reading(layout)
            with suppress(*UNREADABLE):
                values = self._found() if layout.has_header else self._found(read(plain))
                self.layout, self.read_row = layout, read
                return values
        self.unreadable += 1
        return []

    def _found(self, *values: Value) -> list[Value]:
        self._run = 0
        return [*values]

    def _other_layout(self, row: Sequence[str]) -> Layout | None:
        """Of the same kind. Columns that have names are not taken for others by their shape."""
        try:
            layout = layout_of(row)
        except UnknownLayout:
            return None
        can_follow = layout.has_header or not self._first.has_header
        return layout if can_follow and layout.kind is self._first.kind else None


def first_line(text: IO[str]) -> str:
    """The first one that is not blank; empty at the end of the text."""
    return next((line for line in text if line.strip(BLANK)), "")


def columns(text: IO[str]) -> Iterator[list[str]]:
    """Every line in columns; what stands between them is told by the first one."""
    first = first_line(text)
    yield from csv.reader(chain([first], text), delimiter=delimiter_of(first), quoting=csv.QUOTE_NONE)


def cleaned(row: Sequence[str]) -> list[str]:
    """Without what stands round the values and means nothing."""
    return [value.strip(ROUND) for value in row]


def reason(error: Exception) -> str:
    """Why a file cannot be read, without its path."""
    return str(getattr(error, "strerror", None) or error) or type(error).__name__
