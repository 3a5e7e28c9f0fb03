"""What `user` says and leaves behind, word by word, without a server."""

import contextlib
import getpass
import io
from collections.abc import Callable
from pathlib import Path

import pytest

from server.commands.main import main
from server.identity.passwords import verify_password
from server.identity.sealed_secrets import SecretSeal
from server.ports import SignInSession
from server.storage.database import open_database, open_users
from tests.contracts.journals import START
from tradeterm.protocol.vocabulary import Role, Scope

PASSWORD = "correct horse"
Type = Callable[[str], None]


@pytest.fixture(autouse=True)
def address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The database that every command here goes to."""
    found = f"sqlite:///{tmp_path / 'tradeterm.db'}"
    monkeypatch.setenv("TRADETERM_DB", found)
    return found


@pytest.fixture
def piped(monkeypatch: pytest.MonkeyPatch) -> Type:
    """Put text on standard input."""
    return lambda text: monkeypatch.setattr("sys.stdin", io.StringIO(text))


def typed(monkeypatch: pytest.MonkeyPatch, *answers: str) -> None:
    """Answer the questions of a terminal; at the end it is closed."""
    waiting = list(answers)

    def ask(prompt: str) -> str:
        if not waiting:
            raise EOFError
        return waiting.pop(0)

    monkeypatch.setattr(getpass, "getpass", ask)


def add(piped: Type, name: str, *more: str) -> int:
    piped(f"{PASSWORD}\n")
    return main(["user", "add", name, "--password-stdin", *more])


@pytest.mark.parametrize("name", ["a", "ann", "a.b-c_9", "x" * 32])
def test_user_is_added_with_a_hash_of_the_password(piped: Type, address: str, name: str) -> None:
    """The line's end is not part of the password, and the password is nowhere in the file."""
    assert add(piped, name) == 0
    users = open_users(address)
    assert verify_password(users.password_hash(name), PASSWORD)
    users.close()
    assert PASSWORD.encode() not in Path(address.removeprefix("sqlite:///")).read_bytes()


