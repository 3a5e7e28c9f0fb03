"""A copy of a database beside a running server: whole or not there, and another history from then on."""

from pathlib import Path

import pytest

from server.storage import errors
from server.storage.backup import back_up, existing_backend
from server.storage.database import open_database
from tests.contracts.journals import Asleep, event, events, of_orders, order
from tests.server.storage.journals import url_of
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
