"""Files of the server's beside its database on a disk that is full, and one that may only be read: said in words, and nothing
of what was there is spoiled."""

from contextlib import closing
from pathlib import Path

import pytest

from server.identity.signing_secret import SecretUnavailable, kept_secret
from server.storage.backup import back_up
from server.storage.database import open_database
from server.storage.errors import DatabaseUnavailable
from server.venue_keys import KeyFile, KeysUnavailable, VenueKey
from tests.small_disk import UNWRITABLE, room_for

KEY = VenueKey("key", "secret")


@pytest.mark.parametrize("size", [40_000, 60_000])
def test_copy_that_finds_no_room_is_not_there(tmp_path: Path, size: int) -> None:
    """Nor any part of it; the database is as it was, and with room the copy is made."""
    url, target = f"sqlite:///{tmp_path / 'x.db'}", tmp_path / "copies" / "copy.db"
    target.parent.mkdir()
    open_database(url, "paper").close()
    before = {one.name: one.read_bytes() for one in tmp_path.iterdir() if one.is_file()}
    with room_for(size), pytest.raises(DatabaseUnavailable, match=r"copy\.db.* cannot be written: .+"):
        back_up(url, target)
    assert list(target.parent.iterdir()) == []
    assert {name: (tmp_path / name).read_bytes() for name in before} == before
    back_up(url, target)
    open_database(f"sqlite:///{target}", "paper").close()


def test_copy_to_a_folder_that_takes_nothing_is_refused(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'x.db'}"
    with closing(open_database(url, "paper")), pytest.raises(DatabaseUnavailable, match="cannot be written: perm"):
        back_up(url, UNWRITABLE / "copy.db")


def test_keys_of_exchanges_stay_as_they_were(tmp_path: Path) -> None:
    """The new one is refused in a sentence that holds nothing of it."""
    path = tmp_path / "keys.json"
    keys = KeyFile(path, lambda: "passphrase")
    keys.put("one", KEY)
    with room_for(10), pytest.raises(KeysUnavailable, match=r"cannot be written: [a-z ]+$"):
        keys.put("two", KEY)
    with room_for(1), pytest.raises(KeysUnavailable, match="cannot be written"):
        keys.remove("one")
    assert KeyFile(path, lambda: "passphrase").get("one") == KEY
    assert [one.name for one in tmp_path.iterdir()] == ["keys.json"]
    with pytest.raises(KeysUnavailable, match=r"cannot be written: [a-z ]+$"):
        KeyFile(UNWRITABLE / "keys.json", lambda: "passphrase").put("one", KEY)


def test_signing_secret_is_whole_or_not_there(tmp_path: Path) -> None:
    """A short one would be guessed."""
    with room_for(10), pytest.raises(SecretUnavailable, match="cannot be kept"):
        kept_secret(tmp_path / "secret")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(SecretUnavailable, match="cannot be kept"):
        kept_secret(UNWRITABLE / "secret")
    assert kept_secret(tmp_path / "secret") == kept_secret(tmp_path / "secret")
