"""Keys of exchanges: in a file that says nothing without its passphrase, or in the system's keyring."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import SecretStr

from server.config import SettingsError, VenueSection
from server.identity import passphrases
from server.venue_keys import KeyFile, Keyring, KeysUnavailable, VenueKey, key_of, key_store

KEY = VenueKey("public-part", "private-part", {"password": "third-part"})


@pytest.fixture(autouse=True)
def _cheap_derivation(monkeypatch: pytest.MonkeyPatch) -> None:
    """What makes a passphrase dear to guess makes tests slow."""
    monkeypatch.setattr(passphrases, "MEMORY_KIB", 64)
    monkeypatch.setattr(passphrases, "PASSES", 1)


def kept(path: Path, passphrase: str | None = "a passphrase") -> KeyFile:
    return KeyFile(path, lambda: passphrase)


def test_a_key_comes_back_and_the_file_says_nothing_of_it(tmp_path: Path) -> None:
    """Its owner alone may read the file; the same key twice looks different; nor does its repr say it."""
    path = tmp_path / "keys.json"
    kept(path).put("binance", KEY)
    first = path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600
    assert not [part for part in ("public-part", "private-part", "third-part") if part in first]
    assert kept(path).get("binance") == KEY
    assert kept(path).get("kraken") is None
    kept(path).put("binance", KEY)
    assert path.read_text() != first
    assert repr(KEY) == "VenueKey(…)"
    assert kept(path).names() == ["binance"]
    assert kept(path).remove("binance")
    assert not kept(path).remove("binance")


def test_another_passphrase_opens_nothing_and_adds_nothing(tmp_path: Path) -> None:
    """A mistyped one would lock the next key away from those before it."""
    path = tmp_path / "keys.json"
    kept(path).put("binance", KEY)
    for wrong in ("another", ""):
        with pytest.raises(KeysUnavailable, match="passphrase"):
            kept(path, wrong).get("binance")
    with pytest.raises(KeysUnavailable):
        kept(path, "another").put("kraken", KEY)
    assert kept(path).names() == ["binance"]


def test_an_entry_cannot_be_passed_off_as_anothers_nor_changed(tmp_path: Path) -> None:
    """The venue's name is part of what is sealed."""
    path = tmp_path / "keys.json"
    kept(path).put("binance", KEY)
    held = json.loads(path.read_text())
    path.write_text(json.dumps({"kraken": held["binance"]}))
    with pytest.raises(KeysUnavailable, match="was changed"):
        kept(path).get("kraken")
    for damaged in ('{"binance": {"salt": "!"}}', "[1]", "nonsense", "[" * 100_000):
        path.write_text(damaged)
        with pytest.raises(KeysUnavailable, match=r"damaged|cannot be read"):
            kept(path).get("binance")


def test_a_system_keyring_is_used_where_there_is_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """One that keeps nothing safe is none."""
    entries: dict[tuple[str, str], str] = {}
    keyring: Any = SimpleNamespace(
        get_keyring=lambda: SimpleNamespace(priority=5),
        get_password=lambda service, name: entries.get((service, name)),
        set_password=lambda service, name, text: entries.__setitem__((service, name), text),
        delete_password=lambda service, name: entries.pop((service, name)),
    )
    monkeypatch.setattr("importlib.import_module", lambda name: keyring)
    store = key_store(lambda: None, tmp_path / "keys.json")
    assert isinstance(store, Keyring)
    store.put("binance", KEY)
    assert (store.names(), store.get("binance"), store.get("kraken")) == (["binance"], KEY, None)
    assert (store.remove("binance"), store.remove("binance"), store.names()) == (True, False, [])
    keyring.get_keyring = lambda: SimpleNamespace(priority=0)
    assert isinstance(key_store(lambda: None, tmp_path / "keys.json"), KeyFile)


def test_the_settings_own_key_comes_first_and_a_missing_one_is_said() -> None:
    """With how to add it."""
    section = VenueSection(exchange="binance", api_key=SecretStr("a"), secret=SecretStr("b"))
    assert key_of("binance", section, lambda: None) == VenueKey("a", "b")
    with pytest.raises(SettingsError, match="tradeterm keys add binance"):
        key_of("binance", VenueSection(exchange="binance"), lambda: None)
