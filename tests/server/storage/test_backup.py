"""A copy of a database beside a running server: whole or not there, and another history from then on."""

import sqlite3
import tarfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from server.storage import errors
from server.storage.backup import back_up, existing_backend
from server.storage.database import open_database
from server.storage.journal.file import BYTES_AT_ONCE, Commit, JournalFile, path_beside
from server.storage.migrations import HEAD
from tests.contracts.journals import Asleep, at, event, events, of_orders, order
from tests.server.storage.journals import batch, left_behind, url_of
from tests.server.storage.test_database_opening import make


def test_backup_is_whole_and_begins_a_new_epoch_once(tmp_path: Path) -> None:
    """A copy taken beside a running server holds what was committed; served, it is another history, the same from then on."""
    path, copy = tmp_path / "tradeterm.db", tmp_path / "copy.db"
    database = open_database(url_of(path), "paper")
    database.journal.commit(events("ann", 1, 9))
    back_up(url_of(path), copy)
    database.journal.commit(events("ann", 10, 10))
    epoch = database.epoch
    database.close()
    assert copy.stat().st_mode & 0o077 == 0
    served = open_database(url_of(copy), "paper")
    assert [one.seq for one in served.history.events("ann", 0, 100)] == list(range(1, 10))
    assert served.epoch != epoch
    fresh = served.epoch
    served.close()
    again = open_database(url_of(copy), "paper")
    assert again.epoch == fresh
    again.close()
    original = open_database(url_of(path), "paper")
    assert original.epoch == epoch
    original.close()


def test_backup_replaces_no_file_and_leaves_none(tmp_path: Path) -> None:
    """A file that is there stays as it is; a copy that failed leaves nothing behind."""
    path, target = tmp_path / "tradeterm.db", tmp_path / "precious"
    make(path)
    target.write_text("precious")
    with pytest.raises(errors.DatabaseUnavailable, match="exists"):
        back_up(url_of(path), target)
    assert target.read_text() == "precious"
    with pytest.raises(errors.DatabaseUnavailable):
        back_up(url_of(path), tmp_path / "none" / "copy.db")
    with pytest.raises(errors.DatabaseUnavailable):
        back_up(url_of(tmp_path / "absent.db"), tmp_path / "copy.db")
    assert not [found for found in tmp_path.iterdir() if found.name.startswith(("copy", "absent", "precious."))]


def test_what_is_durable_and_not_in_the_tables_yet_is_in_the_copy(tmp_path: Path) -> None:
    """Orders and events alike, each once, as they are read from the running server."""
    path, copy = tmp_path / "tradeterm.db", tmp_path / "copy.db"
    database = open_database(url_of(path), "paper", start_projector=Asleep)
    for seq in range(1, 6):
        batch = of_orders(order(seq))
        batch.events = [event("ann", seq)]
        database.journal.commit(batch)
    back_up(url_of(path), copy)
    kept = database.history.events("ann", 0, 100), database.history.orders("ann").items
    database.close()
    served = open_database(url_of(copy), "paper")
    assert (served.history.events("ann", 0, 100), served.history.orders("ann").items) == kept
    assert len(kept[0]) == len(kept[1]) == 5
    served.close()


def test_only_a_file_that_is_there_is_copied(tmp_path: Path) -> None:
    """To ask makes no database; an empty file is none."""
    path = tmp_path / "tradeterm.db"
    with pytest.raises(errors.DatabaseUnavailable, match="no such file"):
        existing_backend(url_of(path))
    assert not path.exists()
    path.touch()
    with pytest.raises(errors.DatabaseUnavailable, match="no database"):
        existing_backend(url_of(path))
    make(path)
    assert existing_backend(url_of(path)).revision() is not None


def _lose(path: Path) -> None:
    path_beside(path).unlink()


def _shorten(path: Path) -> None:
    with closing(sqlite3.connect(path_beside(path), isolation_level=None)) as file:
        file.execute("DELETE FROM commits WHERE number > 2")


def _exchange(path: Path) -> None:
    left_behind(path.with_name("other.db"), 9)
    path_beside(path.with_name("other.db")).replace(path_beside(path))


@pytest.mark.parametrize("spoil", [_lose, _shorten, _exchange])
def test_a_copy_without_its_events_says_so(tmp_path: Path, spoil: Callable[[Path], None]) -> None:
    """Where the journal is missing, older than the tables, or another's, there are none that belong to them."""
    path, copy = tmp_path / "tradeterm.db", tmp_path / "copy.db"
    left_behind(path, 5)
    open_database(url_of(path), "paper").close()
    assert back_up(url_of(path), tmp_path / "sound.db") is None
    spoil(path)
    assert "the events of before are not in the copy" in (back_up(url_of(path), copy) or "")
    with closing(open_database(url_of(copy), "paper")) as served:
        assert [one.seq for one in served.history.events("ann", 0, 100)] == []
        assert len(served.history.orders("ann").items) == len(served.journal.load().orders) == 5


