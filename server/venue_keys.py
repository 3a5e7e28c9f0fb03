"""Where the keys of exchanges are kept: in the system's keyring, else in a file that is encrypted with a passphrase.

The file is AES-256-GCM under a key that argon2id makes of the passphrase; the venue's name is bound into it, so that no
entry can be passed off as another's. Nothing of a key is ever in a message.
"""

import base64
import importlib
import json
import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

import platformdirs

from server.config import SettingsError, VenueSection
from server.identity.passphrases import key_from
from server.owner_only import written_beside
from tradeterm.secret_line import typed_secret

SERVICE = "tradeterm"
SALT_BYTES, NONCE_BYTES = 16, 12


class KeysUnavailable(Exception):
    """The keys cannot be had; the text says why, in one sentence without secrets."""


@dataclass(frozen=True, slots=True, repr=False)
class VenueKey:
    """`more` is what an exchange wants beside the two (a passphrase of its own: `{"password": …}`)."""

    api_key: str
    secret: str
    more: Mapping[str, str] = field(default_factory=dict)

    def __repr__(self) -> str:
        return "VenueKey(…)"


class KeyStore(Protocol):
    """Keys by venue. Each of these raises KeysUnavailable."""

    def put(self, venue: str, key: VenueKey) -> None: ...

    def get(self, venue: str) -> VenueKey | None: ...

    def remove(self, venue: str) -> bool: ...

    def names(self) -> list[str]: ...


def default_key_file() -> Path:
    return Path(platformdirs.user_data_dir("tradeterm", appauthor=False)) / "venue-keys.json"


class KeyFile:
    """Keys in one file, each encrypted by itself. `passphrase()` is asked for when it is needed, and once."""

    def __init__(self, path: Path, passphrase: Callable[[], str | None]) -> None:
        self._path, self._ask = path, passphrase
        self._passphrase: str | None = None

    def names(self) -> list[str]:
        return sorted(self._read())

    def put(self, venue: str, key: VenueKey) -> None:
        held = self._read()
        if held:
            self._opened(*next(iter(held.items())))  # one passphrase for all: a mistyped one would lock a key away
        salt, nonce = secrets.token_bytes(SALT_BYTES), secrets.token_bytes(NONCE_BYTES)
        plain = json.dumps(asdict(key)).encode()
        sealed = _cipher(self._known_passphrase(), salt).encrypt(nonce, plain, venue.encode())
        held[venue] = {name: _text(part) for name, part in (("salt", salt), ("nonce", nonce), ("sealed", sealed))}
        self._write(held)

    def get(self, venue: str) -> VenueKey | None:
        entry = self._read().get(venue)
        return None if entry is None else self._opened(venue, entry)

    def remove(self, venue: str) -> bool:
        held = self._read()
        if held.pop(venue, None) is None:
            return False
        self._write(held)
        return True

    def _opened(self, venue: str, entry: Mapping[str, str]) -> VenueKey:
        try:
            salt, nonce, sealed = (_bytes(entry[name]) for name in ("salt", "nonce", "sealed"))
        except (KeyError, ValueError, TypeError):
            raise KeysUnavailable(f"{self._path} is damaged") from None
        try:
            plain = _cipher(self._known_passphrase(), salt).decrypt(nonce, sealed, venue.encode())
        except _invalid_tag():
            raise KeysUnavailable("that is not the passphrase of the keys, or their file was changed") from None
        return VenueKey(**json.loads(plain))

    def _known_passphrase(self) -> str:
        if self._passphrase is None:
            self._passphrase = self._ask()
        if not self._passphrase:
            raise KeysUnavailable("the keys are kept under a passphrase, and none was given")
        return self._passphrase

    def _read(self) -> dict[str, Any]:
        try:
            held = json.loads(self._path.read_text("utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, RecursionError):
            raise KeysUnavailable(f"{self._path} cannot be read") from None
        if not isinstance(held, dict):
            raise KeysUnavailable(f"{self._path} is damaged")
        return held

    def _write(self, held: Mapping[str, Any]) -> None:
        """In one step, readable by its owner alone: who reads finds the old or the new one, whole. Raises KeysUnavailable."""
        try:
            with written_beside(self._path, json.dumps(held, indent=1).encode()) as fresh:
                fresh.replace(self._path)
        except OSError as error:
            raise KeysUnavailable(
                f"{self._path} cannot be written: {(error.strerror or 'it failed').lower()}"
            ) from None


class Keyring:
    """Keys in the system's keyring, and their names in an entry of their own."""

    def __init__(self, backend: Any) -> None:
        self._backend = backend

    def names(self) -> list[str]:
        return sorted(json.loads(self._backend.get_password(SERVICE, "venues") or "[]"))

    def put(self, venue: str, key: VenueKey) -> None:
        self._backend.set_password(SERVICE, f"venue:{venue}", json.dumps(asdict(key)))
        self._backend.set_password(SERVICE, "venues", json.dumps(sorted({*self.names(), venue})))

    def get(self, venue: str) -> VenueKey | None:
        held = self._backend.get_password(SERVICE, f"venue:{venue}")
        return None if held is None else VenueKey(**json.loads(held))

    def remove(self, venue: str) -> bool:
        if venue not in self.names():
            return False
        self._backend.delete_password(SERVICE, f"venue:{venue}")
        self._backend.set_password(SERVICE, "venues", json.dumps([one for one in self.names() if one != venue]))
        return True


def key_store(passphrase: Callable[[], str | None], path: Path | None = None) -> KeyStore:
    """The system's keyring where there is one that keeps secrets, else the file."""
    backend = _system_keyring()
    return KeyFile(path or default_key_file(), passphrase) if backend is None else Keyring(backend)


def _system_keyring() -> Any:
    """None where the library is not installed, or knows no keyring here that is one."""
    try:
        keyring = importlib.import_module("keyring")
    except ImportError:
        return None
    backend = keyring.get_keyring()
    return keyring if float(getattr(backend, "priority", 0)) >= 1 else None


def key_of(venue: str, section: VenueSection, passphrase: Callable[[], str | None]) -> VenueKey:
    """The settings' own key, else the kept one. Raises SettingsError."""
    if section.api_key is not None and section.secret is not None:
        return VenueKey(section.api_key.get_secret_value(), section.secret.get_secret_value())
    try:
        key = key_store(passphrase).get(venue)
    except KeysUnavailable as error:
        raise SettingsError(f"the key of {venue} cannot be had: {error}") from None
    if key is None:
        raise SettingsError(f"there is no key of {venue}: add one with `tradeterm keys add {venue}`")
    return key


def _cipher(passphrase: str, salt: bytes) -> Any:
    aead = _cryptography("cryptography.hazmat.primitives.ciphers.aead")
    return aead.AESGCM(key_from(passphrase, salt))


def _invalid_tag() -> type[Exception]:
    found: type[Exception] = _cryptography("cryptography.exceptions").InvalidTag
    return found


def _cryptography(name: str) -> Any:
    """It comes with ccxt: nobody else needs it."""
    try:
        return importlib.import_module(name)
    except ImportError:
        raise KeysUnavailable("keys of exchanges need the extra: install tradeterm[ccxt]") from None


def _text(part: bytes) -> str:
    return base64.b64encode(part).decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def typed_passphrase(prompt: str = "Passphrase of the exchange keys: ") -> str | None:
    """From the terminal; None where nobody sits there."""
    try:
        with open(os.ctermid(), "rb"):
            pass
    except OSError:
        return None
    try:
        return typed_secret(prompt)
    except EOFError:
        return None
