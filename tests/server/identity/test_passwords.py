"""That a password is known only by its hash, and that an unknown user cannot be told from a wrong password."""

import unicodedata
from typing import Literal

import pytest
from argon2 import PasswordHasher

from server.identity.passwords import hash_password, verify_password, weakness

Form = Literal["NFC", "NFD"]


def test_only_the_password_itself_is_taken() -> None:
    """The right one is; a longer, shorter, other-cased or empty one is not."""
    stored = hash_password("correct horse")
    assert verify_password(stored, "correct horse")
    for wrong in ("correct hors", "correct horse ", "Correct horse", ""):
        assert not verify_password(stored, wrong)


def test_hash_tells_nothing_of_the_password() -> None:
    """Two hashes of one password differ, and are argon2id."""
    one, two = hash_password("correct horse"), hash_password("correct horse")
    assert one != two
    assert one.startswith("$argon2id$")
    assert "horse" not in one


def test_nobody_and_nonsense_are_no_without_an_error() -> None:
    """No stored hash, or one that is none, answers no."""
    assert not verify_password(None, "nobody's password")
    assert not verify_password("not a hash", "x")


def test_password_of_any_script_is_taken() -> None:
    """Bytes decide, so every script and length works."""
    word = "пароль🔑" * 50
    assert verify_password(hash_password(word), word)


@pytest.mark.parametrize("stored_form", ["NFC", "NFD"])
@pytest.mark.parametrize("typed_form", ["NFC", "NFD"])
def test_same_letters_are_the_same_password_in_either_form_of_unicode(stored_form: Form, typed_form: Form) -> None:
    """However they are typed; also for a hash of before, which was made of the letters as they came."""
    word = "Schlüssel für Ångström"
    new = hash_password(unicodedata.normalize(stored_form, word))
    old = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1).hash(unicodedata.normalize(stored_form, word))
    for stored in (new, old):
        assert verify_password(stored, unicodedata.normalize(typed_form, word))
    assert not verify_password(new, "Schlussel fur Angstrom")


@pytest.mark.parametrize(
    "password",
    [
        *(
            "password",
            "12345678",
            "aaaaaaaa",
            "abcdefgh",
            "87654321",
            "qwertyuiop",
            "Password123!",
            "TrustNo1",
            "iloveyou",
        ),
        *("short", "", "x" * 1025, "11112222", "sunshine2024", "ann-smith", "Ann-Smith1", "Tradeterm1!", "\ud800" * 10),
    ],
)
def test_easy_password_is_refused_with_a_sentence(password: str) -> None:
    """Too short, among the first that are tried, with a number behind it, the user's own name."""
    why = weakness(password, "ann-smith")
    assert why is not None
    assert "password" in why
    assert not password or password in ("password",) or password not in why


@pytest.mark.parametrize(
    "password", ["correct horse battery", "пароль🔑 длинный", "T7#mQ2vL", "x" * 1000 + "yzw!", "ann likes tea"]
)
def test_other_password_is_taken(password: str) -> None:
    """Length and script are free; no classes of characters are asked for."""
    assert weakness(password, "ann") is None