def _garble(path: Path) -> None:
    with closing(sqlite3.connect(path_beside(path), isolation_level=None)) as file:
        file.execute("UPDATE commits SET record = x'01' WHERE number = 2")


def _replace(path: Path) -> None:
    path_beside(path).unlink()
    with closing(sqlite3.connect(path_beside(path), isolation_level=None)) as file:
        file.execute("CREATE TABLE recipes (name TEXT)")


def _bar(path: Path) -> None:
    path_beside(path).unlink()
    path_beside(path).mkdir()


def _overwrite(path: Path) -> None:
    with path_beside(path).open("r+b") as file:
        file.seek(4_096 * 2)
        file.write(b"\xff" * 4_096)


def _scribble(path: Path) -> None:
    path_beside(path).write_bytes(b"dear diary\n" * 1_000)


@pytest.mark.parametrize(
    ("spoil", "word"),
    [
        (_garble, "a record that cannot be read"),
        (_replace, "is no journal"),
        (_bar, "the journal .* cannot be read: the database cannot be opened"),
        (_scribble, "the journal .* cannot be read: the database is damaged"),
        (_overwrite, r"tradeterm.* is damaged"),
    ],
)
def test_a_journal_that_cannot_be_read_is_refused(tmp_path: Path, spoil: Callable[[Path], None], word: str) -> None:
    """In a sentence, and no copy is left."""
    path, copy = tmp_path / "tradeterm.db", tmp_path / "copy.db"
    left_behind(path, 5)
    open_database(url_of(path), "paper").close()
    spoil(path)
    with pytest.raises(errors.DatabaseRefused, match=word):
        back_up(url_of(path), copy)
    assert not [found for found in tmp_path.iterdir() if found.name.startswith("copy")]


def test_events_that_are_let_go_of_meanwhile_leave_no_hole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the copy has is what follows the cut, without what came before it."""
    path, copy = tmp_path / "tradeterm.db", tmp_path / "copy.db"
    left_behind(path, 20)
    after, numbers = JournalFile.after, list[int]()
    with closing(open_database(url_of(path), "paper")) as database:

        def cut_then(self: JournalFile, number: int, at_most_bytes: int = BYTES_AT_ONCE) -> list[Commit]:
            """Small bites, and between two of them commits go."""
            found = after(self, number, 1)
            if len(numbers) == 5:
                monkeypatch.setattr(JournalFile, "after", after)
                assert not database.retention.step(at(13))
                database.journal.commit(batch(21))
                database.journal.commit(batch(22))
            numbers.append(number)
            return found

        monkeypatch.setattr(JournalFile, "after", cut_then)
        back_up(url_of(path), copy)
    with closing(open_database(url_of(copy), "paper")) as served:
        assert [one.seq for one in served.history.events("ann", 0, 100)] == [*range(13, 21)]


@pytest.mark.parametrize("name", ["before_the_journal", "events_in_rows"])
def test_a_database_of_the_version_before_is_copied(tmp_path: Path, name: str) -> None:
    """Whoever brings a new version in makes a copy first: it is of the new version's tables, and the old one stays as it is."""
    path, copy = tmp_path / "tradeterm.db", tmp_path / "copy.db"
    with tarfile.open(Path(__file__).with_name(f"{name}.tar.xz")) as archive:
        archive.extractall(tmp_path, filter="data")
    before = existing_backend(url_of(path)).revision()
    assert back_up(url_of(path), copy) is None
    assert existing_backend(url_of(path)).revision() == before
    assert existing_backend(url_of(copy)).revision() == HEAD
    with closing(open_database(url_of(path), "paper")) as old, closing(open_database(url_of(copy), "paper")) as served:
        assert served.history.all_events(0, 9_999) == old.history.all_events(0, 9_999) != []
        for account in old.journal.load().accounts:
            assert served.history.orders(account.account) == old.history.orders(account.account)


def test_a_database_of_a_later_version_is_not_copied(tmp_path: Path) -> None:
    """What it is made of nobody knows here."""
    path, copy = tmp_path / "tradeterm.db", tmp_path / "copy.db"
    make(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(errors.DatabaseNewer, match="later version"):
        back_up(url_of(path), copy)
    assert not [found for found in tmp_path.iterdir() if found.name.startswith("copy")]
