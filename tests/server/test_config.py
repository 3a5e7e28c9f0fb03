"""Where settings come from, and what is said of a wrong one."""

from decimal import Decimal
from pathlib import Path

import pytest

from server.config import Settings, SettingsError, default_database_url, load_settings


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text('[server]\nport = 1111\nhost = "127.0.0.2"\n[limits]\ncommands_per_s = 7\n[ui]\npalette = "mono"\n')
    return path


def test_flag_wins_over_environment_over_file_over_default(file: Path) -> None:
    """Each source covers the next one, key by key."""
    environ = {
        "TRADETERM_SERVER__PORT": "2222",
        "TRADETERM_LIMITS__SOCKETS_PER_MIN": "0",
        "TRADETERM_SERVER": "http://x",
    }
    settings = load_settings(file, {"server": {"port": 3333, "host": None}}, environ)
    assert settings.server.port == 3333
    assert settings.server.host == "127.0.0.2"
    assert settings.limits.commands_per_s == 7
    assert settings.limits.sockets_per_min == 0
    assert settings.paper.cash == Decimal(100_000)


def test_database_url_comes_from_flag_then_environment() -> None:
    """--db beats TRADETERM_DB, which beats the platform's data folder."""
    assert (
        load_settings(None, {"server": {"db": "sqlite:///a"}}, {"TRADETERM_DB": "sqlite:///b"}).db_url == "sqlite:///a"
    )
    assert load_settings(None, None, {"TRADETERM_DB": "sqlite:///b"}).db_url == "sqlite:///b"
    assert default_database_url({}).startswith("sqlite:///")


def test_money_in_the_file_is_exact(tmp_path: Path) -> None:
    """A TOML number becomes the decimal that was written, never a float."""
    path = tmp_path / "c.toml"
    path.write_text("[paper]\nmaker_fee = 0.0011\n")
    assert load_settings(path, None, {}).paper.maker_fee == Decimal("0.0011")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[server]\nprot = 1\n", "there is no setting server.prot"),
        ("[server]\nport = 99999\n", "the setting server.port is wrong"),
        ("[paper]\ncash = -1\n", "the setting paper.cash is wrong"),
        ("[server\n", "is not TOML"),
        ('[server]\nfeed = "magic"\n', "the setting server.feed is wrong"),
    ],
)
def test_wrong_setting_is_named_in_one_sentence(tmp_path: Path, text: str, said: str) -> None:
    """The message names the setting and stays on one line."""
    path = tmp_path / "c.toml"
    path.write_text(text)
    with pytest.raises(SettingsError, match=said) as caught:
        load_settings(path, None, {})
    assert "\n" not in str(caught.value)


def test_named_file_must_exist(tmp_path: Path) -> None:
    """A --config that is not there is an error; the default file may be missing."""
    with pytest.raises(SettingsError, match="does not exist"):
        load_settings(tmp_path / "none.toml", None, {})


def test_secrets_never_show() -> None:
    """Neither the settings' text nor an error about them holds a secret."""
    settings = load_settings(None, None, {"TRADETERM_JWT_SECRET": "hush-hush", "TRADETERM_ADMIN_PASSWORD": "quiet"})
    assert isinstance(settings, Settings)
    assert "hush" not in repr(settings)
    assert "quiet" not in repr(settings)
    with pytest.raises(SettingsError) as caught:
        load_settings(None, None, {"TRADETERM_VENUES__X__SECRET": "hush-hush"})
    assert "hush" not in str(caught.value)
