"""A journal that is the tables themselves: what is committed is in them at once. The contract suite has the rest."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from server.ports import JournalFailure, JournalRewound
from server.storage.backends.backend import DbConnection
from server.storage.backends.sqlite_file import SqliteFile
from server.storage.database import open_database
from server.storage.journal.kept import KeptRows
from server.storage.journal.table_journal import TableJournal
from server.storage.journal.unprojected import Unprojected
from tests.contracts.journals import events, of_orders, order
from tests.server.storage.journals import url_of


@pytest.fixture
def link(tmp_path: Path) -> Iterator[DbConnection]:
    path = tmp_path / "tradeterm.db"
    open_database(url_of(path), "paper").close()
    found = SqliteFile(path).link()
    yield found
    found.close()


def test_tables_are_never_behind(link: DbConnection) -> None:
    """There is nothing to bring them up to."""
    kept = KeptRows(link, Unprojected())
    journal = TableJournal(link, kept, "e")
    journal.commit(events("ann", 1, 2))
    journal.commit(of_orders(order(1)))
    assert kept.heads() == {"ann": 2}
    assert journal.find_order("ann", "c-1") == order(1)
    assert journal.is_remote


def test_journal_that_came_back_shorter_is_rewound(link: DbConnection) -> None:
    """Events that were told are not there any more: nothing goes on from memory."""
    journal = TableJournal(link, KeptRows(link, Unprojected()), "e")
    journal.commit(events("ann", 1, 2))
    link.connection.cursor().execute("DELETE FROM events WHERE seq = 2")
    with pytest.raises(JournalRewound):
        journal.resume()
    with pytest.raises(JournalFailure):
        journal.commit(events("ann", 3, 3))
