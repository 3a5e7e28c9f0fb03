"""Files that their owner alone can read, from their first byte on."""

import os
from pathlib import Path

from tradeterm import owner_only


def _mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_file_and_folder_are_their_owners_alone(tmp_path: Path) -> None:
    """Whatever the process lets others read by default."""
    before = os.umask(0)
    try:
        owner_only.replace(tmp_path / "state" / "note", "a secret")
    finally:
        os.umask(before)
    assert _mode(tmp_path / "state" / "note") == 0o600
    assert _mode(tmp_path / "state") == 0o700


def test_a_file_that_others_could_read_is_replaced_by_one_that_they_cannot(tmp_path: Path) -> None:
    """And who has the old one open goes on reading the old text."""
    path = tmp_path / "note"
    path.write_text("old")
    path.chmod(0o644)
    with path.open() as reader:
        owner_only.replace(path, "new")
        assert reader.read() == "old"
    assert (path.read_text(), _mode(path)) == ("new", 0o600)


def test_what_a_crash_left_behind_is_no_obstacle(tmp_path: Path) -> None:
    """Nor is a link, which could lead anywhere: it is taken away, not followed."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("untouched")
    (tmp_path / f"note.{os.getpid()}").symlink_to(elsewhere)
    owner_only.replace(tmp_path / "note", "new")
    assert elsewhere.read_text() == "untouched"
    assert [one.name for one in tmp_path.iterdir() if one != elsewhere] == ["note"]


def test_opening_keeps_what_is_there(tmp_path: Path) -> None:
    """A log is added to, a lock is only held."""
    path = tmp_path / "log"
    path.write_text("one\n")
    with os.fdopen(owner_only.opened(path, os.O_WRONLY | os.O_APPEND), "a") as log:
        log.write("two\n")
    assert path.read_text() == "one\ntwo\n"


def test_what_others_may_read_they_still_can(tmp_path: Path) -> None:
    """A file of settings goes on as its owner has it, whatever the process lets others do by default."""
    before = os.umask(0o077)
    try:
        owner_only.replace(tmp_path / "config.toml", "new", 0o644)
    finally:
        os.umask(before)
    assert _mode(tmp_path / "config.toml") == 0o644
