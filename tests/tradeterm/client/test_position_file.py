"""The file in which a consumer's place outlives the process: a place or nothing, and of one user."""

from pathlib import Path

import pytest

from tradeterm.client.errors import PositionUnreadable
from tradeterm.client.position_file import PositionFile
from tradeterm.client.session import StreamPosition


def test_a_place_is_found_again_by_its_user_alone(tmp_path: Path) -> None:
    """The cursor of a monitor too. Readable by its owner alone."""
    file, place = PositionFile(tmp_path / "place"), StreamPosition("e", 7, "e:9")
    assert file.position is None
    file.claim("ann")
    file.write(place)
    again = PositionFile(tmp_path / "place")
    assert again.position == place
    again.claim("ann")
    with pytest.raises(PositionUnreadable, match="ann's, not bob's"):
        again.claim("bob")
    assert (tmp_path / "place").stat().st_mode & 0o777 == 0o600


def test_a_place_of_before_is_whoever_comes_first(tmp_path: Path) -> None:
    """Files did not say whose they are."""
    (tmp_path / "place").write_text('{"epoch":"e","seq":7,"cursor":null}')
    file = PositionFile(tmp_path / "place")
    assert file.position == StreamPosition("e", 7)
    file.claim("ann")


def test_a_link_stays_one(tmp_path: Path) -> None:
    """What it leads to is written: to a folder that is kept, for one."""
    kept, link = tmp_path / "kept", tmp_path / "place"
    kept.mkdir()
    link.symlink_to(kept / "place")
    PositionFile(link).write(StreamPosition("e", 7))
    assert link.is_symlink()
    assert PositionFile(kept / "place").position == StreamPosition("e", 7)


@pytest.mark.parametrize(
    "content",
    [
        *("", "{", "[]", "7", '"e"', "null", '{"epoch":"e"}', "\x00", "[" * 100_000),
        *('{"epoch":"e","seq":"7"}', '{"epoch":"e","seq":-1}', '{"epoch":"e","seq":7.0}', '{"epoch":"e","seq":true}'),
        *('{"epoch":5,"seq":7}', '{"epoch":null,"seq":7}', '{"epoch":"e","seq":7,"cursor":9}'),
    ],
)
def test_a_spoiled_file_is_told_and_kept(tmp_path: Path, content: str) -> None:
    """A server would be asked for a place that is none, again and again."""
    (tmp_path / "place").write_text(content)
    with pytest.raises(PositionUnreadable, match="place"):
        PositionFile(tmp_path / "place")
    assert (tmp_path / "place").read_text() == content
