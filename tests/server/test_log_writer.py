"""Lines that never make anybody wait, whatever becomes of the descriptor that they go to."""

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from server.log_writer import LINE_BYTES, QUEUE_BYTES, LogWriter
from tests.eventually import eventually

LINE = "x" * 1000 + "\n"


@pytest.fixture
def pipe() -> tuple[int, int]:
    """Its end to read, and its end to write."""
    return os.pipe()


def read_all(descriptor: int, is_enough: Callable[[bytes], bool]) -> str:
    found = b""
    while not is_enough(found):
        found += os.read(descriptor, 1 << 20)
    return found.decode()


def test_lines_come_out_in_their_order(pipe: tuple[int, int]) -> None:
    """All of them."""
    writer = LogWriter(pipe[1])
    for number in range(100):
        writer.write(f"{number}\n")
    writer.close()
    assert os.read(pipe[0], 65_536).decode().split() == [str(number) for number in range(100)]
    assert writer.lost == 0


def test_pipe_that_nobody_reads_lets_nobody_wait(pipe: tuple[int, int]) -> None:
    """What does not fit is counted, and the count is said as soon as somebody reads."""
    writer = LogWriter(pipe[1])
    written = 2 * QUEUE_BYTES // len(LINE)
    for _ in range(written):
        writer.write(LINE)
    lost = writer.lost
    assert 0 < lost < written
    told = read_all(pipe[0], lambda found: found.count(b"xx\n") == written - lost)
    writer.write("again\n")
    told += read_all(pipe[0], lambda found: b"again" in found)
    assert sum(map(int, re.findall(r"lost' count=(\d+)\n", told))) == lost


def test_disk_that_is_full_is_said_when_it_is_not(tmp_path: Path, pipe: tuple[int, int]) -> None:
    """Every line that was lost counts once."""
    full = os.open("/dev/full", os.O_WRONLY)
    writer = LogWriter(full)
    writer.write("lost\n")
    eventually(lambda: writer.lost == 1)
    os.dup2(pipe[1], full)
    writer.write("kept\n")
    assert "count=1" in (told := read_all(pipe[0], lambda found: b"kept" in found))
    assert "kept" in told


def test_reader_that_has_gone_raises_nothing(pipe: tuple[int, int]) -> None:
    """Nor does a descriptor that is closed."""
    os.close(pipe[0])
    writer = LogWriter(pipe[1])
    writer.write("to nobody\n")
    eventually(lambda: writer.lost == 1)
    writer.close()
    assert writer.write("late\n") == 5


def test_line_without_end_is_cut(pipe: tuple[int, int]) -> None:
    """One line cannot fill the queue."""
    writer = LogWriter(pipe[1])
    writer.write("y" * 3 * LINE_BYTES + "\n")
    assert len(read_all(pipe[0], lambda found: found.endswith(b"\n"))) < LINE_BYTES + 10
