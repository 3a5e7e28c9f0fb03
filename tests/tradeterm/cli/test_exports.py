"""Exported lists as files: new ones, and nobody else's to read."""

import stat
from pathlib import Path

import pytest

from tradeterm.cli.exports import keep_export


def test_a_second_one_of_the_name_gets_a_number(tmp_path: Path) -> None:
    """What was written before stays."""
    folder = tmp_path / "data" / "exports"
    files = [Path(keep_export(folder, "fills-1", text)) for text in ("a\n", "b\n")]
    assert [file.name for file in files] == ["fills-1.csv", "fills-1-2.csv"]
    assert [file.read_text() for file in files] == ["a\n", "b\n"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    """And leaves nothing."""
    (tmp_path / "exports").write_text("a file in its place")
    with pytest.raises(NotADirectoryError):
        keep_export(tmp_path / "exports", "fills-1", "a")


@pytest.mark.timeout(20)
@pytest.mark.parametrize("inner", [".", "tradeterm/exports"])
def test_a_folder_that_is_a_link_to_nowhere_is_said(tmp_path: Path, inner: str) -> None:
    """It is no file that exists already: no other number helps, and none is tried for ever."""
    (tmp_path / "data").symlink_to(tmp_path / "unmounted")
    with pytest.raises(NotADirectoryError, match="no folder"):
        keep_export(tmp_path / "data" / inner, "fills-1", "a")


def test_what_a_link_to_a_folder_leads_to_is_written(tmp_path: Path) -> None:
    """Some keep their files elsewhere."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "exports").symlink_to(tmp_path / "elsewhere")
    keep_export(tmp_path / "exports", "fills-1", "a")
    assert (tmp_path / "elsewhere" / "fills-1.csv").read_text() == "a"


def test_a_disk_that_is_full_leaves_no_half_of_one(tmp_path: Path) -> None:
    """A text that cannot be written to the end is taken away again."""
    with pytest.raises(UnicodeEncodeError):
        keep_export(tmp_path, "fills-1", "\ud800")
    assert list(tmp_path.iterdir()) == []
