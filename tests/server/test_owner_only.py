"""Files that their owner alone can read, from the first byte on, whatever the umask is."""

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.owner_only import made, named, opened, written_beside


@pytest.fixture(autouse=True)
def open_umask() -> Iterator[None]:
    """A umask that would let everybody read."""
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_a_file_that_is_made_is_its_owner_s(tmp_path: Path) -> None:
    """One that is there is left as it is, but where it has to be new."""
    path = tmp_path / "desk.db"
    made(path)
    assert mode(path) == 0o600
    path.write_bytes(b"data")
    made(path)
    assert path.read_bytes() == b"data"
    with pytest.raises(FileExistsError):
        made(path, is_new=True)


def test_a_descriptor_is_of_a_file_of_its_owner_s(tmp_path: Path) -> None:
    descriptor = opened(tmp_path / "mark")
    try:
        assert os.fstat(descriptor).st_mode & 0o777 == 0o600
    finally:
        os.close(descriptor)


def test_what_is_written_beside_is_whole_before_it_is_in_its_place(tmp_path: Path) -> None:
    """In a folder of its owner's, made where there is none; nothing is left beside it."""
    path = tmp_path / "new" / "keys"
    with written_beside(path, b"secret") as fresh:
        assert not path.exists()
        assert (fresh.read_bytes(), mode(fresh), mode(fresh.parent)) == (b"secret", 0o600, 0o700)
        fresh.replace(path)
    assert [one.name for one in path.parent.iterdir()] == ["keys"]


def test_what_fails_on_its_way_leaves_nothing(tmp_path: Path) -> None:
    """Nor does what a process left that ended in the midst stand in the way."""
    path = tmp_path / "keys"
    path.write_bytes(b"old")
    path.with_name(f"keys.{os.getpid()}").write_bytes(b"of one that was killed")
    with pytest.raises(RuntimeError), written_beside(path, b"new"):
        raise RuntimeError
    assert [one.name for one in tmp_path.iterdir()] == ["keys"]
    assert path.read_bytes() == b"old"


@pytest.mark.parametrize("refusal", [None, errno.EPERM, errno.ENOTSUP])
def test_a_file_takes_a_name_that_is_free(tmp_path: Path, refusal: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the disk knows no links; a file that has the name keeps it."""

    def no_link(*_: object) -> None:
        raise OSError(refusal, "no links here")

    fresh, path = tmp_path / "fresh", tmp_path / "file"
    if refusal:
        monkeypatch.setattr(os, "link", no_link)
    fresh.write_text("first")
    named(fresh, path)
    assert path.read_text() == "first"
    fresh.unlink(missing_ok=True)
    fresh.write_text("second")
    with pytest.raises(FileExistsError):
        named(fresh, path)
    assert (path.read_text(), fresh.read_text()) == ("first", "second")
