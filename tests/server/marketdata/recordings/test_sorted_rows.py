"""Rows sorted outside memory: whole, stable, as often as asked, in bounded memory, and a sentence where there is no room."""

import tracemalloc
from collections.abc import Iterator
from decimal import Decimal
from itertools import islice
from random import Random

import pytest

from server.marketdata.recordings import sorted_rows
from server.marketdata.recordings.layouts import LayoutKind
from server.marketdata.recordings.rows import UNNUMBERED, PlacedRow, aside_layout, aside_text, reader
from server.marketdata.recordings.sorted_rows import SortedRows
from tests.builders import market
from tradeterm.protocol.vocabulary import Side

JANUARY = 1_767_225_600.0


def trade(time: float, number: int, size: int = 1) -> PlacedRow:
    side = Side.BUY if size % 2 else Side.SELL
    return time, number, (time, side, Decimal("45000.5"), Decimal(size) / 100_000)


def quote(time: float, number: int, size: int = 1) -> PlacedRow:
    return time, number, (time, Decimal(45_000), Decimal(size) / 100_000, Decimal(45_001), Decimal(1))


def kept(rows: Iterator[PlacedRow], kind: LayoutKind = LayoutKind.TRADES, newest_first: bool = False) -> SortedRows:
    return SortedRows(rows, aside_text, reader(aside_layout(kind), market()), newest_first)


@pytest.fixture
def short_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many runs of few rows, read in pieces shorter than a row."""
    monkeypatch.setattr(sorted_rows, "RUN", 100)
    monkeypatch.setattr(sorted_rows, "PIECE", 7)


@pytest.mark.usefixtures("short_runs")
@pytest.mark.parametrize("kind", LayoutKind)
@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 200, 1_234])
def test_rows_of_any_number_and_kind_come_back_in_order(kind: LayoutKind, count: int) -> None:
    """By time, then by number, each as it was; also when two read them beside each other."""
    chance = Random(count)
    make = trade if kind is LayoutKind.TRADES else quote
    rows = [make(JANUARY + chance.randrange(300) / 7, number, 1 + number) for number in range(count)]
    chance.shuffle(rows)
    found = kept(iter(rows), kind)
    wanted = sorted(rows, key=lambda row: row[:2])
    assert list(found) == wanted
    assert list(zip(found, found, strict=True)) == [(row, row) for row in wanted]


@pytest.mark.usefixtures("short_runs")
@pytest.mark.parametrize("newest_first", [True, False])
def test_rows_of_one_moment_come_as_they_stood(newest_first: bool) -> None:
    """Or the other way round where the newest stood first; across runs as within one."""
    rows = [trade(JANUARY + number // 30, UNNUMBERED, 1 + number) for number in range(1_010)]
    written = rows[::-1] if newest_first else rows[500:510] + rows[:500] + rows[510:]
    wanted = rows if newest_first else sorted(written, key=lambda row: row[0])
    assert list(kept(iter(written), newest_first=newest_first)) == wanted


@pytest.mark.no_cover  # what a tracer keeps would be counted
def test_memory_does_not_grow_with_the_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight times as many take the room of one run, and a piece of each."""
    monkeypatch.setattr(sorted_rows, "RUN", 1_000)
    peaks = []
    for count in (2_000, 8_000):
        tracemalloc.start()
        try:
            found = kept(trade(JANUARY + 17_777 * number % 20_011, number, 1 + number % 50) for number in range(count))
            assert sum(1 for _ in islice(found, count)) == count
            peaks.append(tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()
    assert peaks[1] < peaks[0] + 6 * 4 * sorted_rows.PIECE


def test_no_room_is_an_error_that_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that is full takes no run."""
    monkeypatch.setattr(sorted_rows, "RUN", 10)
    with open("/dev/full", "wb", buffering=0) as full:
        monkeypatch.setattr("server.marketdata.recordings.sorted_rows.tempfile.TemporaryFile", lambda buffering: full)
        with pytest.raises(OSError, match="No space left"):
            kept(trade(JANUARY + number, number) for number in range(20))
