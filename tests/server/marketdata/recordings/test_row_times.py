"""The times of a file at a glance: the same as row by row, for every layout, header, joint and packing."""

import gzip
from itertools import chain
from pathlib import Path

import pytest

from server.marketdata.recordings import row_times
from server.marketdata.recordings.layouts import layout_of
from server.marketdata.recordings.row_times import times_in
from tests.server.marketdata.recordings.made_files import PLAIN, START_MS, agg_trades, write
from tests.server.marketdata.recordings.test_recording import FORMATS


def times(path: Path, first: str) -> list[float]:
    return list(chain.from_iterable(times_in(path, layout_of(first.split(",")))))


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_tells_its_times(name: str, tmp_path: Path) -> None:
    """In seconds."""
    path = write(tmp_path / "file.csv", FORMATS[name])
    assert times(path, FORMATS[name][0]) == pytest.approx([1_767_657_600.123, 1_767_657_601.123], abs=1e-4)


@pytest.mark.parametrize("block", [1, 100, 262_144])
def test_whatever_changes_on_the_way_is_noticed(block: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other columns of as many, other units, headers, blank lines, what is no row: at the border of a block as within."""
    monkeypatch.setattr(row_times, "BLOCK", block)
    second = START_MS // 1_000
    # Seven columns each, and what is the time of one is a trade's number in the other.
    futures = [f"{n},45000,1,{n},{3_000_000_000 + n},{START_MS + 1_000 * n},true" for n in range(20)]
    spot = [f"{n},45000,1,45000,{START_MS + 1_000 * n},true,true" for n in range(20, 40)]
    micro = [f"{n},45000,1,45000,{(START_MS + 1_000 * n) * 1_000},true,true" for n in range(40, 60)]
    odd = ["", "x,y,z", "1,45000,1,45000,soon,true,true"]
    named = ["time,id,price,quantity,side", *(f"{second + n},{n},45000,1,buy" for n in range(60, 80))]
    path = write(tmp_path / "file.csv", [*futures, *spot, *odd, *micro, *named])
    assert times(path, futures[0]) == [second + n for n in range(80)]


def test_a_file_that_breaks_off_tells_the_times_that_it_has(tmp_path: Path) -> None:
    """A cut download, and one that is something else from a place on."""
    path = write(tmp_path / "file.csv.gz", agg_trades(20_000))
    path.write_bytes(path.read_bytes()[:-5_000])
    assert 10_000 < len(times(path, next(agg_trades(1)))) < 20_000
    other = [PLAIN, "1767657600,45000,1,buy", *["x"] * 30_000, "1767657601,45000,1,buy"]
    assert times(write(tmp_path / "other.csv", other), PLAIN) == [1_767_657_600.0]
    members = [gzip.compress(f"{1_767_657_600 + n},45000,1,buy\n".encode()) for n in range(3)]
    path.write_bytes(b"".join(members))
    assert len(times(path, "1767657600,45000,1,buy")) == 3
