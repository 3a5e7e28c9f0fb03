"""The server's commands, by their names."""

import pytest

from server.commands.command_tree import run_command
from server.commands.main import USAGE_ERROR


@pytest.mark.parametrize("name", ["serve", "user", "db", "keys", "venues", "doctor"])
def test_every_group_tells_what_it_takes(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command([name, "--help"]) == 0
    assert "Usage" in capsys.readouterr().out


def test_a_word_that_is_no_command_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["trade"]) == USAGE_ERROR
    assert "trade" in "".join(capsys.readouterr())
