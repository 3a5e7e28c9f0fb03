"""Signing in from the command line: what is read from where, and what is no name, no password, no code."""

import io

import pytest

from tradeterm.cli.commands import sign_in
from tradeterm.cli.exit_codes import CONNECTION, USAGE, Ending

URL = "http://127.0.0.1:9"


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was asked for at the terminal; each is answered with `secret`."""
    asked: list[str] = []

    def answered(prompt: str) -> str:
        asked.append(prompt)
        return "secret"

    monkeypatch.setattr(sign_in, "typed_secret", answered)
    return asked


def piped(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(text))


def test_a_password_from_standard_input_needs_a_name_beside_it() -> None:
    """The one line that is read is the password: a name that was read there would be one."""
    with pytest.raises(Ending, match="--user") as refused:
        sign_in.login(password_stdin=True)
    assert refused.value.code == USAGE


def test_who_says_no_name_is_asked_for_it_past_standard_output(
    typed: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    piped("  ann \n", monkeypatch)
    assert sign_in._asked(URL, None, False) == ("ann", "secret")
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", f"User on {URL}: ")
    assert typed == ["Password of ann: "]


def test_password_and_code_are_two_lines_of_standard_input(typed: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """And nobody is asked at the terminal."""
    piped("correct horse\n123456\n", monkeypatch)
    assert sign_in._asked(URL, "ann", True) == ("ann", "correct horse")
    assert sign_in._asked_code("ann", True) == "123456"
    assert typed == []
    assert sign_in._asked_code("ann", False) == "secret"


@pytest.mark.parametrize("text", ["", "\n"])
def test_nothing_is_no_password_and_no_code(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    piped(text, monkeypatch)
    with pytest.raises(Ending, match="no password") as refused:
        sign_in._asked(URL, "ann", True)
    assert refused.value.code == CONNECTION
    piped(text, monkeypatch)
    with pytest.raises(Ending, match="second factor") as refused:
        sign_in._asked_code("ann", True)
    assert refused.value.code == CONNECTION


def test_a_name_that_is_none_is_not_signed_in(typed: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    piped("\n", monkeypatch)
    with pytest.raises(Ending, match="no name"):
        sign_in._asked(URL, None, False)
    assert typed
