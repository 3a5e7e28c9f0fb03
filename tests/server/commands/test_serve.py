"""The flags of `serve`: each sets the setting of its name, and a wrong one is told before anything is touched."""

from dataclasses import asdict, fields
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from server.commands import serve
from server.commands.main import main
from server.config import PaperSection, ServerSection, load_settings


def bound(*words: str) -> dict[str, Any]:
    """What `serve` is called with."""
    _, call, _ = serve.app.parse_args(words, print_error=False, exit_on_error=False)
    return call.arguments


def test_every_flag_is_a_key_of_its_section() -> None:
    """One that is not would be refused as a setting that there is not, whoever gives it."""
    assert {field.name for field in fields(serve.ServerFlags)} <= set(ServerSection.model_fields)
    assert {field.name for field in fields(serve.PaperFlags)} <= set(PaperSection.model_fields)


def test_flags_become_settings() -> None:
    """Repeated, with a prefix, and without a value."""
    call = bound(
        "--port", "0", "--allow-origin", "http://a", "--allow-origin", "http://b", "--insecure", "--paper-cash", "5.5"
    )
    settings = load_settings(None, {"server": asdict(call["server"]), "paper": asdict(call["paper"])}, {})
    assert (settings.server.port, settings.server.insecure) == (0, True)
    assert settings.server.allow_origin == ("http://a", "http://b")
    assert settings.paper.cash == Decimal("5.5")
    assert settings.paper.leverage == PaperSection().leverage


def test_a_flag_that_is_not_given_says_nothing() -> None:
    """So that the file and the environment decide."""
    assert "server" not in bound("--log-level", "debug")
    assert all(value is None for value in asdict(serve.ServerFlags()).values())
    assert all(value is None for value in asdict(serve.PaperFlags()).values())


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--port", "99999"], "the setting server.port is wrong"),
        (["--paper-leverage", "0"], "the setting paper.leverage is wrong"),
        (["--config", "nowhere.toml"], "the settings file nowhere.toml does not exist"),
        (["--prot", "1"], "--prot"),
        (["--projector", "cinema"], "--projector"),
        (["--log-level", "loud"], "--log-level"),
        (["--paper-cash", "nan"], "--paper-cash: 'nan' is no number"),
        (["--paper-reject-rate", "inf"], "--paper-reject-rate: 'inf' is no number"),
        (["--collar-pct", "five"], "--collar-pct: 'five' is no number"),
    ],
)
def test_a_wrong_flag_is_told_and_nothing_begun(
    words: list[str], reason: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """With the code for usage, and no file made."""
    assert main(["serve", *words]) == 2
    assert reason in capfd.readouterr().err
    assert not list(tmp_path.rglob("*.db*"))


def test_what_the_console_alone_uses_is_not_in_the_help(capfd: pytest.CaptureFixture[str]) -> None:
    """`--private` is between it and its own server."""
    assert main(["serve", "--help"]) == 0
    printed = capfd.readouterr().out
    assert "--passphrase-stdin" in printed
    assert "--private" not in printed
