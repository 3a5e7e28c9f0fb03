"""A console's words for its own server, read without the library that reads flags."""

from dataclasses import asdict
from pathlib import Path

import pytest

from server.commands import serve
from server.commands.run_server import private_start
from tradeterm.cli.private_server import PrivateServer
from tradeterm.config import Folders


def test_a_console_s_words_are_read_as_by_the_library() -> None:
    """To the same start."""
    start = private_start(["serve", "--private", "--port", "0"])
    _, call, _ = serve.app.parse_args(["--private", "--port", "0"], print_error=False, exit_on_error=False)
    assert start is not None
    assert start.private
    assert call.arguments["private"]
    assert set(call.arguments) == {"private", "server"}
    assert start.server == {key: value for key, value in asdict(call.arguments["server"]).items() if value is not None}
    assert (start.paper, start.config, start.passphrase_stdin) == ({}, None, False)


@pytest.mark.parametrize(
    "words",
    [
        *([], ["serve"], ["serve", "--private"], ["serve", "--port", "0"], ["serve", "--private", "--port", "-1"]),
        *(
            ["serve", "--private", "--port", "0", "--feed", "none"],
            ["serve", "--private", "--port", "no"],
            ["user", "add"],
        ),
    ],
)
def test_all_other_words_are_left_to_the_library(words: list[str]) -> None:
    """Wrong ones too: it says so in its own."""
    assert private_start(words) is None


def words_of(pid: int | None) -> list[str]:
    return Path(f"/proc/{pid}/cmdline").read_text().rstrip("\0").split("\0")


@pytest.mark.slow
@pytest.mark.blocks("nobody looks at a screen yet, and its files are a line each in the own folder")
async def test_a_console_writes_the_words_that_are_read_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else its server would be right, and later."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.delenv("TRADETERM_DB", raising=False)
    house = PrivateServer(Folders(tmp_path / "config", tmp_path / "data", tmp_path / "state"))
    try:
        await house.open()
        words = words_of(house.pid)
        assert private_start(words[words.index("server") + 1 :]) is not None
    finally:
        await house.close()
