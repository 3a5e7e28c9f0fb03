"""Which databases are refused, and that a refusal touches nothing."""

import hashlib
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from server.storage import errors
from server.storage.database import open_database, open_users, upgrade
from server.storage.journal.file import path_beside
from tests.contracts.journals import START, account, events, of_orders, order
from tradeterm.protocol.vocabulary import Role

Spoil = Callable[[Path], None]


def url_of(path: Path) -> str:
    return f"sqlite:///{path}"


def make(path: Path, orders: int = 200) -> str:
    """A sound database with some history; its epoch."""
    database = open_database(url_of(path), "paper")
    database.journal.commit(events("ann", 1, 50))
    database.journal.commit(of_orders(*(order(number) for number in range(orders))))
    epoch = database.epoch
    database.close()
    return epoch


def print_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def execute(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(statement)


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size * 2 // 3)


def overwrite(path: Path) -> None:
    with path.open("r+b") as file:
        for page in range(2, path.stat().st_size // 4096 - 1):
            file.seek(page * 4096)
            file.write(b"\xff" * 2000)


def no_database(path: Path) -> None:
    path.write_bytes(b"a letter to my aunt\n" * 500)


def newer(path: Path) -> None:
    execute(path, "UPDATE alembic_version SET version_num = '9999'")


def foreign(path: Path) -> None:
    path.unlink()
    execute(path, "CREATE TABLE recipes (name TEXT)")


REFUSED: list[tuple[Spoil, type[errors.DatabaseRefused], str]] = [
    (cut, errors.DatabaseDamaged, "damaged"),
    (overwrite, errors.DatabaseDamaged, "damaged"),
    (no_database, errors.DatabaseDamaged, "no whole SQLite file"),
    (newer, errors.DatabaseNewer, "later version"),
    (foreign, errors.DatabaseForeign, "not one of tradeterm's"),
]


@pytest.mark.parametrize(("spoil", "kind", "word"), REFUSED, ids=[case[0].__name__ for case in REFUSED])
def test_database_that_is_not_ours_to_use_is_refused_untouched(
    tmp_path: Path, spoil: Spoil, kind: type[errors.DatabaseRefused], word: str
) -> None:
    """Damaged, newer or foreign: one sentence names the file, and not a byte of it has changed."""
    path = tmp_path / "tradeterm.db"
    make(path)
    spoil(path)
    before = print_of(path)
    with pytest.raises(kind, match=word) as refusal:
        open_database(url_of(path), "paper")
    assert "\n" not in str(refusal.value)
    assert print_of(path) == before


def test_a_damaged_journal_is_refused_in_one_line(tmp_path: Path) -> None:
    """What SQLite's check says of it stands in several."""
    path = tmp_path / "tradeterm.db"
    make(path)
    beside = path_beside(path)
    os.truncate(beside, 2 * 4_096)
    with beside.open("r+b") as file:  # as long as its head says
        file.truncate(beside.stat().st_size * 3)
        file.seek(28)
        file.write((6).to_bytes(4, "big"))
    with pytest.raises(errors.DatabaseDamaged, match="damaged") as refusal:
        open_database(url_of(path), "paper")
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("spoil", [cut, no_database, foreign], ids=lambda spoil: spoil.__name__)
def test_user_commands_refuse_the_same_databases(tmp_path: Path, spoil: Spoil) -> None:
    """A command that adds a user does not make tables in somebody else's file."""
    path = tmp_path / "tradeterm.db"
    make(path)
    spoil(path)
    before = print_of(path)
    with pytest.raises(errors.DatabaseRefused):
        open_users(url_of(path))
    assert print_of(path) == before


@pytest.mark.parametrize("address", ["sqlite:////tmp/a%00b", "sqlite:///:memory:", "mysql://x", "nonsense"])
def test_address_of_no_database_is_refused_in_a_sentence(address: str) -> None:
    """One that no file can have as its name too; what was written is not repeated, for it may hold a password."""
    with pytest.raises(errors.DatabaseRefused, match="sqlite:///PATH") as refusal:
        open_users(address)
    assert address not in str(refusal.value)


@pytest.mark.parametrize("more", ["?mode=ro", "?", "?immutable=1&cache=shared"])
def test_what_an_address_of_a_file_says_beyond_its_path_is_refused(tmp_path: Path, more: str) -> None:
    """It was not heard before, and the file was written to."""
    with pytest.raises(errors.DatabaseUnavailable, match=r"sqlite:///PATH .* question mark"):
        open_database(url_of(tmp_path / "x.db") + more, "paper")
    with pytest.raises(
        errors.DatabaseUnavailable, match="sqlite:///PATH"
    ):  # two slashes: a host, and a path in this folder
        open_database(f"sqlite:/{tmp_path / 'x.db'}", "paper")
    assert list(tmp_path.iterdir()) == []


def test_second_server_on_one_file_is_refused(tmp_path: Path) -> None:
    """The first goes on; when it has ended, the next may come."""
    address = url_of(tmp_path / "tradeterm.db")
    first = open_database(address, "paper")
    with pytest.raises(errors.DatabaseLocked, match="in use"):
        open_database(address, "paper")
    first.journal.commit(events("ann", 1, 1))
    first.close()
    open_database(address, "paper").close()


def test_second_server_by_another_name_of_the_file_is_refused(tmp_path: Path) -> None:
    """A path through another folder is the same file still."""
    first = open_database(url_of(tmp_path / "tradeterm.db"), "paper")
    (tmp_path / "in").mkdir()
    with pytest.raises(errors.DatabaseLocked):
        open_database(url_of(tmp_path / "in" / ".." / "tradeterm.db"), "paper")
    first.close()


def test_database_belongs_to_one_venue(tmp_path: Path) -> None:
    """Orders of one venue are never taken to another; the refusal changes nothing."""
    address = url_of(tmp_path / "tradeterm.db")
    open_database(address, "paper").close()
    with pytest.raises(errors.VenueMismatch, match="'paper'"):
        open_database(address, "kraken")
    open_database(address, "paper").close()


@pytest.mark.parametrize(
    "address", ["", "nonsense", "sqlite://", "sqlite:///:memory:", "mysql://x/y", "sqlite:////proc/none/x.db"]
)
def test_address_that_leads_nowhere_is_refused_in_a_sentence(address: str) -> None:
    """What cannot be a database of ours, or cannot be reached, is said so."""
    with pytest.raises(errors.DatabaseUnavailable, match="database"):
        open_database(address, "paper")


@pytest.mark.parametrize("address", ["ann:sesame@127.0.0.1:1/x", "ann@127.0.0.1:1/x?password=sesame"])
def test_refused_address_does_not_show_its_password(address: str) -> None:
    """The sentence goes to logs and terminals: the secret in the address must not."""
    address = f"postgresql://{address}"  # port 1 answers to nobody
    with pytest.raises(errors.DatabaseUnavailable) as refusal:
        open_database(address, "paper")
    assert "sesame" not in str(refusal.value)


def test_files_are_readable_by_their_owner_alone(tmp_path: Path) -> None:
    """Hashes of passwords and everybody's trades are in there."""
    folder = tmp_path / "new"
    database = open_database(url_of(folder / "tradeterm.db"), "paper")
    database.journal.commit(events("ann", 1, 1))
    assert {path.stat().st_mode & 0o077 for path in folder.iterdir()} == {0}
    assert len(list(folder.iterdir())) >= 3
    database.close()


def test_users_are_added_beside_a_running_server(tmp_path: Path) -> None:
    """The server sees a user that a command added, by the revision; its journal goes on unhindered."""
    address = url_of(tmp_path / "tradeterm.db")
    database = open_database(address, "paper")
    before = database.users.revision()
    beside = open_users(address)
    beside.add("ann", Role.TRADER, "hash", START)
    beside.close()
    database.journal.commit(events("ann", 1, 1))
    assert database.users.revision() != before
    assert database.users.get("ann") is not None
    database.close()


def test_users_are_added_before_the_first_start(tmp_path: Path) -> None:
    """The command makes the database; the server that comes later finds the user, and a journal of its own."""
    address = url_of(tmp_path / "tradeterm.db")
    before = open_users(address)
    before.add("ann", Role.TRADER, "hash", START)
    before.close()
    database = open_database(address, "paper")
    assert [user.name for user in database.users.list()] == ["ann"]
    assert database.journal.load().accounts == []
    database.close()


def test_upgrade_says_from_where_to_where(tmp_path: Path) -> None:
    """A new database has no revision before; an up to date one has the same twice; a served one is refused."""
    address = url_of(tmp_path / "tradeterm.db")
    before, after = upgrade(address)
    assert before is None
    assert upgrade(address) == (after, after)
    database = open_database(address, "paper")
    with pytest.raises(errors.DatabaseLocked):
        upgrade(address)
    database.close()


# ---------------------------------------------------------------- which history it is


def test_epoch_stays_over_clean_restarts_and_kills(tmp_path: Path) -> None:
    """Clients resume: the same history has the same name."""
    path = tmp_path / "tradeterm.db"
    epoch = make(path)
    database = open_database(url_of(path), "paper")
    assert database.epoch == epoch
    database.close()


def test_restored_older_copy_is_a_new_epoch(tmp_path: Path) -> None:
    """Put yesterday's files back: events with today's numbers will be others, so clients must start afresh."""
    path, kept = tmp_path / "tradeterm.db", tmp_path / "kept"
    epoch = make(path)
    kept.mkdir()
    for name in (path.name, f"{path.name}.journal"):
        shutil.copyfile(tmp_path / name, kept / name)
    database = open_database(url_of(path), "paper")
    database.journal.commit(events("ann", 51, 52))
    database.close()
    for name in (path.name, f"{path.name}.journal"):
        shutil.copyfile(kept / name, tmp_path / name)
    database = open_database(url_of(path), "paper")
    assert database.epoch != epoch
    database.close()


def test_older_tables_beside_the_journal_are_brought_up_to_it(tmp_path: Path) -> None:
    """They are a view: nothing is lost, so it is the same history still."""
    path, kept = tmp_path / "tradeterm.db", tmp_path / "kept.db"
    epoch = make(path)
    shutil.copyfile(path, kept)
    database = open_database(url_of(path), "paper")
    database.journal.commit(events("ann", 51, 52))
    database.close()
    shutil.copyfile(kept, path)
    database = open_database(url_of(path), "paper")
    assert database.epoch == epoch
    assert [one.seq for one in database.history.events("ann", 50, 10)] == [51, 52]
    database.journal.commit(events("ann", 53, 53))
    database.close()


def test_copy_that_came_without_its_mark_is_a_new_epoch(tmp_path: Path) -> None:
    """Nobody can tell whether it is whole."""
    path, moved = tmp_path / "tradeterm.db", tmp_path / "moved.db"
    epoch = make(path)
    moved.write_bytes(path.read_bytes())
    database = open_database(url_of(moved), "paper")
    assert database.epoch != epoch
    database.close()


def test_start_reads_no_history(tmp_path: Path) -> None:
    """What start-up loads is what is open: ten thousand ended orders more change none of it."""
    path = tmp_path / "tradeterm.db"
    database = open_database(url_of(path), "paper")
    database.journal.commit(of_orders(order(1), *(order(number, status="filled") for number in range(2, 10_000))))
    database.journal.commit(events("ann", 1, 10_000))
    database.close()
    again = open_database(url_of(path), "paper")
    state = again.journal.load()
    assert state.orders == [order(1)]
    assert state.accounts == [account("ann", 10_000)]
    again.close()


def test_a_link_is_the_file_that_it_leads_to(tmp_path: Path) -> None:
    """On another disk, with all that lies beside it: opened by either name it is one database, and one journal."""
    elsewhere, link = tmp_path / "elsewhere", tmp_path / "desk.db"
    elsewhere.mkdir()
    link.symlink_to(elsewhere / "real.db")
    for seq, path in enumerate((link, elsewhere / "real.db", link), 1):
        opened = open_database(f"sqlite:///{path}", "paper")
        assert opened.journal.load().epoch
        opened.journal.commit(events("ann", seq, seq))
        assert [one.seq for one in opened.history.events("ann", 0, 9)] == [*range(1, seq + 1)]
        opened.close()
    assert [one.name for one in tmp_path.iterdir() if one != elsewhere] == ["desk.db"]
    assert link.is_symlink()
