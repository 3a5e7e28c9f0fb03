"""What a recording is packed in: every text in it in its order, and nothing that unfolds without end into the memory."""

import gzip
import resource
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

import pytest

from server.marketdata.recordings.packed_files import LONGEST_LINE, LineTooLong, texts
from server.marketdata.recordings.recording import Recording
from tests.builders import market

ROW = "176765760{},45000,1,buy\n"
MEMORY = 250 * 1024 * 1024


def read(path: Path) -> list[str]:
    return [text.read() for text in texts(path)]


def zipped(path: Path, files: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, text in files.items():
            packed.writestr(name, text)
    return path


def test_gzip_members_are_one_text(tmp_path: Path) -> None:
    """As `cat a.gz b.gz` makes them."""
    path = tmp_path / "joined.csv.gz"
    path.write_bytes(gzip.compress(b"one\n") + gzip.compress(b"two\n") + gzip.compress(b"") + gzip.compress(b"three\n"))
    assert read(path) == ["one\ntwo\nthree\n"]


def test_all_tables_of_a_zip_are_played_in_the_order_of_their_names(tmp_path: Path) -> None:
    """Folders, what a Mac adds, check sums and read-mes are no tables; 2 comes before 10."""
    path = zipped(
        tmp_path / "months.zip",
        {
            "__MACOSX/._2026-2.csv": "no",
            "data/": "",
            "data/2026-10.csv": "ten",
            "data/2026-2.csv": "two",
            "data/.DS_Store": "no",
            "data/2026-2.csv.CHECKSUM": "no",
            "README": "no",
        },
    )
    assert read(path) == ["two", "ten"]


def test_a_zip_of_something_without_an_ending_is_read(tmp_path: Path) -> None:
    """One file of any name, or a gzip in it."""
    assert read(zipped(tmp_path / "one.zip", {"data/": "", "trades": "one"})) == ["one"]
    with zipfile.ZipFile(tmp_path / "two.zip", "w") as packed:
        packed.writestr("trades.csv.gz", gzip.compress(b"two"))
    assert read(tmp_path / "two.zip") == ["two"]


def test_a_zip_of_two_files_is_one_recording(tmp_path: Path) -> None:
    """Each with its own header, in columns of its own order."""
    first = "time,price,quantity,side\n" + ROW.format(0)
    second = "side,price,quantity,time\nsell,45001,2,1767657601\n"
    recording = Recording(zipped(tmp_path / "two.zip", {"a.csv": first, "b.csv": second}), market())
    assert [(row[0], float(row[2])) for row in recording.trades()] == [(1_767_657_600, 45_000), (1_767_657_601, 45_001)]
    assert recording.skipped == 0


@pytest.mark.parametrize("text", ["x", "1,2,3;"])
def test_a_line_without_end_is_no_recording(text: str, tmp_path: Path) -> None:
    """It is not read to its end."""
    path = tmp_path / "line"
    path.write_text(text * (LONGEST_LINE + 1))
    with pytest.raises(LineTooLong):
        read(path)
    with pytest.raises(ValueError, match="cannot be read: it has a line of more than 65536 bytes"):
        Recording(path, market())


def test_long_lines_that_end_are_read(tmp_path: Path) -> None:
    """With either way of ending a line."""
    for end in ("\n", "\r\n", "\r"):
        path = tmp_path / "lines"
        path.write_bytes((("x" * (LONGEST_LINE - 10) + end) * 5).encode())
        assert len(read(path)[0]) == 5 * (LONGEST_LINE - 10 + len(end))


def test_a_broken_zip_or_gzip_is_refused_in_one_sentence(tmp_path: Path) -> None:
    """As is one with nothing in it."""
    for data in (
        b"PK\x03\x04 and more",
        b"\x1f\x8b and more",
        gzip.compress(b""),
        gzip.compress(b"\xff\xfe1\x002\x00"),
    ):
        path = tmp_path / "broken"
        path.write_bytes(data)
        with pytest.raises(ValueError, match="the recording"):
            Recording(path, market())
    with pytest.raises(ValueError, match="is empty"):
        Recording(zipped(tmp_path / "folders.zip", {"data/": ""}), market())


PIECES = {"one line": b"x" * 1_000_000, "empty lines": b"\n" * 1_000_000, "rows of nothing": b"x,y\n" * 250_000}


def bomb(path: Path, piece: bytes) -> Path:
    """Hundreds of megabytes in a few, after one good row."""
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    with path.open("wb") as file:
        file.write(packer.compress(b"time,price,quantity,side\n" + ROW.format(0).encode()))
        for _ in range(300):
            file.write(packer.compress(piece))
        file.write(packer.flush())
    return path


@pytest.mark.slow
@pytest.mark.parametrize("piece", PIECES)
def test_a_gzip_that_unfolds_without_end_does_not_fill_the_memory(piece: str, tmp_path: Path) -> None:
    """As one line, as empty ones or as rows of nothing: it is refused, or its good row played, in a process that may not
    have as much memory as it unfolds to."""
    path = bomb(tmp_path / "bomb.csv.gz", PIECES[piece])
    script = (
        "import sys; from pathlib import Path; from tests.builders import market\n"
        "from server.marketdata.recordings.recording import Recording\n"
        "print(len(list(Recording(Path(sys.argv[1]), market()).trades())))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)],
        capture_output=True,
        text=True,
        timeout=60,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY)),
    )
    said = done.stdout.strip().splitlines()[-1] if done.returncode == 0 else done.stderr
    assert said == "1" or "has a line of more than" in said
