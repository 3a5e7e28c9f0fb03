"""The secret that tokens are signed with: long enough, its owner's alone, and where it is said to be."""

import os
import re
from pathlib import Path

import pytest

from server.assembly import prepare_users, signing_secret
from server.clock_and_ids import SystemClock
from server.config import SettingsError, load_settings
from server.identity.signing_secret import LEAST_BYTES, SecretUnavailable, kept_secret
from tests.fakes import MemoryUsers


def test_secret_is_made_once_and_kept(tmp_path: Path) -> None:
    """The same at the next start, readable by nobody else."""
    path = tmp_path / "new" / "desk.secret"
    made = kept_secret(path)
    assert len(made) >= LEAST_BYTES
    assert kept_secret(path) == made
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("size", [0, 1, LEAST_BYTES - 1])
def test_short_file_is_refused_with_a_sentence_and_left_alone(tmp_path: Path, size: int) -> None:
    """Empty, one byte, one byte too few: the text says how many, and nothing of them."""
    path = tmp_path / "desk.secret"
    path.write_bytes(b"q" * size)
    with pytest.raises(SecretUnavailable, match=rf"{re.escape(str(path))} has {size} bytes.* at least 32"):
        kept_secret(path)
    assert path.read_bytes() == b"q" * size


def test_file_that_others_could_read_is_mended(tmp_path: Path) -> None:
    """From now on they cannot."""
    path = tmp_path / "desk.secret"
    path.write_bytes(b"q" * 40)
    path.chmod(0o644)
    assert kept_secret(path) == b"q" * 40
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("target_exists", [True, False])
def test_link_is_not_followed(tmp_path: Path, target_exists: bool) -> None:
    """Neither to read what another has put there, nor to write through it."""
    target, path = tmp_path / "target", tmp_path / "desk.secret"
    if target_exists:
        target.write_bytes(b"q" * 40)
    path.symlink_to(target)
    with pytest.raises(SecretUnavailable, match="link"):
        kept_secret(path)
    assert target.exists() == target_exists


def test_pipe_is_no_secret(tmp_path: Path) -> None:
    """It is refused, and not waited for."""
    path = tmp_path / "desk.secret"
    os.mkfifo(path)
    with pytest.raises(SecretUnavailable, match="not a file"):
        kept_secret(path)


@pytest.mark.parametrize("secret", ["x", "x" * 31])
def test_short_secret_of_the_environment_is_refused(secret: str) -> None:
    """By the variable's name; what it holds is not told."""
    settings = load_settings(Path("/dev/null"), {}, {"TRADETERM_JWT_SECRET": secret})
    with pytest.raises(SecretUnavailable, match=f"TRADETERM_JWT_SECRET has {len(secret)} bytes"):
        signing_secret(settings)
    long = load_settings(Path("/dev/null"), {}, {"TRADETERM_JWT_SECRET": "x" * 32})
    assert signing_secret(long) == b"x" * 32


def test_admin_of_the_environment_needs_a_password_like_anybody() -> None:
    """Else there is no admin, and a sentence that does not hold it."""
    users = MemoryUsers()
    for weak in ("x", "password", "admin123"):
        settings = load_settings(Path("/dev/null"), {}, {"TRADETERM_ADMIN_PASSWORD": weak})
        with pytest.raises(SettingsError, match="TRADETERM_ADMIN_PASSWORD") as refused:
            prepare_users(users, settings, None, SystemClock())
        assert f" {weak}" not in str(refused.value).replace("the password", "")
    assert users.get("admin") is None
    good = load_settings(Path("/dev/null"), {}, {"TRADETERM_ADMIN_PASSWORD": "a battery of horses"})
    prepare_users(users, good, None, SystemClock())
    assert users.get("admin") is not None


def test_of_two_who_make_it_at_once_one_s_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between looking and making somebody else was quicker: their secret is everybody's."""
    path, first = tmp_path / "secret", b"f" * LEAST_BYTES

    def quicker(source: str, target: str) -> None:
        path.write_bytes(first)
        path.chmod(0o600)
        raise FileExistsError

    monkeypatch.setattr(os, "link", quicker)
    assert kept_secret(path) == first
    assert [one.name for one in tmp_path.iterdir()] == ["secret"]
