"""Keys made of passphrases."""

from server.identity.passphrases import key_from


def test_a_key_depends_on_passphrase_and_salt_alone() -> None:
    """As argon2id gives it, 32 bytes."""
    key = key_from("a passphrase", b"s" * 16)
    assert key == key_from("a passphrase", b"s" * 16)
    assert len(key) == 32
    assert len({key, key_from("another", b"s" * 16), key_from("a passphrase", b"t" * 16)}) == 3
