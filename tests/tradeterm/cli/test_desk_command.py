"""The desk's own flags, read without the library that reads those of all commands."""

from typing import Any

import cyclopts
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradeterm.cli.app import COMMANDS, build_app
from tradeterm.cli.desk_command import FLAGS, SERVER_VARIABLE, Asked, open_desk, plainly_asked
from tradeterm.cli.exit_codes import USAGE

WORDS = st.one_of(
    *(
        st.sampled_from(FLAGS),
        st.sampled_from(["--mouse", "--help", "--user=ann", "--no-user", "-h", "--", "-", "", "buy"]),
    ),
    *(st.text(max_size=4), st.sampled_from(["ann", "http://127.0.0.1:9", "paper", "a b", "1", "none", "true", "é"])),
)


def read_by_the_library(words: list[str]) -> Asked | None:
    """What a desk is opened with; None where it is another command, or wrong."""
    try:
        command, bound, _ = build_app().parse_args(words, exit_on_error=False, print_error=False)
    except cyclopts.CycloptsError:
        return None
    arguments: dict[str, Any] = dict(bound.arguments)
    return Asked(**arguments) if command.__name__ == "console" else None


@given(words=st.lists(WORDS, max_size=6), server=st.none() | st.sampled_from(["", " ", "http://127.0.0.1:9", "a b"]))
def test_what_is_read_here_is_read_as_by_the_library(words: list[str], server: str | None) -> None:
    """Or not at all."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(SERVER_VARIABLE, raising=False)
        if server is not None:
            patch.setenv(SERVER_VARIABLE, server)
        asked = plainly_asked(words, {} if server is None else {SERVER_VARIABLE: server})
        assert asked is None or asked == read_by_the_library(words)


@pytest.mark.parametrize(
    "words",
    [
        *([], ["--server", "http://127.0.0.1:9", "--user", "ann"], ["--no-mouse"], ["--venue", "binance"]),
        ["--palette", "mono", "--no-mouse", "--user", "ann", "--server", "http://127.0.0.1:9"],
    ],
)
def test_flags_as_they_are_mostly_written_are_read_here(words: list[str]) -> None:
    asked = plainly_asked(words, {})
    assert asked is not None
    assert asked == read_by_the_library(words)


@pytest.mark.parametrize(
    "words",
    [
        *([name] for name, _, _ in COMMANDS),
        *(["--help"], ["--version"], ["--user"], ["--user", "-x"], ["--user", "a", "--user", "b"], ["--user=ann"]),
        *(["http://127.0.0.1:9"], ["--mouse"], ["--no-mouse", "--no-mouse"], ["--nonsense"], [""]),
    ],
)
def test_all_else_is_left_to_the_library(words: list[str]) -> None:
    """Also what is wrong: it says so in its own words."""
    assert plainly_asked(words, {}) is None


def test_a_desk_needs_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    assert open_desk(Asked()) == USAGE
    assert "needs a terminal" in capsys.readouterr().err
