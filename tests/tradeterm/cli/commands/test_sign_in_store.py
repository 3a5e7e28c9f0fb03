"""The kept sign-ins: found by server, private to their owner, none where the file is damaged."""

from pathlib import Path

import pytest

from tradeterm.cli.commands.sign_in_store import SignIn, alone, forget, keep, kept_sign_in, kept_sign_ins, renew_kept
from tradeterm.config import Folders

HERE = SignIn("http://127.0.0.1:1", "ann", "a1", "r1")
THERE = SignIn("http://127.0.0.1:2", "bob", "a2", "r2")


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    return Folders(tmp_path / "config", tmp_path / "data", tmp_path / "state")


def test_each_server_has_one_sign_in_and_the_latest_is_last(folders: Folders) -> None:
    """So that a command without a server uses the one of the last login."""
    for one in (HERE, THERE, HERE):
        keep(folders, one)
    assert kept_sign_ins(folders) == [THERE, HERE]
    assert kept_sign_in(folders, THERE.url) == THERE


def test_renewing_changes_tokens_and_not_the_order(folders: Folders) -> None:
    """A command on one server does not make it the one of the last login."""
    keep(folders, HERE)
    keep(folders, THERE)
    fresh = SignIn(HERE.url, HERE.user, "a3", "r3")
    renew_kept(folders, fresh)
    assert kept_sign_ins(folders) == [fresh, THERE]


def test_what_is_forgotten_is_gone(folders: Folders) -> None:
    """The other servers' sessions stay."""
    keep(folders, HERE)
    keep(folders, THERE)
    forget(folders, HERE.url)
    assert kept_sign_ins(folders) == [THERE]


def test_nobody_else_can_read_them(folders: Folders) -> None:
    """Whoever has the tokens can trade."""
    keep(folders, HERE)
    with alone(folders):
        pass
    assert [oct(file.stat().st_mode & 0o777) for file in folders.state.iterdir()] == ["0o600", "0o600"]


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "3", "[1]", '[{"url":"x"}]', '{"url":"x"}'])
def test_a_damaged_file_holds_none(folders: Folders, text: str) -> None:
    """Then one signs in again."""
    folders.state.mkdir(parents=True)
    (folders.state / "sign-ins.json").write_text(text)
    assert kept_sign_ins(folders) == []