@pytest.mark.parametrize("name", ["Ann", "x" * 33, "a b", "", ":house", "a/b", "ä", "a\n"])
def test_name_of_another_form_is_refused(
    piped: Type, address: str, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """One sentence on standard error, exit 2, nobody added."""
    assert add(piped, name) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "1 to 32" in said.err
    users = open_users(address)
    assert users.list() == []
    users.close()


@pytest.mark.parametrize("password", ["", "short", "x" * 1025])
def test_password_of_a_wrong_length_is_refused(piped: Type, password: str, capsys: pytest.CaptureFixture[str]) -> None:
    """And not repeated in the sentence."""
    piped(f"{password}\n")
    assert main(["user", "add", "ann", "--password-stdin"]) == 2
    said = capsys.readouterr().err
    assert "8 to 1024" in said
    assert not password or password not in said


def test_name_that_is_taken_is_refused(piped: Type, capsys: pytest.CaptureFixture[str]) -> None:
    """The first user keeps everything."""
    assert add(piped, "ann") == 0
    assert add(piped, "ann", "--role", "admin") == 2
    assert capsys.readouterr().err == "tradeterm: there is a user ann already\n"


def test_role_that_there_is_not_is_refused(piped: Type) -> None:
    """Exit 2, as for every wrong word."""
    assert add(piped, "ann", "--role", "boss") == 2


def test_password_is_typed_twice_at_a_terminal(
    monkeypatch: pytest.MonkeyPatch, address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same both times, or it is not taken; a closed terminal is no password."""
    typed(monkeypatch, PASSWORD, PASSWORD)
    assert main(["user", "add", "ann"]) == 0
    typed(monkeypatch, PASSWORD, "correct house")
    assert main(["user", "add", "bob"]) == 2
    typed(monkeypatch)
    assert main(["user", "add", "bob"]) == 2
    assert capsys.readouterr().err.splitlines() == [
        "tradeterm: the two passwords differ",
        "tradeterm: no password was typed",
    ]
    users = open_users(address)
    assert [user.name for user in users.list()] == ["ann"]
    users.close()


def test_list_shows_one_user_a_line(piped: Type, capsys: pytest.CaptureFixture[str]) -> None:
    """Name, role, state and since when, by name."""
    for name, role in (("zoe", "monitor"), ("ann", "trader")):
        assert add(piped, name, "--role", role) == 0
    assert main(["user", "disable", "zoe"]) == 0
    capsys.readouterr()
    assert main(["user", "list"]) == 0
    lines = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert [line[:3] for line in lines] == [["ann", "trader", "enabled"], ["zoe", "monitor", "disabled"]]
    assert all(line[3].endswith("Z") for line in lines)


def test_new_password_new_role_and_disabling_end_every_session(piped: Type, address: str) -> None:
    """Beside a running server, which sees it by the revision."""
    database = open_database(address, "paper")
    assert add(piped, "ann") == 0
    for words in (["passwd", "ann", "--password-stdin"], ["role", "ann", "monitor"], ["disable", "ann"]):
        database.users.open_session(SignInSession("s", "ann", Scope.TRADE, START, START.replace(year=2100)))
        before = database.users.revision()
        piped("another horse\n")
        assert main(["user", *words]) == 0
        assert database.users.session("s") is None
        assert database.users.revision() != before
    assert verify_password(database.users.password_hash("ann"), "another horse")
    assert main(["user", "enable", "ann"]) == 0
    user = database.users.get("ann")
    assert user is not None
    assert (user.disabled, user.role) == (False, Role.MONITOR)
    database.close()


@pytest.mark.parametrize(
    "words", [["passwd", "--password-stdin"], ["role", "admin"], ["disable"], ["enable"]], ids=lambda words: words[0]
)
def test_user_that_there_is_not_is_told(piped: Type, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing happens silently."""
    piped(f"{PASSWORD}\n")
    assert main(["user", words[0], "nobody", *words[1:]]) == 2
    assert capsys.readouterr().err == "tradeterm: there is no user nobody\n"


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_end_of_the_line_is_no_part_of_the_password(piped: Type, address: str, end: str) -> None:
    """As it is written on whatever system."""
    piped(f"{PASSWORD}{end}")
    assert main(["user", "add", "ann", "--password-stdin"]) == 0
    users = open_users(address)
    assert verify_password(users.password_hash("ann"), PASSWORD)
    users.close()


def test_bytes_that_are_no_text_are_refused_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In each way in which Python may read them."""
    for errors in ("strict", "surrogateescape"):
        stream = io.TextIOWrapper(io.BytesIO(b"caf\xe9 au lait\n"), "utf-8", errors)
        monkeypatch.setattr("sys.stdin", stream)
        assert main(["user", "add", "ann", "--password-stdin"]) == 2
        assert capsys.readouterr().err == "tradeterm: the password is no text in UTF-8\n"


@pytest.mark.parametrize("password", ["password", "12345678", "ann-ann", "ann-ann!"])
def test_easy_password_is_refused(piped: Type, capsys: pytest.CaptureFixture[str], password: str) -> None:
    """For a new user and for a new password, and nobody is added."""
    piped(f"{password}\n")
    assert main(["user", "add", "ann-ann", "--password-stdin"]) == 2
    assert "password" in capsys.readouterr().err
    assert main(["user", "list"]) == 0
    assert capsys.readouterr().out == ""
    assert add(piped, "ann-ann") == 0
    piped(f"{password}\n")
    assert main(["user", "passwd", "ann-ann", "--password-stdin"]) == 2


def test_second_factor_is_given_and_taken_away(piped: Type, address: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What is printed is all that a telephone needs; the sessions of before end."""
    assert add(piped, "ann") == 0
    users = open_users(address)
    users.open_session(SignInSession("s", "ann", Scope.TRADE, START, START.replace(year=2100)))
    capsys.readouterr()
    assert main(["user", "totp", "ann"]) == 0
    said = dict(line.split("\t") for line in capsys.readouterr().out.splitlines())
    factor = users.second_factor("ann")
    assert factor is not None
    seal = SecretSeal(Path(f"{address.removeprefix('sqlite:///')}.secret").read_bytes())
    assert (said["secret"], said["address"].startswith("otpauth://totp/")) == (seal.open(factor.secret, "ann"), True)
    assert said["secret"] not in factor.secret
    assert users.session("s") is None
    assert main(["user", "list"]) == 0
    assert capsys.readouterr().out.endswith("\ttotp\n")
    assert main(["user", "totp", "ann", "--off"]) == 0
    assert users.second_factor("ann") is None
    assert main(["user", "totp", "nobody"]) == 2
    users.close()


def test_second_factor_is_refused_where_the_server_could_not_open_it(
    piped: Type, address: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server was given its signing secret by its environment, and this command has none, or another."""
    assert add(piped, "ann") == 0
    with contextlib.closing(open_users(address)) as users:
        users.note_secret_id(SecretSeal(b"s" * 32).id)
        assert main(["user", "totp", "ann"]) == 2
        assert "TRADETERM_JWT_SECRET" in capsys.readouterr().err
        assert users.second_factor("ann") is None
        monkeypatch.setenv("TRADETERM_JWT_SECRET", "s" * 32)
        assert main(["user", "totp", "ann"]) == 0
        assert users.second_factor("ann") is not None


@pytest.mark.parametrize("command", [("add",), ("passwd",), ("totp",), ("role", "admin")])
def test_name_of_the_consoles_own_user_is_nobody_elses(
    piped: Type, address: str, capsys: pytest.CaptureFixture[str], command: tuple[str, ...]
) -> None:
    """The console gives that user a new password at each start: whoever took the name would lose it, and their account."""
    verb, *more = command
    piped(f"{PASSWORD}\n")
    secret = ["--password-stdin"] if verb in ("add", "passwd") else []
    assert main(["user", verb, "local", *more, *secret]) == 2
    assert "console" in capsys.readouterr().err
    users = open_users(address)
    assert users.get("local") is None
    users.close()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("\udcff", "what was typed has bytes that are no text in UTF-8"),
        ("\x1b[31mann\u202e", "there is no user ?[31mann?"),
    ],
)
def test_a_name_that_nobody_can_have_is_one_plain_sentence(
    name: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing of it steers the terminal; exit 2."""
    assert main(["user", "disable", name]) == 2
    assert capsys.readouterr().err == f"tradeterm: {said}\n"


def test_an_empty_database_is_not_the_usual_one(piped: Type, capsys: pytest.CaptureFixture[str]) -> None:
    """`--db "$DESK"` where the variable is empty: nobody is added to another one."""
    assert add(piped, "ann", "--db", "") == 2
    assert "sqlite:///PATH" in capsys.readouterr().err
    assert main(["user", "list"]) == 0
    assert "ann" not in capsys.readouterr().out
