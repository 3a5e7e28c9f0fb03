"""What is wrong with what was typed is told before anything is sent: the server named here does not exist."""

import json
from pathlib import Path

import pytest

from tradeterm.cli.app import COMMANDS, run
from tradeterm.cli.exit_codes import CONNECTION, DONE, USAGE
from tradeterm.config import Folders

NOWHERE = ["--server", "http://127.0.0.1:9"]


@pytest.fixture(autouse=True)
def signed_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that only the connection is missing."""
    monkeypatch.setenv("TRADETERM_TOKEN", "token")


@pytest.mark.parametrize("quantity", ["1e5", "NaN", "-1", "0", "1_000", " 1", "١", "1,5", "", "0x1", "+1", ".5"])
def test_a_malformed_quantity_is_a_usage_error(quantity: str, capsys: pytest.CaptureFixture[str]) -> None:
    """One sentence on standard error, nothing on standard output."""
    assert run(["buy", "BTC/USD", quantity, *NOWHERE]) == USAGE
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("tradeterm: quantity: ")
    assert printed.err.count("\n") == 1


@pytest.mark.parametrize(
    "words",
    [
        ["sell", "BTC/USD", "1", "--price", "1e5"],
        ["sell", "BTC/USD", "1", "--stop-price", "x"],
        ["buy", "BTC/USD", "1", "--take-profit", "0"],
        ["buy", "BTC/USD", "1", "--tif", "never"],
        ["buy", "BTC/USD", "1", "--tif", "gtc"],
        ["buy", "BTC/USD", "1", "--post-only"],
        ["buy", "BTC/USD", "1", "--price", "1", "--tif", "gtd"],
        ["buy", "BTC/USD", "1", "--client-order-id", "a b"],
        ["buy", "BTC/USD", "1", "--type", "limit"],
        ["buy", "BTC/USD"],
        ["amend", "o1"],
        ["amend", "o1", "--price", "much"],
        ["amend", "../o1", "--price", "1"],
        ["cancel"],
        ["cancel", "o1", "--all"],
        ["cancel", "o1", "--symbol", "BTC/USD"],
        ["cancel", "a/b"],
        ["orders", "--limit", "0"],
        ["depth", "BTC/USD", "--levels", "0"],
        ["candles", "BTC/USD", "--interval", "2m"],
        ["depth"],
        ["events", "--after", "-1"],
        ["paper", "deposit", "1e5"],
        ["login", "--password-stdin"],
    ],
    ids=" ".join,
)
def test_wrong_usage_exits_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Before any line is opened."""
    assert run([*words, *NOWHERE]) == USAGE
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err


