"""A journal in a file when the file fails it: what took place is found, what did not is written again, and no third thing.

The contract suite has what every journal does.
"""

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from server.ports import Batch, BatchRefused, DatabaseAway, JournalFailure, JournalRewound
from server.storage.database import Database, open_database
from server.storage.journal.file import Commit, JournalFile, path_beside
from server.storage.journal.file_journal import FileJournal
from server.storage.journal.kept import KeptRows
from server.storage.journal.numbering import Numbering
from tests.contracts.journals import Asleep, events, of_orders, order


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "desk.db"


@pytest.fixture
def database(path: Path) -> Iterator[Database]:
    opened = open_database(f"sqlite:///{path}", "paper")
    yield opened
    opened.close()


@pytest.fixture
def journal(database: Database) -> FileJournal:
    assert isinstance(database.journal, FileJournal)
    return database.journal


def failure(error_name: str) -> sqlite3.OperationalError:
    """As SQLite raises it."""
    error = sqlite3.OperationalError("it failed")
    error.sqlite_errorname = error_name
    return error


def held_up(monkeypatch: pytest.MonkeyPatch, *, afterwards: bool, error_name: str = "SQLITE_BUSY") -> None:
    """The next commit raises as SQLite does, before it is in the file or afterwards."""
    append = JournalFile.append

    def failing(file: JournalFile, commit: Commit, cut: int = 0) -> None:
        monkeypatch.setattr(JournalFile, "append", append)
        if afterwards:
            append(file, commit, cut)
        raise failure(error_name)

    monkeypatch.setattr(JournalFile, "append", failing)


def heads(journal: FileJournal) -> dict[str, int]:
    return {row.account: row.seq for row in journal.load().accounts}


