"""Secrets of users that the database keeps, such as a second factor's, sealed under a key that is not in it.

The key comes from the signing secret (HKDF), a secret is bound to its user: who has the database alone, or a copy of it, has
none of them, and a row that is put to another user opens for nobody.
"""

import base64
import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from server.ports import Users

PREFIX: Final = "sealed:"  # no base32, so that a secret of before is told from a sealed one
NONCE_BYTES: Final = 12
KEY_BYTES: Final = 32
ID_BYTES: Final = 8


class SecretSeal:
    """Seals and opens under one signing secret. `id` tells which one it is, and nothing about it."""

    def __init__(self, signing_secret: bytes) -> None:
        self._cipher = AESGCM(_derived(signing_secret, b"tradeterm users' secrets", KEY_BYTES))
        self.id = _derived(signing_secret, b"tradeterm which secret", ID_BYTES).hex()

    def seal(self, secret: str, user: str) -> str:
        nonce = os.urandom(NONCE_BYTES)
        sealed = nonce + self._cipher.encrypt(nonce, secret.encode(), user.encode())
        return PREFIX + base64.urlsafe_b64encode(sealed).decode()

    def open(self, kept: str, user: str) -> str | None:
        """The secret; None where it was sealed under another signing secret, or for another user. One of before, which
        was not sealed, is given as it is."""
        if not is_sealed(kept):
            return kept
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
    return HKDF(SHA256(), length, salt=None, info=purpose).derive(secret)
