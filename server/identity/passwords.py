"""Passwords to argon2id hashes and back to yes or no, and which are too easy. Stores nothing, logs nothing."""

import gzip
import unicodedata
from functools import cache
from importlib.resources import files
from itertools import pairwise

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

MINIMUM_LENGTH = 8
MAXIMUM_LENGTH = 1024  # longer ones only serve to keep the server busy
FEWEST_CHARACTERS = 4
OURS = frozenset({"tradeterm", "tradeterminal", "papertrading", "papermoney"})  # what is near at hand here
ENDINGS = "0123456789!?.#$*-_+ "  # what people put after a word to have a password

# The first choice of RFC 9106 takes 2 GiB; this is OWASP's: 19 MiB, two passes, some 15-30 ms.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1, type=Type.ID)


def weakness(password: str, user: str) -> str | None:
    """Why this cannot be the user's password, as a sentence; None for one that can."""
    word = unicodedata.normalize("NFC", password)
    if not MINIMUM_LENGTH <= len(word) <= MAXIMUM_LENGTH:
        return f"a password has {MINIMUM_LENGTH} to {MAXIMUM_LENGTH} characters"
    try:
        word.encode()
    except UnicodeEncodeError:
        return "the password is no text in UTF-8"
    plain = word.casefold()
    if plain == user or plain.strip(ENDINGS) == (user.strip(ENDINGS) or None):
        return "the password is the user's name"
    if len(set(plain)) < FEWEST_CHARACTERS or _is_a_row(plain):
        return "the password repeats or counts up a few characters"
    if not {plain, plain.rstrip(ENDINGS)}.isdisjoint(_common() | OURS):
        return "the password is one of those that are tried first; choose another"
    return None


def hash_password(password: str) -> str:
    """The hash to store, salt and parameters included. Takes tens of milliseconds: not on an event loop."""
    return _HASHER.hash(unicodedata.normalize("NFC", password))


def verify_password(stored: str | None, password: str) -> bool:
    """Whether the password is the one, in whichever form of Unicode it is typed. `stored` None, an unknown user, takes as
    long as a wrong password does."""
    # What was hashed before forms were made one may be in another than NFC. Most passwords are the same in all.
    forms = dict.fromkeys((unicodedata.normalize("NFC", password), password, unicodedata.normalize("NFD", password)))
    matches = any(_verify(_nobody() if stored is None else stored, form) for form in forms)
    return matches and stored is not None


def _verify(stored: str, password: str) -> bool:
    try:
        return _HASHER.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobody() -> str:
    """A hash that belongs to nobody."""
    return _HASHER.hash("nobody's password")


def _is_a_row(text: str) -> bool:
    """abcdefgh, 87654321: each the next of the one before."""
    steps = {ord(after) - ord(before) for before, after in pairwise(text)}
    return steps in ({1}, {-1})


@cache
def _common() -> frozenset[str]:
    """The six thousand most used passwords of eight characters and more, as the zxcvbn project counted them."""
    packed = (files("server.identity") / "common_passwords.txt.gz").read_bytes()
    return frozenset(gzip.decompress(packed).decode().split())
