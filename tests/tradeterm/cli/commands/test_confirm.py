"""The question before a kill: at a terminal it is asked, in a script it is not."""

import contextlib
import os
import select
import sys
from collections.abc import Iterator

import pytest

from tradeterm.cli.app import run
from tradeterm.cli.commands.confirm import make_sure
from tradeterm.cli.exit_codes import CONNECTION, INTERRUPTED, Ending

QUESTION = "close every position at market?"


@contextlib.contextmanager
def typing(text: str) -> Iterator[int]:
    """Standard input and error on a terminal, where this is typed; what is shown can be read from the descriptor."""
    hand, line = os.openpty()
    os.write(hand, text.encode())
    with os.fdopen(os.dup(line), "r") as typed, os.fdopen(line, "w") as shown, pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", typed)  # here, not in a fixture: pytest lays its own streams over those
        patch.setattr(sys, "stderr", shown)
        yield hand
    os.close(hand)


@pytest.mark.parametrize("answer", ["y", "Y", "yes", " YES "])
def test_yes_goes_on(answer: str) -> None:
    """And the question was asked."""
    with typing(f"{answer}\n") as screen:
        make_sure(QUESTION, is_sure=False)
        shown = ""
        while (
            QUESTION not in shown and select.select([screen], [], [], 10)[0]
        ):  # the echo may come in a packet of its own
            shown += os.read(screen, 1000).decode()
        assert QUESTION in shown


@pytest.mark.parametrize("answer", ["", "n", "yess", "ja", "\x04"])
def test_everything_else_is_no(answer: str) -> None:
    """Enter alone and the end of input too: nothing was sent."""
    with typing(f"{answer}\n"), pytest.raises(Ending, match="nothing was sent") as ending:
        make_sure(QUESTION, is_sure=False)
    assert ending.value.code == INTERRUPTED


@pytest.mark.parametrize("command", ["kill", "flatten"])
def test_kill_and_flatten_ask_at_a_terminal_and_yes_does_not(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refused before any line is opened; with --yes the server is looked for."""
    monkeypatch.setenv("TRADETERM_TOKEN", "token")
    nowhere = ["--server", "http://127.0.0.1:9"]
    with typing("n\n"):
        assert run([command, *nowhere]) == INTERRUPTED
        assert run([command, "--yes", *nowhere]) == CONNECTION


def test_a_script_is_not_asked() -> None:
    """Under pytest no stream is a terminal: the command was the word."""
    make_sure(QUESTION, is_sure=False)
