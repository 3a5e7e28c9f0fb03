"""A start brings the tables up to the journal before anything is loaded, whatever the last server left."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from server.storage.database import open_database
from server.storage.errors import DatabaseDamaged
from server.storage.journal.file import path_beside
from tests.contracts.journals import account, order
from tests.server.storage.journals import batch, left_behind, projection_of, url_of


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tradeterm.db"


def test_start_projects_the_rest_and_then_loads(path: Path) -> None:
    """Nothing of five commits was in the tables: all of it is there, once, and the next one follows."""
    epoch = left_behind(path, 5)
    assert projection_of(path).place() == 0
    database = open_database(url_of(path), "paper")
    assert projection_of(path).place() == 5
    state = database.journal.load()
    assert state.orders == [order(number) for number in range(1, 6)]
    assert state.accounts == [account("ann", 5)]
    assert [one.seq for one in database.history.events("ann", 0, 99)] == [1, 2, 3, 4, 5]
    assert database.epoch == epoch
    database.journal.commit(batch(6))
    database.close()
    assert projection_of(path).place() == 6


def test_start_goes_on_where_the_tables_are(path: Path) -> None:
    """Some of it was projected, some not, over several starts."""
    for _ in range(3):
        left_behind(path, 2)
        open_database(url_of(path), "paper").close()
        left_behind(path, 1)
    database = open_database(url_of(path), "paper")
    assert [one.cursor for one in database.history.all_events(0, 99)] == list(range(1, 10))
    assert len(database.journal.load().orders) == 9
    database.close()


def test_record_that_cannot_be_read_stops_the_start_and_nothing_is_lost(path: Path) -> None:
    """One sentence that names the journal; the tables stay as they were."""
    left_behind(path, 2)
    with closing(sqlite3.connect(path_beside(path), isolation_level=None)) as journal:
        journal.execute("UPDATE commits SET record = x'0102' WHERE number = 2")
    with pytest.raises(DatabaseDamaged, match=r"tradeterm\.db\.journal"):
        open_database(url_of(path), "paper")
    assert projection_of(path).place() == 0
