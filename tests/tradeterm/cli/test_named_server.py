"""What the caller names: an address, a token. Nothing that is secret is repeated."""

import pytest

from tradeterm.cli.exit_codes import USAGE, Ending
from tradeterm.cli.named_server import checked_url, named_server, named_token


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("http://127.0.0.1:8787/", "http://127.0.0.1:8787"),
        (" HTTPS://desk.example ", "https://desk.example"),
        ("http://[::1]:80", "http://[::1]:80"),
    ],
)
def test_an_address_is_made_plain(text: str, url: str) -> None:
    assert checked_url(text) == url


@pytest.mark.parametrize(
    "text", ["", "desk.example", "ftp://desk", "http://", "http://a b", "http://a:0", "http://a:99999"]
)
def test_what_is_no_address_is_said(text: str) -> None:
    with pytest.raises(Ending, match="is no server's address") as ended:
        checked_url(text)
    assert ended.value.code == USAGE


@pytest.mark.parametrize("environment", [None, "http://127.0.0.1:3"])
def test_an_empty_flag_is_no_server_and_not_the_last_one(
    monkeypatch: pytest.MonkeyPatch, environment: str | None
) -> None:
    """`kill --server "$DESK"` where the variable is empty: another desk is not what was meant."""
    if environment is None:
        monkeypatch.delenv("TRADETERM_SERVER", raising=False)
    else:
        monkeypatch.setenv("TRADETERM_SERVER", environment)
    with pytest.raises(Ending, match="an empty text is no server's address") as ended:
        named_server("")
    assert ended.value.code == USAGE
    assert named_server(None) is None
    assert named_server("http://127.0.0.1:3/") == "http://127.0.0.1:3"


def test_an_empty_environment_names_no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """`TRADETERM_SERVER= tradeterm orders` takes the name away for one command."""
    monkeypatch.setenv("TRADETERM_SERVER", "")
    assert named_server("") is None


def test_a_password_in_an_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(Ending) as ended:
        checked_url("http://ann:hunter2@desk.example")
    assert "hunter2" not in str(ended.value)
    assert "@desk.example" in str(ended.value)


def test_a_token_loses_its_line_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """None where there is none; what no token can be is refused without being repeated."""
    monkeypatch.delenv("TRADETERM_TOKEN", raising=False)
    assert named_token() is None
    monkeypatch.setenv("TRADETERM_TOKEN", "abc.def\n")
    assert named_token() == "abc.def"
    for wrong in ("abc def", "abc\x1b", "é"):
        monkeypatch.setenv("TRADETERM_TOKEN", wrong)
        with pytest.raises(Ending, match="is no token") as ended:
            named_token()
        assert wrong not in str(ended.value)
