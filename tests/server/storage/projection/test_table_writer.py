"""Many commits in one transaction: of each row the last, nothing twice, and all of it or nothing."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from server.ports import RESET_TRADE, Batch
from server.storage.backends.wal_index import WalIndex
from server.storage.database import open_database
from server.storage.journal.file import CHECKPOINT_BYTES, Commit, companions, path_beside
from server.storage.journal.record import Numbered, encoded
from server.storage.journal.table_rows import RecordDamaged
from server.storage.projection.table_writer import tables_of
from server.storage.tables.facts import LAST_VENUE_TRADE
from tests.contracts.journals import Asleep, account, event, events, market, of_orders, order, position, trade
from tests.server.storage.journals import journal_of, left_behind, projection_of, url_of


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tradeterm.db"


def test_two_projectors_bring_nothing_twice(path: Path) -> None:
    """Whoever comes later with the same commits is told, and changes nothing."""
    left_behind(path, 3)
    commits = journal_of(path).after(0)
    first, second = projection_of(path), projection_of(path)
    assert first.write(commits, 0)
    assert not second.write(commits, 0)
    assert second.place() == 3
    assert second.write([_orders(4)], 3)
    assert not first.write(commits, 3 - 1)


def _orders(number: int) -> Commit:
    batch = of_orders(order(number))
    return Commit(number, 3, encoded(Numbered(batch, 3, 0, {f"o-{number}": number}, {f"o-{number}"})))


def test_row_that_changes_in_every_commit_is_there_as_it_was_last(path: Path) -> None:
    """With the number of its first commit, so that lists keep their order."""
    database = open_database(url_of(path), "paper")
    projection = projection_of(path)
    steps = [
        (Batch(orders={"o-1": order(1), "o-2": order(2)}, accounts={"ann": account("ann", 0, "1")}), {"o-1", "o-2"}),
        (Batch(orders={"o-1": order(1, status="filled")}, positions={"p-1": position(1)}), set[str]()),
        (Batch(positions={"p-1": position(1, quantity="0")}, markets={"X/Y": market("X/Y", "1")}), set[str]()),
        (Batch(accounts={"ann": account("ann", 0, "7")}, markets={"X/Y": market("X/Y", "2")}), set[str]()),
    ]
    numbers = {"o-1": 1, "o-2": 2}
    commits = [Commit(at, 0, encoded(Numbered(batch, 0, 0, numbers, new))) for at, (batch, new) in enumerate(steps, 1)]
    assert projection.write(commits, 0)
    state = database.journal.load()
    assert state.orders == [order(2)]
    assert state.positions == []
    assert state.accounts == [account("ann", 0, "7")]
    assert state.markets == [market("X/Y", "2")]
    assert database.history.orders("ann").items == [order(2).payload, order(1, status="filled").payload]
    database.close()


def test_the_venue_goes_on_from_its_own_last_trade(path: Path) -> None:
    """Whichever commit it was in; a trade that was made without the venue, by a reset, is none of its numbers."""
    open_database(url_of(path), "paper").close()
    projection = projection_of(path)
    made_here = replace(trade(3), venue_trade_id=f"{RESET_TRADE}x")
    batches = [
        Batch(trades=[trade(1), trade(2)]),
        Batch(trades=[made_here]),
        Batch(accounts={"ann": account("ann", 0)}),
    ]
    commits = [Commit(at, 0, encoded(Numbered(batch, 0, 3 * at, {}, set()))) for at, batch in enumerate(batches, 1)]
    assert projection.write(commits[:1], 0)
    assert projection.write(commits[1:], 1)
    with closing(sqlite3.connect(path)) as tables:
        (kept,) = tables.execute("select value from meta where name = ?", (LAST_VENUE_TRADE,)).fetchone()
    assert kept == trade(2).venue_trade_id


def test_transaction_that_fails_leaves_the_tables_as_they_were(path: Path) -> None:
    """A record that is none, or a row that does not fit: the place stays, and the next try finds it."""
    left_behind(path, 2)
    projection, commits = projection_of(path), journal_of(path).after(0)
    with pytest.raises(RecordDamaged):
        projection.write([*commits, Commit(3, 2, b"\x01nothing")], 0)
    doubled = Commit(3, 4, encoded(Numbered(events("ann", 1, 2), 0, 0, {}, set())))
    with pytest.raises(sqlite3.IntegrityError):
        projection.write([*commits, doubled], 0)
    assert projection.place() == 0
    assert projection.write(commits, 0)


def test_a_file_that_is_no_database_is_left_with_no_connection_open(path: Path) -> None:
    """The error is SQLite's own."""
    path.write_bytes(b"no database, but long enough to be looked at" * 100)
    with pytest.raises(sqlite3.DatabaseError):
        tables_of(path)
    assert path.read_bytes().startswith(b"no database")


def test_commits_with_a_hole_before_them_are_not_brought_in(path: Path) -> None:
    """Nothing is skipped for good: it is said, and the tables stay where they were."""
    left_behind(path, 3)
    commits, projection = journal_of(path).after(0), projection_of(path)
    with pytest.raises(RecordDamaged, match="commit 2 does not follow commit 0"):
        projection.write(commits[1:], 0)
    assert projection.place() == 0
    assert projection.write(commits, 0)


def test_the_journals_log_is_copied_by_who_follows_it(path: Path) -> None:
    """A server that is busy never has to do it within a commit."""
    database = open_database(url_of(path), "paper", start_projector=Asleep)
    with closing(journal_of(path)) as journal, closing(WalIndex(companions(path_beside(path))[1])) as log:
        projection = projection_of(path)
        for number in range(1, 4):
            many = [event("ann", number)._replace(data=b'{"n":%d}' % number + b" " * CHECKPOINT_BYTES)]
            database.journal.commit(Batch(events=many))
            assert projection.step(journal) == number
            state = log.state()
            assert state is not None
            assert state.copied == state.frames
    database.close()
