"""A SQLite database whose journal is ahead of its tables, for the tests of what brings them together."""

from pathlib import Path

from server.ports import Batch
from server.storage.backends.sqlite_file import SqliteFile
from server.storage.database import open_database
from server.storage.file_serving import projection_on
from server.storage.journal.file import JournalFile, path_beside
from server.storage.projection.table_writer import Projection
from tests.contracts.journals import Asleep, account, event, order


def url_of(path: Path) -> str:
    return f"sqlite:///{path}"


def batch(number: int) -> Batch:
    """Commit `number` of ann's: an event, an order, and the account."""
    one = order(number)
    return Batch(events=[event("ann", number)], orders={one.id: one}, accounts={"ann": account("ann", number)})


def left_behind(path: Path, commits: int) -> str:
    """A database whose tables have none of so many commits, as a server leaves it that is killed; its epoch."""
    database = open_database(url_of(path), "paper", start_projector=Asleep)
    start = database.history.head_cursor()
    for number in range(start + 1, start + 1 + commits):
        database.journal.commit(batch(number))
    database.close()
    return database.epoch


def projection_of(path: Path) -> Projection:
    return projection_on(SqliteFile(path).link())


def journal_of(path: Path) -> JournalFile:
    return JournalFile(path_beside(path), 1)
