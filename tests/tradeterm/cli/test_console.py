"""What is wrong before there is a screen: one sentence and the exit code."""

import pytest

from tradeterm.cli.app import run
from tradeterm.cli.console import open_console
from tradeterm.cli.exit_codes import CONNECTION, DONE, USAGE
from tradeterm.cli.opening import label_of
from tradeterm.config import Folders


def test_without_a_terminal_there_is_no_console(capsys: pytest.CaptureFixture[str]) -> None:
    """A pipe gets a sentence, not escape codes."""
    assert run([]) == USAGE
    assert "needs a terminal" in capsys.readouterr().err


def test_help_and_version_need_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """They print and are done."""
    assert run(["--help"]) == DONE
    assert run(["--version"]) == DONE
    assert "--server" in capsys.readouterr().out


def test_a_wrong_flag_is_a_usage_error() -> None:
    """Exit code 2."""
    assert run(["--nonsense"]) == USAGE


@pytest.mark.parametrize("url", ["localhost:8787", "ftp://127.0.0.1", "http://", "nonsense"])
def test_an_address_that_is_none_is_said(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    """With an example of one."""
    assert open_console(url, "ann", None, True) == USAGE
    assert "is no server's address" in capsys.readouterr().err


def test_a_palette_that_is_none_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    """With those that there are."""
    assert open_console(None, None, "pink", True) == USAGE
    assert "blue-orange" in capsys.readouterr().err


def test_a_keymap_with_a_fault_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    """Before any server is started."""
    file = Folders.of_platform().config / "keymap.toml"
    file.parent.mkdir(parents=True)
    file.write_text('[trade]\n"ticket.buy" = "s"\n')
    assert open_console(None, None, None, True) == USAGE
    assert "s is both" in capsys.readouterr().err


def test_a_server_that_is_not_there_is_a_connection_error(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 3, and where it was looked for."""
    monkeypatch.setattr("getpass.getpass", lambda prompt: "password")
    assert open_console("http://127.0.0.1:9/", "ann", None, True) == CONNECTION
    assert "http://127.0.0.1:9 cannot be reached" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("about", "text", "is_live"),
    [
        ({"venue": "paper", "mode": "paper", "feed": "synthetic"}, "PAPER · SIM prices", False),
        ({"venue": "paper", "mode": "paper", "feed": "ccxt"}, "PAPER", False),
        ({"venue": "binance", "mode": "live", "feed": "ccxt"}, "LIVE · binance", True),
        ({"venue": "binance", "mode": "test", "feed": "ccxt"}, "TEST · binance", False),
        ({"venue": "paper", "feed": "none"}, "PAPER", False),
        ({"venue": "binance"}, "LIVE · binance", True),
    ],
)
def test_the_first_word_on_the_screen_is_whose_money_it_is(about: dict[str, str], text: str, is_live: bool) -> None:
    """As the server says; one that does not say is taken for live."""
    label = label_of(about, "ann")
    assert (label.text, label.is_live, label.account) == (text, is_live, "ann")


def test_a_venue_that_is_none_is_said(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Before any file is named after it; and no server trades where somebody else wants it to."""
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert run(["--venue", "../../binance"]) == USAGE
    assert "a venue's name" in capsys.readouterr().err
    assert run(["--venue", "binance", "--server", "http://127.0.0.1:9"]) == USAGE
    assert "name --server or --venue" in capsys.readouterr().err
