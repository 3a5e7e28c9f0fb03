"""Passwords to argon2id hashes and back to yes or no. Stores nothing, logs nothing, knows no user."""

from functools import cache

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

MINIMUM_LENGTH = 8
MAXIMUM_LENGTH = 1024  # longer ones only serve to keep the server busy

# The first choice of RFC 9106 takes 2 GiB; this is OWASP's: 19 MiB, two passes, some 15-30 ms.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1, type=Type.ID)


def hash_password(password: str) -> str:
    """The hash to store, salt and parameters included. Takes tens of milliseconds: not on an event loop."""
    return _HASHER.hash(password)


def verify_password(stored: str | None, password: str) -> bool:
    """Whether the password is the one. `stored` None, an unknown user, takes as long as a wrong password does."""
    try:
        matches = _HASHER.verify(_nobody() if stored is None else stored, password)
    except (VerificationError, InvalidHashError):
        return False
    return matches and stored is not None


@cache
def _nobody() -> str:
    """A hash that belongs to nobody."""
    return _HASHER.hash("nobody's password")
