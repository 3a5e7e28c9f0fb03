"""The flags that all trading commands share, as they are typed."""

import pytest
from cyclopts import App
from cyclopts.exceptions import CycloptsError

from tradeterm.cli.commands.options import DEFAULTS, Options, Sure

SERVER = "http://127.0.0.1:9"


def read(*words: str) -> tuple[Options, bool]:
    """What a command is given for what was typed."""
    app = App(help_flags=[], version_flags=[], result_action="return_value")

    @app.default
    def command(*, sure: Sure = False, options: Options = DEFAULTS) -> tuple[Options, bool]:
        return options, sure

    found: tuple[Options, bool] = app([*words], exit_on_error=False, print_error=False)
    return found


def test_nothing_said_is_no_server_and_no_json() -> None:
    """Nor is anything sure."""
    assert read() == (Options(None, json=False), False)


def test_a_server_is_named_by_flag_or_environment_and_the_flag_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRADETERM_SERVER", "http://elsewhere")
    assert read("--json")[0] == Options("http://elsewhere", json=True)
    assert read("--server", SERVER)[0] == Options(SERVER, json=False)


def test_yes_is_said_by_its_one_name() -> None:
    assert read("--yes")[1]
    for words in (["--sure"], ["--no-yes"], ["--no-json"]):
        with pytest.raises(CycloptsError):
            read(*words)
