"""The times of a recording's rows, read much faster than the rows: for who only asks in which order they stand."""

import csv
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from server.marketdata.recordings.layouts import Layout, delimiter_of
from server.marketdata.recordings.packed_files import texts
from server.marketdata.recordings.row_reader import ENDS_IT, RowReader, first_line
from server.marketdata.recordings.rows import UNREADABLE, seconds, time_reader

BLOCK = 262_144  # characters that are looked at together


def times_in(path: Path, layout: Layout) -> Iterator[list[float]]:
    """The times as they stand, block by block, to where the file ends or breaks off. Among them may be those of rows
    that turn out to be none."""
    reader = RowReader(layout, time_reader)
    with suppress(*ENDS_IT):
        for text in texts(path):
            first = first_line(text)
            lines = [first, *text.readlines(BLOCK)]
            while any(lines) and not reader.ends_early:
                yield _times(lines, delimiter_of(first), reader)
                lines = text.readlines(BLOCK)


def _times(lines: list[str], delimiter: str, reader: RowReader[float]) -> list[float]:
    with suppress(*UNREADABLE):
        times = _texts(lines, delimiter, reader)
        if times:
            return list(map(seconds, times))
    return list(reader.read(csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE)))


def _texts(lines: list[str], delimiter: str, reader: RowReader[float]) -> list[str]:
    """Those of lines that all look like the first, which is one of the rows that are read now: as many columns, times of
    one length. Nothing if they do not. Raises UNREADABLE."""
    reader.read_row(lines[0].rstrip("\r\n").split(delimiter))
    column = reader.layout.columns[0]
    times = [line.split(delimiter, column + 1)[column] for line in lines]
    columns, lengths = {line.count(delimiter) for line in lines}, set(map(len, times))
    return times if len(columns) == len(lengths) == 1 else []
