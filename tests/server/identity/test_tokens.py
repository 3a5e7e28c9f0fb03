"""What a token says, and what is no token: signature, audience and every claim."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest

from server.identity.tokens import MAX_TOKEN_LENGTH, Claims, Refusal, TokenSigner, TokenUse
from tradeterm.protocol.vocabulary import Role, Scope

SECRET = b"a secret of more than thirty-two bytes"
NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
CLAIMS = Claims("ann", Role.TRADER, Scope.TRADE, "s-1", TokenUse.ACCESS, NOW, NOW + timedelta(minutes=15), 3)


def forged(key: bytes = SECRET, algorithm: str = "HS256", **claims: Any) -> str:
    """A token of ours with some claims changed, and those that are None taken out."""
    said = jwt.decode(TokenSigner(SECRET).sign(CLAIMS), options={"verify_signature": False})
    return jwt.encode({k: v for k, v in {**said, **claims}.items() if v is not None}, key, algorithm=algorithm)


def test_what_was_signed_is_read_back() -> None:
    """All of it, times in whole seconds."""
    signer = TokenSigner(SECRET)
    late = replace(CLAIMS, issued_at=NOW + timedelta(microseconds=900_000))
    assert signer.read(signer.sign(CLAIMS), TokenUse.ACCESS) == CLAIMS
    assert signer.read(signer.sign(late), TokenUse.ACCESS) == CLAIMS


@pytest.mark.parametrize(
    "claims",
    [
        *({name: None} for name in ("aud", "iss", "exp", "nbf", "iat", "sub", "sid", "role", "scope", "typ")),
        {"aud": "another"},
        {"iss": "another"},
        {"sub": 7},
        {"sid": ["s-1"]},
        {"role": "king"},
        {"scope": "all"},
        {"typ": "id"},
        {"typ": "refresh"},
        {"gen": "3"},
        {"gen": True},
        {"exp": 10**30},
        {"iat": 1.5, "nbf": 1.5},
        {"nbf": 0},
        {"exp": int((NOW + timedelta(days=2)).timestamp())},
    ],
    ids=str,
)
def test_claim_that_is_missing_wrong_or_absurd_makes_no_token(claims: dict[str, Any]) -> None:
    """Although it is signed with the right secret."""
    assert TokenSigner(SECRET).read(forged(**claims), TokenUse.ACCESS) is None


@pytest.mark.parametrize(
    "token",
    [
        "",
        "a.b.c",
        forged(b"another secret of thirty-two bytes and more"),
        forged(SECRET * 2, "HS512"),
        jwt.encode({"sub": "ann"}, "", algorithm="none"),
        forged(padding="x" * MAX_TOKEN_LENGTH),
    ],
    ids=["empty", "nonsense", "another secret", "another algorithm", "no signature", "too long"],
)
def test_what_was_not_signed_here_is_no_token(token: str) -> None:
    """None of it raises."""
    assert TokenSigner(SECRET).read(token, TokenUse.ACCESS) is None


@pytest.mark.parametrize(
    ("after", "wanted"),
    [
        (timedelta(seconds=-61), Refusal.EARLY),
        (timedelta(seconds=-60), None),
        (timedelta(minutes=15, seconds=-1), None),
        (timedelta(minutes=15), Refusal.EXPIRED),
    ],
)
def test_time_counts_to_the_second(after: timedelta, wanted: Refusal | None) -> None:
    """A minute early is a clock that was set; the end itself is over."""
    assert CLAIMS.out_of_time(NOW + after) is wanted


def test_only_time_passes() -> None:
    """Of a bad token no other of the session is better."""
    assert [one for one in Refusal if one.passes] == [Refusal.EXPIRED, Refusal.EARLY]
