"""A recording in any order plays as its market: the same rows, whole, as if its file had been in order."""

import gzip
import zipfile
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest

from server.marketdata.recordings import sorted_rows
from server.marketdata.recordings.layouts import LayoutKind
from server.marketdata.recordings.recording import Recording
from server.marketdata.recordings.replay import RecordedFeed
from server.marketdata.recordings.rows import QuoteRow, TradeRow
from tests.builders import market
from tests.server.marketdata.recordings.made_files import PLAIN, START_MS, agg_trades, write
from tests.server.marketdata.recordings.test_replay import SOAK

DAY_MS = 86_400_000
Lines = list[str]


def rotated(chance: Random, lines: Lines) -> Lines:
    at = chance.randrange(len(lines))
    return lines[at:] + lines[:at]


def joined_wrong(chance: Random, lines: Lines) -> Lines:
    """Cut in pieces, put together in another order, some of them written backwards."""
    cuts = sorted({0, len(lines), *(chance.randrange(len(lines)) for _ in range(chance.randrange(1, 9)))})
    pieces = [lines[one:two] for one, two in pairwise(cuts)]
    chance.shuffle(pieces)
    return [line for piece in pieces for line in (piece if chance.random() < 0.6 else piece[::-1])]


ORDERS: dict[str, Callable[[Random, Lines], Lines]] = {
    "newest first": lambda _, lines: lines[::-1],
    "shuffled": lambda chance, lines: chance.sample(lines, len(lines)),
    "rotated": rotated,
    "joined in the wrong order": joined_wrong,
    "overlapping": lambda chance, lines: lines + lines[: chance.randrange(len(lines))],
    "shuffled, and every row twice": lambda chance, lines: chance.sample(lines + lines, 2 * len(lines)),
}


def rows_of(path: Path) -> list[TradeRow | QuoteRow]:
    return list(Recording(path, market()).since(0.0) or ())


