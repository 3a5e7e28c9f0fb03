"""The signing secret of a server that was given none: made at first start, kept in a file that its owner alone can read."""

import os
import secrets
from pathlib import Path

BYTES = 48


class SecretUnavailable(Exception):
    """The secret can be neither read nor made; the text says why."""


def kept_secret(path: Path) -> bytes:
    """The secret kept in this file, made if there is none. Raises SecretUnavailable."""
    try:
        return _read(path) if path.exists() else _make(path)
    except OSError as error:
        raise SecretUnavailable(f"the signing secret {path} cannot be kept: {error.strerror}") from None


def _read(path: Path) -> bytes:
    if path.stat().st_mode & 0o077:
        path.chmod(0o600)
    return path.read_bytes()


def _make(path: Path) -> bytes:
    path.parent.mkdir(parents=True, exist_ok=True)
    secret = secrets.token_urlsafe(BYTES).encode()
    # Written whole under another name: a crash in between must not leave a short secret behind.
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(secret)
    try:
        os.link(fresh, path)
    except FileExistsError:
        return _read(path)
    finally:
        fresh.unlink()
    return secret
