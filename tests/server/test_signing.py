"""The signing secret is found where the server finds it, by commands beside it too."""

from pathlib import Path

import pytest

from server.identity.signing_secret import SecretUnavailable
from server.signing import signing_secret_of


def test_what_is_given_is_taken(tmp_path: Path) -> None:
    """And no file is made."""
    assert signing_secret_of(f"sqlite:///{tmp_path}/x.db", "s" * 40) == b"s" * 40
    assert not list(tmp_path.iterdir())
    with pytest.raises(SecretUnavailable, match="TRADETERM_JWT_SECRET"):
        signing_secret_of(f"sqlite:///{tmp_path}/x.db", "short")


def test_else_it_is_kept_beside_the_database(tmp_path: Path) -> None:
    made = signing_secret_of(f"sqlite:///{tmp_path}/x.db", None)
    assert signing_secret_of(f"sqlite:///{tmp_path}/x.db", None) == made
    assert (tmp_path / "x.db.secret").read_bytes() == made


def test_for_a_database_elsewhere_it_is_in_the_users_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    made = signing_secret_of("postgresql://nowhere/x", None)
    assert (tmp_path / "tradeterm" / "signing.secret").read_bytes() == made
