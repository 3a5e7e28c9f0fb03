"""Passwords as argon2id hashes. Slow on purpose: call these in a thread. Nothing here is ever logged."""

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

_hasher = PasswordHasher()
# Checked when there is no such user, so that a wrong name takes as long as a wrong password.
_NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHRzb21lc2FsdA$Zs2MGHVz0lMKzJ4gmEW4RVxmWo2yCMZ5i0pRzA2ZNBg"


def hash_password(password: str) -> str:
    return _hasher.hash(password)


def verify_password(stored: str | None, password: str) -> bool:
    """Does the password match? `stored` is None for a name that does not exist."""
    try:
        matches = _hasher.verify(stored or _NOBODY, password)
    except (Argon2Error, InvalidHashError):
        return False
    return matches and stored is not None
