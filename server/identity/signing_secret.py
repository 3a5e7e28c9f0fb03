"""The signing secret of a server that was given none: made at first start, kept in a file that its owner alone can read."""

import errno
import os
import secrets
import stat
from pathlib import Path

from server.owner_only import named, written_beside

BYTES = 48
LEAST_BYTES = 32  # as HS256's own digest has


class SecretUnavailable(Exception):
    """The secret can be neither read nor made; the text says why."""


def kept_secret(path: Path) -> bytes:
    """The secret kept in this file, made if there is none. Raises SecretUnavailable."""
    try:
        try:
            return _read(path)
        except FileNotFoundError:
            return _make(path)
    except OSError as error:
        why = "it is a link" if error.errno == errno.ELOOP else error.strerror
        raise SecretUnavailable(f"the signing secret {path} cannot be kept: {why}") from None


def checked_secret(secret: bytes, whence: str) -> bytes:
    """The secret, if it is long enough not to be guessed. Raises SecretUnavailable; the text holds nothing of it."""
    if len(secret) < LEAST_BYTES:
        raise SecretUnavailable(f"{whence} has {len(secret)} bytes, and a signing secret needs at least {LEAST_BYTES}")
    return secret


def _read(path: Path) -> bytes:
    """What is in the file, which its owner alone can read from now on. A link is not followed."""
    with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode) or found.st_uid not in (os.geteuid(), 0):
            raise SecretUnavailable(f"the signing secret {path} is not a file of this user's")
        if found.st_mode & 0o077:
            os.fchmod(file.fileno(), 0o600)
        return checked_secret(file.read(), f"the file {path}")


def _make(path: Path) -> bytes:
    secret = secrets.token_urlsafe(BYTES).encode()
    with written_beside(path, secret) as fresh:
        try:
            named(fresh, path)
        except FileExistsError:
            return _read(path)  # somebody else was quicker: theirs is everybody's
    return secret
