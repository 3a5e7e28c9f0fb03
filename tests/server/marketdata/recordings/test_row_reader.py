"""Rows as they stand in a file, read in one go or in parts, with what changes on the way."""

import csv
from io import StringIO

from server.marketdata.recordings.layouts import layout_of
from server.marketdata.recordings.row_reader import LONGEST_RUN, RowReader, columns
from server.marketdata.recordings.rows import time_reader


def read_by(first: str) -> RowReader[float]:
    return RowReader(layout_of(first.split(",")), time_reader)


def test_it_goes_on_in_parts_as_it_was() -> None:
    """The layout that came last is that of the next part, and what could not be read is counted over all of them."""
    reader = read_by("time,price,quantity,side")
    parts = [
        ["1767657600,45000,1,buy", "nothing"],
        ["side,time", '"side","price","time","qty"'],
        ["sell,1,1767657601,1"],
    ]
    found = [list(reader.read(csv.reader(part, quoting=csv.QUOTE_NONE))) for part in parts]
    assert found == [[1_767_657_600.0], [], [1_767_657_601.0]]
    assert (reader.unreadable, reader.ends_early) == (2, "")


def test_a_run_of_rows_that_are_none_ends_it() -> None:
    """Blank ones do not count as rows, but nobody reads a million of them either; one that can be read begins anew."""
    for none in (["x"], []):
        reader = read_by("1767657600,45000,1,buy")
        good = ["1767657600", "45000", "1", "buy"]
        rows = [good, *[none] * LONGEST_RUN, good, *[none] * (LONGEST_RUN + 1), good]
        assert len(list(reader.read(rows))) == 2
        assert str(LONGEST_RUN) in reader.ends_early


def test_columns_are_cut_as_the_first_line_that_says_something_tells() -> None:
    """Blank lines before it say nothing; an empty text has no columns."""
    assert list(columns(StringIO("\n \n1;2,5;3\n4;5;6\n"))) == [["1", "2,5", "3"], ["4", "5", "6"]]
    assert [row for row in columns(StringIO("")) if row] == []
