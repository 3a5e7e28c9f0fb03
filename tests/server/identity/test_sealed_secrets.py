"""Secrets of users in the database are of no use to who has the database alone."""

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from server.identity.sealed_secrets import ID_BYTES, PREFIX, SecretSeal, is_sealed, seal_what_is_not
from server.ports import SecondFactor
from tests.fakes import START, MemoryUsers
from tradeterm.protocol.vocabulary import Role

SECRET = "JBSWY3DPEHPK3PXP"


@pytest.fixture
def seal() -> SecretSeal:
    return SecretSeal(b"s" * 32)


def test_secret_comes_out_as_it_went_in(seal: SecretSeal) -> None:
    """And is not in what is kept, which is another each time."""
    kept = seal.seal(SECRET, "ann")
    assert seal.open(kept, "ann") == SECRET
    assert SECRET not in kept
    assert kept != seal.seal(SECRET, "ann")


def test_what_was_sealed_elsewhere_or_for_another_does_not_open(seal: SecretSeal) -> None:
    kept = seal.seal(SECRET, "ann")
    assert seal.open(kept, "bob") is None
    assert SecretSeal(b"t" * 32).open(kept, "ann") is None


@pytest.mark.parametrize(
    "text", [PREFIX, f"{PREFIX}x", f"{PREFIX}{'A' * 40}", f"{PREFIX}é", f"{PREFIX}====", f"{PREFIX}\0"]
)
def test_what_is_damaged_does_not_open(seal: SecretSeal, text: str) -> None:
    assert seal.open(text, "ann") is None


def test_secret_of_before_is_brought_under_the_seal(seal: SecretSeal) -> None:
    """Its codes stay used; what is sealed already stays as it is, and what cannot be opened is said."""
    users = MemoryUsers()
    for name in ("ann", "bob", "cat", "dan"):
        users.add(name, Role.TRADER, "hash", START)
    kept = seal.seal(SECRET, "bob")
    users.set_second_factor("ann", SECRET, 59_000_000)
    users.set_second_factor("bob", kept)
    users.set_second_factor("cat", SecretSeal(b"t" * 32).seal(SECRET, "cat"))
    assert seal_what_is_not(users, seal) == ["cat"]
    factor = users.second_factor("ann")
    assert factor is not None
    assert is_sealed(factor.secret)
    assert seal.open(factor.secret, "ann") == SECRET
    assert factor.used_step == 59_000_000
    assert users.second_factor("bob") == SecondFactor(kept, 0)
    assert users.second_factor("dan") is None
    assert users.secret_id() == seal.id


def test_keys_are_derived_as_the_standard_says(seal: SecretSeal) -> None:
    """HKDF of RFC 5869, as the library has it; ours needs no 90 ms at every start."""
    derived = HKDF(SHA256(), ID_BYTES, salt=None, info=b"tradeterm which secret").derive(b"s" * 32)
    assert seal.id == derived.hex()


def test_the_id_tells_secrets_apart_and_holds_none_of_them(seal: SecretSeal) -> None:
    assert seal.id == SecretSeal(b"s" * 32).id != SecretSeal(b"t" * 32).id
    assert "73" * 8 not in seal.id
