"""A key made of a passphrase, so slowly that guessing costs more than what it guards. Keeps nothing."""

from typing import Final

from argon2.low_level import Type, hash_secret_raw

KEY_BYTES: Final = 32
PASSES: Final = 3
MEMORY_KIB: Final = 65_536
LANES: Final = 4


def key_from(passphrase: str, salt: bytes) -> bytes:
    """32 bytes, by argon2id: the same for the same passphrase and salt."""
    return hash_secret_raw(passphrase.encode(), salt, PASSES, MEMORY_KIB, LANES, KEY_BYTES, Type.ID)