@pytest.mark.parametrize("url", ["localhost:8787", "ftp://127.0.0.1", "http://", "http://[", "http://a:b", "nonsense"])
def test_an_address_that_is_none_exits_2(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    """With an example of one."""
    assert run(["balance", "--server", url]) == USAGE
    assert "is no server's address" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        ["buy", "BTC/USD", "0.1"],
        ["buy", "btc", "0.1", "--dry-run"],
        *(["markets"], ["quote"], ["quote", "btc"], ["depth", "BTC/USD"], ["candles", "btc"]),
        ["cancel", "o1"],
        ["cancel", "--all"],
        ["amend", "o1", "--price", "1"],
        *(["orders"], ["positions"], ["fills"], ["balance"], ["account"], ["events"], ["events", "--follow"]),
        *(["flatten"], ["kill"], ["resume"], ["paper", "deposit", "-5"], ["paper", "reset"], ["doctor"]),
    ],
    ids=" ".join,
)
def test_a_server_that_is_not_there_exits_3(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Also for orders: nothing was sent, so nothing is unknown."""
    assert run([*words, *NOWHERE]) == CONNECTION
    printed = capsys.readouterr()
    assert "http://127.0.0.1:9 cannot be reached" in printed.err + printed.out


def test_without_a_sign_in_one_is_asked_for(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit 3, and the command that does it."""
    monkeypatch.delenv("TRADETERM_TOKEN")
    assert run(["positions", *NOWHERE]) == CONNECTION
    assert "tradeterm login --server http://127.0.0.1:9" in capsys.readouterr().err


def test_where_nothing_runs_and_nothing_is_named_the_console_is_the_way(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A newcomer is not asked for a sign-in on a server that they do not have."""
    monkeypatch.delenv("TRADETERM_TOKEN")
    assert run(["positions"]) == CONNECTION
    assert capsys.readouterr().err.startswith("tradeterm: no private server runs: open `tradeterm`")


def test_completion_is_installed_in_the_shells_own_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With every command, each found by its name."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("SHELL", "/bin/bash")
    assert run(["--install-completion"]) == DONE
    (script,) = tmp_path.rglob("completions/tradeterm")
    text = script.read_text()
    assert [name for name, _, _ in COMMANDS if name not in text] == []


@pytest.mark.parametrize("name", [name for name, _, _ in COMMANDS])
def test_every_command_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What help lists can be imported."""
    assert run([name, "--help"]) == DONE
    assert f"tradeterm {name}" in capsys.readouterr().out


# ---------------------------------------------------------------- settings


def test_config_path_says_where_the_files_are(capsys: pytest.CaptureFixture[str]) -> None:
    """Whether they exist or not."""
    assert run(["config", "path", "--json"]) == DONE
    assert json.loads(capsys.readouterr().out)["settings"] == str(Folders.of_platform().config / "config.toml")


def test_config_show_hides_every_secret(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the file and of the environment; the rest is shown with where it is from."""
    file = _settings_file()
    file.write_text(
        'jwt_secret = "hush1"\n[ui]\npalette = "mono"\n[server]\nport = 9\n'
        '[venues.k]\nexchange = "kraken"\napi_key = "hush2"\nccxt = {password = "hush3"}\n'
    )
    monkeypatch.setenv("TRADETERM_DB", "postgresql://me:hush4@here/db")
    monkeypatch.setenv("TRADETERM_VENUES__K__SECRET", "hush5")
    assert run(["config", "show", "--json"]) == DONE
    text = capsys.readouterr().out
    rows = {row["setting"]: (row["value"], row["source"]) for row in map(json.loads, text.splitlines())}
    assert "hush" not in text
    assert rows["ui.palette"] == ("mono", "file")
    assert rows["ui.refresh_hz"] == (10, "default")
    assert rows["server.port"] == (9, "file")
    assert rows["TRADETERM_TOKEN"] == ("(hidden)", "environment")
    assert rows["TRADETERM_DB"] == ("postgresql://(hidden)@here/db", "environment")


@pytest.mark.parametrize("words", [["config", "show"], ["doctor", *NOWHERE]])
def test_settings_with_a_fault_exit_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """The key is named; here that comes before a server that is not there."""
    _settings_file().write_text('[ui]\npalette = "pink"\n')
    assert run(words) == USAGE
    printed = capsys.readouterr()
    assert "ui.palette" in printed.out + printed.err


@pytest.mark.parametrize(
    "url", ["mysql://x", "sqlite://", "sqlite://tmp/x.db", "sqlite:///x.db?mode=ro", "sqlite:////dev/null/x.db"]
)
def test_doctor_finds_a_database_that_cannot_be(
    url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that is started here would not start."""
    monkeypatch.setenv("TRADETERM_DB", url)
    assert run(["doctor", "--json", *NOWHERE]) == USAGE
    rows = {row["check"]: row["state"] for row in map(json.loads, capsys.readouterr().out.splitlines())}
    assert rows["database"] == "fault"


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("postgresql://me:hush@here/db?sslmode=require", "postgresql://(hidden)@here/db?(hidden)"),
        ("postgresql:///db?host=here&password=hush", "postgresql:///db?(hidden)"),
        ("sqlite:////home/me/desk.db", "sqlite:////home/me/desk.db"),
    ],
)
def test_config_show_hides_a_password_wherever_an_address_has_it(
    address: str, shown: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a driver is told behind a question mark may be one too."""
    monkeypatch.setenv("TRADETERM_DB", address)
    assert run(["config", "show", "--json"]) == DONE
    rows = {row["setting"]: row["value"] for row in map(json.loads, capsys.readouterr().out.splitlines())}
    assert rows["TRADETERM_DB"] == shown


def _settings_file() -> Path:
    file = Folders.of_platform().config / "config.toml"
    file.parent.mkdir(parents=True)
    return file


@pytest.mark.parametrize(
    ("word", "hint"),
    [("nosuch", "`tradeterm --help` lists them"), ("ordres", "did you mean orders?")],
)
def test_a_word_that_is_no_command_is_said_to_be_none(word: str, hint: str, capsys: pytest.CaptureFixture[str]) -> None:
    """With the one that was meant, where that can be guessed."""
    assert run([word]) == USAGE
    printed = capsys.readouterr()
    assert printed.err == f"tradeterm: there is no command {word}: {hint}\n"
