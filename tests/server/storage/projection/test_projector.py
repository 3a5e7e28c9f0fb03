"""The tables follow the journal by themselves, and go on when what was in the way is gone."""

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from server.ports import Behind
from server.storage.database import open_database
from server.storage.journal.file import JournalFile, path_beside
from server.storage.projection.table_writer import Projection
from tests.eventually import PATIENCE_S
from tests.server.storage.journals import batch, left_behind, projection_of, url_of


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tradeterm.db"


def test_tables_follow_by_themselves(path: Path) -> None:
    """Within a moment of each commit, and the memory of it is given up."""
    database = open_database(url_of(path), "paper")
    projection = projection_of(path)
    for number in (1, 2, 3):
        database.journal.commit(batch(number))
        until(lambda at=number: projection.place() == at)  # type: ignore[misc]
    until(lambda: database.behind() == Behind())
    assert database.projector is not None
    assert database.projector.trouble is None
    database.close()


def test_tables_that_somebody_holds_are_waited_for(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commits go on, what is asked is answered, the trouble is told, and then they catch up."""
    monkeypatch.setattr("server.storage.projection.table_writer.PATIENCE_S", 0.05)
    database = open_database(url_of(path), "paper")
    assert database.projector is not None
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        for number in (1, 2, 3):
            database.journal.commit(batch(number))
        until(lambda: database.projector is not None and database.projector.trouble is not None)
        assert [one.seq for one in database.history.events("ann", 0, 9)] == [1, 2, 3]
        assert database.journal.find_order("ann", "c-2") is not None
        assert database.behind().commits == 3
        other.execute("ROLLBACK")
    until(lambda: database.behind() == Behind())
    assert database.projector.trouble is None
    database.close()


def test_record_that_cannot_be_read_is_told_and_the_journal_goes_on(path: Path) -> None:
    """Nothing behind it is brought in: the tables are never a view of something else."""
    left_behind(path, 1)
    database = open_database(url_of(path), "paper")
    with closing(sqlite3.connect(path_beside(path), isolation_level=None)) as journal:
        journal.execute("INSERT INTO commits VALUES (2, 2, x'00')")
    assert database.projector is not None
    database.projector.wake()
    until(lambda: database.projector is not None and database.projector.trouble is not None)
    assert projection_of(path).place() == 1
    database.close()


def test_end_brings_in_the_rest(path: Path) -> None:
    """A database that was closed is whole in its tables alone."""
    database = open_database(url_of(path), "paper")
    for number in range(1, 30):
        database.journal.commit(batch(number))
    database.close()
    assert projection_of(path).place() == 29


def test_whatever_goes_wrong_is_told_and_tried_again(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Too little memory, or a fault of ours: without its thread the tables would stay where they are until a restart."""
    step, failed = Projection.step, [MemoryError(), RuntimeError("a fault of ours")]

    def failing(self: Projection, journal: JournalFile) -> int | None:
        if failed:
            raise failed.pop()
        return step(self, journal)

    monkeypatch.setattr("server.storage.projection.projector.AGAIN_S", 0.01)
    with capture_logs() as said, closing(open_database(url_of(path), "paper")) as database:
        monkeypatch.setattr(Projection, "step", failing)
        database.journal.commit(batch(1))
        until(lambda: database.behind() == Behind())
    assert [one["why"] for one in said if "why" in one] == ["a fault of ours", "MemoryError"]


def test_what_fails_behind_a_transaction_keeps_nothing_back(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tables have it, and nothing is committed any more: the memory of it is given up all the same."""
    step, failed = Projection.step, list[int | None]()

    def failing(self: Projection, journal: JournalFile) -> int | None:
        place = step(self, journal)
        if place is not None and not failed:
            failed.append(place)
            raise MemoryError
        return place

    monkeypatch.setattr("server.storage.projection.projector.AGAIN_S", 0.01)
    with closing(open_database(url_of(path), "paper")) as database:
        monkeypatch.setattr(Projection, "step", failing)
        database.journal.commit(batch(1))
        until(lambda: bool(failed) and database.behind() == Behind())
