"""That a password is known only by its hash, and that an unknown user cannot be told from a wrong password."""

from server.identity.passwords import hash_password, verify_password


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