@pytest.mark.parametrize("count", [5, int(3_500 * SOAK)])
@pytest.mark.parametrize("order", ORDERS)
def test_a_recording_in_any_order_is_the_one_in_order(
    order: str, count: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of numbered trades, many of them in one millisecond."""
    monkeypatch.setattr(sorted_rows, "RUN", 1_000)
    lines = list(agg_trades(count, seed=count))
    wanted = rows_of(write(tmp_path / "in order.csv", lines))
    assert len(wanted) == count
    assert rows_of(write(tmp_path / "other.csv", ORDERS[order](Random(count), lines))) == wanted


def in_unit(number: int, ms: int) -> str:
    """Seconds, milli-, micro- and nanoseconds in turn."""
    return (f"{ms / 1_000:.3f}", f"{ms}", f"{ms}000", f"{ms}000000")[number % 4]


@pytest.mark.parametrize("order", ["newest first", "shuffled", "rotated", "joined in the wrong order"])
@pytest.mark.parametrize("kind", LayoutKind)
def test_rows_without_numbers_as_well(
    kind: LayoutKind, order: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Trades or quotes, each at a time of its own, whose unit changes from row to row; a header in the middle."""
    monkeypatch.setattr(sorted_rows, "RUN", 1_000)
    header, rest = ",".join(kind.value), ",1,buy" if kind is LayoutKind.TRADES else ",1,45001,2"
    lines = [f"{in_unit(n, START_MS + 40 * n)},{44_990 + n % 9}{rest}" for n in range(3_500)]
    wanted = rows_of(write(tmp_path / "in order.csv", [header, *lines]))
    mixed = ORDERS[order](Random(1), lines)
    mixed[1_000:1_000] = [header, "no row of any kind"]
    assert rows_of(write(tmp_path / "other.csv", [header, *mixed])) == wanted


def test_a_sorted_recording_plays_as_the_one_in_order(tmp_path: Path) -> None:
    """What happens, and after which waits."""
    lines = list(agg_trades(600))
    found = []
    for rows in (lines, lines[::-1]):
        recording = Recording(write(tmp_path / "file.csv", rows), market())
        found.append(list(RecordedFeed(recording, market(), speed=1.0).steps()))
    assert found[0] == found[1]


def test_one_moment_of_a_file_written_backwards_is_read_backwards(tmp_path: Path) -> None:
    """Rows without numbers say by their order alone which came first."""
    lines = [f"{START_MS + n // 20},{45_000 + n % 7},1,buy" for n in range(4_000)]
    wanted = rows_of(write(tmp_path / "in order.csv", [PLAIN, *lines]))
    assert rows_of(write(tmp_path / "other.csv", [PLAIN, *lines[::-1]])) == wanted


@pytest.mark.parametrize("packing", ["plain", "gzip members", "zip"])
def test_long_files_joined_in_the_wrong_order_are_sorted(packing: str, tmp_path: Path) -> None:
    """Whatever they are packed in: February before January, and half of March in between."""
    months = [
        [f"{n},45000,1,1,1,{START_MS + begin * DAY_MS + 1_000 * n},true,true" for n in range(count)]
        for begin, count in ((31, 4_000), (60, 1_500), (0, 4_000), (59, 1_500))
    ]
    texts = ["\n".join(month) + "\n" for month in months]
    path = tmp_path / "file"
    if packing == "zip":
        with zipfile.ZipFile(path, "w") as folder:
            for number, text in enumerate(texts):
                folder.writestr(f"{number}.csv", text)
    else:
        path.write_bytes(
            b"".join(gzip.compress(text.encode()) if packing != "plain" else text.encode() for text in texts)
        )
    recording = Recording(path, market())
    times = [row[0] for row in recording.trades()]
    assert (times, len(times), recording.skipped) == (sorted(times), 11_000, 0)


def test_what_makes_no_sense_is_counted_in_a_sorted_file_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each time that it is played: what cannot be read, what stands a year away, what is said twice."""
    lines = list(agg_trades(5_000))
    wrong = [f"9,45000,1,1,1,{START_MS + 365 * DAY_MS},true,true", "nothing", "9,45000,1,1,1,0,true,true", *lines[:40]]
    recording = Recording(write(tmp_path / "file.csv", [*lines[::-1], *wrong]), market())
    for _ in range(2):
        capsys.readouterr()
        assert len(list(recording.trades())) == 5_000
        assert (recording.unreadable, recording.out_of_line, recording.repeated, recording.skipped) == (1, 2, 40, 43)
        said = capsys.readouterr().out
        for words in ("rows=5000", "unreadable=1", "out_of_line=2", "repeated=40"):
            assert words in said


def test_a_sorted_file_begins_where_it_is_told_and_loops(tmp_path: Path) -> None:
    """As one in order: the past is before, and the next round begins there again."""
    lines = [f"{START_MS // 1_000 + n},45000,1,buy" for n in range(5_000)]
    path = write(tmp_path / "file.csv", [PLAIN, *lines[::-1]])
    begin = START_MS / 1_000 + 4_990
    feed = RecordedFeed(Recording(path, market()), market(), None, loop=True, begin=begin)
    rounds = [step for _, step in zip(range(40), feed.steps(), strict=False)]
    assert sum(1 for _, step in rounds if step.requests) >= 2


def test_only_a_long_file_out_of_order_is_put_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One in order needs no room, nor one whose rows trade places a little, nor a short one; and no room is a sentence."""

    def no_room(**_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("server.marketdata.recordings.sorted_rows.tempfile.TemporaryFile", no_room)
    monkeypatch.setattr(sorted_rows, "RUN", 5_500)
    lines = list(agg_trades(6_000))
    jumbled = [
        line for begin in range(0, 6_000, 1_000) for line in rotated(Random(begin), lines[begin : begin + 1_000])
    ]
    for rows in (lines, jumbled, lines[:5_000:-1]):
        assert len(list(Recording(write(tmp_path / "file.csv", rows), market()).trades())) == len(rows)
    with pytest.raises(ValueError, match=r"is out of order, and cannot be sorted in .*: No space left on device"):
        Recording(write(tmp_path / "file.csv", lines[::-1]), market())
