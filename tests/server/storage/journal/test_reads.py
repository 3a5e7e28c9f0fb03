"""Payloads and commits out of a journal's file while somebody else appends to it."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.storage.journal.file import Commit, JournalFile, make_journal
from server.storage.journal.reads import WHOLE_BYTES, JournalReads


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "some.journal"
    make_journal(found)
    return found


@pytest.fixture
def written(path: Path) -> Iterator[JournalFile]:
    file = JournalFile(path)
    yield file
    file.close()


@pytest.fixture
def reads(path: Path) -> Iterator[JournalReads]:
    opened = JournalReads(path, 1)
    yield opened
    opened.close()


@pytest.mark.parametrize("size", [20, WHOLE_BYTES, WHOLE_BYTES + 1, 40 * WHOLE_BYTES])
def test_payloads_are_what_stands_at_their_places(written: JournalFile, reads: JournalReads, size: int) -> None:
    """In a record of any length, and at its end; an account's few in what many share too."""
    record = bytes(number % 251 for number in range(size))
    written.append(Commit(1, 1, record))
    places = [(1, "a", 0, 3), (2, "b", size - 7, 7)]
    assert reads.payloads(1, places) == [record[:3], record[-7:]]


def test_commit_that_is_not_there_has_no_payloads(written: JournalFile, reads: JournalReads) -> None:
    assert reads.payloads(1, [(1, "a", 0, 3)]) is None
    written.append(Commit(1, 1, b"abc"))
    assert reads.payloads(1, [(1, "a", 0, 3)]) == [b"abc"]


@pytest.mark.parametrize("first", [1, 40], ids=["whole", "begins later"])
def test_commits_behind_a_cursor(written: JournalFile, reads: JournalReads, first: int) -> None:
    """From the one that has the next event on; one without events ends where the one before it did."""
    assert list(reads.after(0)) == []
    ends = [3, 3, 4, 10, 10, 11]
    for number, cursor in enumerate(ends, first):
        written.append(Commit(number, cursor, b"r"))
    for cursor in range(13):
        found = [commit.number - first for commit in reads.after(cursor)]
        assert found == [at for at, end in enumerate(ends) if at >= _first_behind(ends, cursor)]


def _first_behind(ends: list[int], cursor: int) -> int:
    return next((at for at, end in enumerate(ends) if end > cursor), len(ends))


def test_no_look_walks_through_the_journal(written: JournalFile, reads: JournalReads) -> None:
    """Wherever a page begins, whatever the number of commits."""
    for number in range(1, 40):
        written.append(Commit(number, number, b"r"))
    asked: list[str] = []
    reads._connection.set_trace_callback(asked.append)
    assert next(reads.after(30)).number == 31
    reads.payloads(7, [(7, "a", 0, 1)])
    reads._connection.set_trace_callback(None)
    plans = [row[3] for one in asked for row in reads._connection.execute(f"EXPLAIN QUERY PLAN {one}")]
    walked = [plan for plan in plans if plan.startswith("SCAN") and "CONSTANT" not in plan]
    assert plans
    assert walked == []


def test_nothing_is_written_by_it(written: JournalFile, reads: JournalReads) -> None:
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        reads._connection.execute("DELETE FROM commits")