def test_a_commit_in_doubt_that_took_place_is_found(journal: FileJournal, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not written again, and the next one follows it."""
    held_up(monkeypatch, afterwards=True)
    with pytest.raises(DatabaseAway):
        journal.commit(events("ann", 1, 2))
    assert journal.resume() is True
    journal.commit(events("ann", 3, 3))
    assert heads(journal) == {"ann": 3}


def test_a_commit_in_doubt_that_did_not_is_written_again(journal: FileJournal, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same batch, under the same numbers."""
    held_up(monkeypatch, afterwards=False)
    with pytest.raises(DatabaseAway):
        journal.commit(events("ann", 1, 2))
    assert journal.resume() is False
    journal.commit(events("ann", 1, 2))
    assert heads(journal) == {"ann": 2}


def test_a_journal_that_came_back_shorter_is_not_gone_on_with(
    journal: FileJournal, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody put an older copy in its place: whoever was told of the rest must not be told something else now."""
    journal.commit(events("ann", 1, 2))
    held_up(monkeypatch, afterwards=False)
    with pytest.raises(DatabaseAway):
        journal.commit(events("ann", 3, 3))
    with sqlite3.connect(path_beside(path)) as other:
        other.execute("DELETE FROM commits")
    other.close()
    with pytest.raises(JournalRewound):
        journal.resume()
    for batch in (events("ann", 3, 3), Batch()):
        with pytest.raises(JournalFailure):
            journal.commit(batch)


@pytest.mark.parametrize(("name", "words"), [("SQLITE_FULL", "the disk is full"), ("SQLITE_CORRUPT", "damaged")])
def test_what_does_not_pass_ends_it_in_a_sentence(
    journal: FileJournal, monkeypatch: pytest.MonkeyPatch, name: str, words: str
) -> None:
    """And it stays ended: memory may be ahead of it now."""
    held_up(monkeypatch, afterwards=False, error_name=name)
    with pytest.raises(JournalFailure, match=words):
        journal.commit(events("ann", 1, 1))
    with pytest.raises(JournalFailure, match=words):
        journal.commit(events("ann", 1, 1))
    assert heads(journal) == {}


def test_a_file_that_is_no_longer_there_ends_it(journal: FileJournal, path: Path) -> None:
    """What is written to it would be found by nobody."""
    journal.commit(events("ann", 1, 1))
    path_beside(path).unlink()
    with pytest.raises(JournalFailure):
        journal.commit(events("ann", 2, 2))


def test_what_cannot_be_written_is_refused_and_nothing_ends(journal: FileJournal) -> None:
    """It is the batch's own fault; the next one is taken."""
    with pytest.raises(BatchRefused):
        journal.commit(of_orders(order(1, symbol="\ud800")))
    journal.commit(of_orders(order(9)))
    assert [row.id for row in journal.load().orders] == ["o-9"]


def test_how_far_the_tables_are_behind_is_said_in_a_sentence(path: Path) -> None:
    """When that is further than they may be."""
    database = open_database(f"sqlite:///{path}", "paper", start_projector=Asleep)
    try:
        assert database.overdue(0) is None
        database.journal.commit(events("ann", 1, 100))
        assert database.behind().bytes > 0
        assert "behind the journal" in str(database.overdue(0))
        assert database.overdue(1e9) is None
    finally:
        database.close()


def test_a_file_is_not_waited_for_by_rule(journal: FileJournal) -> None:
    """Whether a commit goes to a thread is its pace's matter."""
    assert journal.is_remote is False


WHAT_IS_RAISED = [("SQLITE_BUSY", DatabaseAway), ("SQLITE_IOERR_READ", JournalFailure)]


@pytest.mark.parametrize(("error_name", "raised"), WHAT_IS_RAISED)
def test_a_look_for_what_is_there_that_fails_is_as_a_commit_that_does(
    journal: FileJournal, monkeypatch: pytest.MonkeyPatch, error_name: str, raised: type[Exception]
) -> None:
    """Nothing is written: what passes by itself is tried again, what does not ends the journal."""
    with monkeypatch.context() as failing:
        failing.setattr(KeptRows, "has_any_order", _raising(error_name))
        with pytest.raises(raised):
            journal.commit(of_orders(order(1)))
    if raised is DatabaseAway:
        journal.commit(of_orders(order(1)))
    else:
        with pytest.raises(JournalFailure, match="could not be written"):
            journal.commit(of_orders(order(2)))


@pytest.mark.parametrize(("error_name", "raised"), WHAT_IS_RAISED)
def test_a_file_that_cannot_be_opened_anew_yet_is_tried_again_or_ends_it(
    journal: FileJournal, monkeypatch: pytest.MonkeyPatch, error_name: str, raised: type[Exception]
) -> None:
    held_up(monkeypatch, afterwards=True)
    with pytest.raises(DatabaseAway):
        journal.commit(events("ann", 1, 2))
    with monkeypatch.context() as failing:
        failing.setattr(JournalFile, "reopen", _raising(error_name))
        with pytest.raises(raised):
            journal.resume()
    if raised is DatabaseAway:
        assert journal.resume() is True
    else:
        with pytest.raises(JournalFailure, match="could not be written"):
            journal.commit(events("ann", 3, 3))


def _raising(error_name: str) -> Callable[..., NoReturn]:
    def fail(*_: object) -> NoReturn:
        raise failure(error_name)

    return fail


@pytest.mark.parametrize("where", ["numbering", "record"])
def test_a_batch_that_cannot_be_made_a_record_is_refused_alone(
    journal: FileJournal, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the fault is: nothing of it is anywhere yet, and the journal goes on."""
    journal.commit(events("ann", 1, 1))

    def failing(*_: object) -> NoReturn:
        raise KeyError("a fault of ours")

    with monkeypatch.context() as patched:
        if where == "record":
            patched.setattr("server.storage.journal.file_journal.encoded", failing)
        else:
            patched.setattr(Numbering, "follow", failing)
        with pytest.raises(BatchRefused, match="a fault of ours"):
            journal.commit(events("ann", 2, 2))
    with pytest.raises(JournalFailure, match="does not follow"):
        journal.commit(events("ann", 3, 3))
    journal.commit(events("ann", 2, 2))
    assert heads(journal) == {"ann": 2}
