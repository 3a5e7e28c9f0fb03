"""What is printed and cannot be: it changes nothing of what was done, and is told elsewhere."""

import io
import os
import subprocess
import sys

import pytest

from tradeterm.standard_streams import UNPRINTED, StandardOutput, say


class Full(io.StringIO):
    """A stream that takes nothing; it has a descriptor, of a file that nobody looks at."""

    def __init__(self, error: OSError, descriptor: int) -> None:
        super().__init__()
        self._error, self._descriptor = error, descriptor

    def write(self, text: str) -> int:
        raise self._error

    def fileno(self) -> int:
        return self._descriptor


@pytest.fixture
def descriptor() -> int:
    return os.open(os.devnull, os.O_WRONLY)


def test_a_reader_who_has_enough_ends_nothing(
    descriptor: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`| head` is no fault: the command ends as it would have."""
    output = StandardOutput()
    monkeypatch.setattr("sys.stdout", Full(BrokenPipeError(), descriptor))
    output.write("one\n")
    output.write("two\n")
    assert (output.is_unread, output.code(0), output.code(4)) == (True, 0, 4)
    assert capsys.readouterr().err == ""


def test_what_cannot_be_written_is_told_on_the_other_stream_and_in_the_exit_code(
    descriptor: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It may tell of an order that was made. A worse code stays."""
    output = StandardOutput()
    monkeypatch.setattr("sys.stdout", Full(OSError(28, "No space left on device"), descriptor))
    output.write("order o-1\n")
    output.write("order o-2\n")
    assert capsys.readouterr().err == (
        "tradeterm: what was asked is done, but standard output cannot be written: no space left on device\n"
        "order o-1\norder o-2\n"
    )
    assert (output.code(0), output.code(4)) == (UNPRINTED, 4)


def test_a_file_never_gets_the_number_of_a_stream_that_was_closed() -> None:
    """Else what is printed would go into it: a database, for one."""
    script = (
        "import os; from tradeterm.standard_streams import open_standard_streams\n"
        "for number in (0, 1, 2): os.close(number)\n"
        "import sys; sys.stdout = None\n"
        "open_standard_streams()\n"
        "number = os.open(os.devnull, os.O_RDONLY)\n"
        "print('nobody reads this'); os._exit(number)\n"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode > 2


def test_what_the_encoding_does_not_have_is_spelled(monkeypatch: pytest.MonkeyPatch) -> None:
    """An arrow on a terminal of ASCII, a file's name that is no text: what was done is done, and is told."""
    written = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(written, "ascii"))
    output = StandardOutput()
    output.write("new \u2192 0007, \udcff.db\n")
    assert written.getvalue() == b"new \\u2192 0007, \\udcff.db\n"
    assert output.code(0) == 0


def test_a_word_on_standard_error_is_one_line_that_steers_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever it repeats of what was typed."""
    say("there is no user \x1b]0;x\x07\n\u202eann")
    assert capsys.readouterr().err == "tradeterm: there is no user ?]0;x???ann\n"
