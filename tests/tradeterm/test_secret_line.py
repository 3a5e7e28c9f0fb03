"""A secret as one line: read from a stream, or typed where nobody sees it."""

import io
import subprocess
import sys

import pytest

from tradeterm.secret_line import secret_line


@pytest.mark.parametrize("written", ["päss word\n", "päss word\r\n", "päss word", "päss word\nmore\n"])
def test_the_first_line_is_the_secret_whatever_ends_it(written: str) -> None:
    assert secret_line(io.StringIO(written)) == "päss word"


def test_what_is_no_text_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match="no text in UTF-8"):
        secret_line(io.StringIO("\udcff\n"))


def test_where_there_is_no_terminal_nothing_is_asked() -> None:
    """Not on a stream that would show it, and without a word of the library's."""
    code = "from tradeterm.secret_line import typed_secret\ntry: typed_secret('Key: ')\nexcept EOFError: print('none')"
    done = subprocess.run(
        [sys.executable, "-c", code],
        input="typed\n",
        capture_output=True,
        text=True,
        start_new_session=True,
        check=True,
    )
    assert (done.stdout, done.stderr) == ("none\n", "")
