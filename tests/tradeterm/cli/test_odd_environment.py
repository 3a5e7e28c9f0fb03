"""Whatever stands in the environment: a sentence and an exit code that means something, never a traceback or a token."""

import io
import itertools

import pytest

from tradeterm.cli.app import run
from tradeterm.cli.exit_codes import CONNECTION, DONE, USAGE
from tradeterm.cli.named_server import checked_url

NOWHERE = "http://127.0.0.1:9"
SECRET = "s3cr3t-of-somebody"
HOSTILE = (
    *("", " ", "\n", "a\nb", f"{NOWHERE}\n", f"{NOWHERE}/\r\n", "\x1b]0;title\x07", "\u202egnp.exe", "\ufeff", "a b"),
    *("HTTP://127.0.0.1:9", "hTtP://127.0.0.1:9/", "http://\u202e127.0.0.1", "http://a\x00b".replace("\x00", "\x01")),
    *("http://user:s3cr3t-of-somebody@127.0.0.1:9", "http://[::1", "http://127.0.0.1:99999", "http://\u2100.example"),
    *(f"http://{'a' * 300}.example:9", "http://xn--a", "http://.", "/dev/null", "/dev/null/x", "x" * 5000, "\udcff"),
)
COMMANDS = (["balance"], ["login", "--user", "ann", "--password-stdin"], ["doctor"])
NAMES = (
    "TRADETERM_SERVER",
    "TRADETERM_TOKEN",
    "XDG_STATE_HOME",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "HOME",
    "TERM",
    "LANG",
)


@pytest.mark.parametrize("name", NAMES)
def test_any_text_in_any_variable(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No command ends otherwise than by a code of its own; no secret and no control sign is repeated."""
    monkeypatch.setenv("TRADETERM_SERVER", NOWHERE)
    monkeypatch.setenv("TRADETERM_TOKEN", SECRET)
    for value, words in itertools.product(HOSTILE, COMMANDS):
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{SECRET}\n"))
        monkeypatch.setenv(name, f"{SECRET}{value}" if name == "TRADETERM_TOKEN" else value)
        assert run(words) in {DONE, USAGE, CONNECTION}, (value, words)
        printed = capsys.readouterr()
        said = printed.out + printed.err
        assert SECRET not in said, (value, words)
        assert all(letter.isprintable() or letter == "\n" for letter in said), (value, words)


def test_scheme_in_capitals_is_a_scheme() -> None:
    """And what stands around an address is none of it."""
    assert checked_url(" HTTP://127.0.0.1:9/\n") == "http://127.0.0.1:9"


def test_token_with_a_line_end_is_the_token(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As `$(cat file)` in other shells leaves it: the server is asked, and only that is missing here."""
    monkeypatch.setenv("TRADETERM_TOKEN", f"{SECRET}\r\n")
    assert run(["balance", "--server", NOWHERE]) == CONNECTION
    monkeypatch.setenv("TRADETERM_TOKEN", f"{SECRET}\nX-Injected: yes")
    assert run(["balance", "--server", NOWHERE]) == USAGE
    assert "TRADETERM_TOKEN is no token" in capsys.readouterr().err
