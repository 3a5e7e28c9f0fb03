"""Secrets of users that the database keeps, such as a second factor's, sealed under a key that is not in it.

The key comes from the signing secret (HKDF), a secret is bound to its user: who has the database alone, or a copy of it, has
none of them, and a row that is put to another user opens for nobody.
"""

import base64
import hashlib
import hmac
import os
from functools import cached_property
from typing import TYPE_CHECKING, Final

from server.ports import Users

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

PREFIX: Final = "sealed:"  # no base32, so that a secret of before is told from a sealed one
NONCE_BYTES: Final = 12
KEY_BYTES: Final = 32
ID_BYTES: Final = 8


class SecretSeal:
    """Seals and opens under one signing secret. `id` tells which one it is, and nothing about it."""

    def __init__(self, signing_secret: bytes) -> None:
        self._key = _derived(signing_secret, b"tradeterm users' secrets", KEY_BYTES)
        self.id = _derived(signing_secret, b"tradeterm which secret", ID_BYTES).hex()

    @cached_property
    def _cipher(self) -> "AESGCM":
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # 90 ms that most servers never need

        return AESGCM(self._key)

    def seal(self, secret: str, user: str) -> str:
        nonce = os.urandom(NONCE_BYTES)
        sealed = nonce + self._cipher.encrypt(nonce, secret.encode(), user.encode())
        return PREFIX + base64.urlsafe_b64encode(sealed).decode()

    def open(self, kept: str, user: str) -> str | None:
        """The secret; None where it was sealed under another signing secret, or for another user. One of before, which
        was not sealed, is given as it is."""
        if not is_sealed(kept):
            return kept
        from cryptography.exceptions import InvalidTag

        try:
            sealed = base64.urlsafe_b64decode(kept.removeprefix(PREFIX))
            return self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], user.encode()).decode()
        except (ValueError, InvalidTag):
            return None


def is_sealed(kept: str) -> bool:
    return kept.startswith(PREFIX)


def seal_what_is_not(users: Users, seal: SecretSeal) -> list[str]:
    """Bring what was kept as it is under the seal; whose second factors cannot be opened, by name."""
    closed: list[str] = []
    for user in users.list():
        factor = users.second_factor(user.name)
        if factor is None:
            continue
        if not is_sealed(factor.secret):
            users.set_second_factor(user.name, seal.seal(factor.secret, user.name), factor.used_step)
        elif seal.open(factor.secret, user.name) is None:
            closed.append(user.name)
    users.note_secret_id(seal.id)
    return closed


def _derived(secret: bytes, purpose: bytes, length: int) -> bytes:
    """HKDF with SHA-256 and no salt (RFC 5869), of one block at most."""
    pseudo_random = hmac.digest(bytes(hashlib.sha256().digest_size), secret, "sha256")
    return hmac.digest(pseudo_random, purpose + b"\x01", "sha256")[:length]
