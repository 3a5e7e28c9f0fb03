"""Signed tokens: what one says and whether it may be believed. Sessions, users and passwords are not looked at here."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from tradeterm.lean_imports import without
from tradeterm.protocol.vocabulary import Role, Scope

# What signs with one secret needs no certificates.
with without("cryptography"):
    import jwt

ALGORITHM = "HS256"
AUDIENCE = "tradeterm"
ISSUER = "tradeterm"
# Clocks are set right now and then: what was signed by the same clock a moment ago is not from the future.
CLOCK_LEEWAY = timedelta(seconds=60)
LONGEST_ACCESS = timedelta(days=1)  # no setting gives an access token a longer life
MAX_TOKEN_LENGTH = 4096
_REQUIRED = ["aud", "iss", "exp", "nbf", "iat", "sub", "sid", "role", "scope", "typ"]


class Refusal(StrEnum):
    """Why a token does not count. EXPIRED and EARLY pass: another token of the same session is good."""

    BAD = "bad"
    EXPIRED = "expired"
    EARLY = "not valid yet"
    REVOKED = "revoked"

    @property
    def passes(self) -> bool:
        """Whether it is a matter of time alone."""
        return self in (Refusal.EXPIRED, Refusal.EARLY)


class TokenUse(StrEnum):
    ACCESS = "access"
    REFRESH = "refresh"


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says. `generation` counts the refreshes of a session, so that an old refresh token is recognised."""

    user: str
    role: Role
    scope: Scope
    session_id: str
    use: TokenUse
    issued_at: datetime
    expires_at: datetime
    generation: int = 0

    def out_of_time(self, now: datetime) -> Refusal | None:
        """EARLY for what the clock has not come to yet, by more than a clock is off; EXPIRED from the end on."""
        if now < self.issued_at and now + CLOCK_LEEWAY < self.issued_at:
            return Refusal.EARLY
        return Refusal.EXPIRED if now >= self.expires_at else None


class TokenSigner:
    """Makes and reads tokens with one secret and one algorithm."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def sign(self, claims: Claims) -> str:
        """The token's text; times are cut to whole seconds."""
        issued = int(claims.issued_at.timestamp())
        payload = {
            "aud": AUDIENCE,
            "iss": ISSUER,
            "iat": issued,
            "nbf": issued,
            "exp": int(claims.expires_at.timestamp()),
            "sub": claims.user,
            "sid": claims.session_id,
            "role": claims.role.value,
            "scope": claims.scope.value,
            "typ": claims.use.value,
            "gen": claims.generation,
        }
        return jwt.encode(payload, self._secret, algorithm=ALGORITHM)

    def read(self, token: str, use: TokenUse) -> Claims | None:
        """What a token of this use says, whether its time has come, is or has gone; None when it was not made here."""
        if len(token) > MAX_TOKEN_LENGTH:
            return None
        try:
            claims = _claims(self._verified(token))
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError, OSError):
            return None
        is_absurd = use is TokenUse.ACCESS and claims.expires_at - claims.issued_at > LONGEST_ACCESS
        return None if claims.use is not use or is_absurd else claims

    def _verified(self, token: str) -> dict[str, Any]:
        # The library would ask the machine for the time: signature, audience and issuer are its part, times are ours.
        return jwt.decode(
            token,
            self._secret,
            algorithms=[ALGORITHM],
            audience=AUDIENCE,
            issuer=ISSUER,
            options={"require": _REQUIRED, "verify_exp": False, "verify_nbf": False, "verify_iat": False},
        )


def _claims(payload: Mapping[str, Any]) -> Claims:
    generation = payload.get("gen", 0)
    user, session_id = payload["sub"], payload["sid"]
    if not isinstance(user, str) or not isinstance(session_id, str) or type(generation) is not int:
        raise ValueError("a claim of the wrong type")
    if payload["nbf"] != payload["iat"]:
        raise ValueError("here a token is good from the moment on that it is made")
    return Claims(
        user=user,
        role=Role(payload["role"]),
        scope=Scope(payload["scope"]),
        session_id=session_id,
        use=TokenUse(payload["typ"]),
        issued_at=_moment(payload["iat"]),
        expires_at=_moment(payload["exp"]),
        generation=generation,
    )


def _moment(seconds: Any) -> datetime:
    if type(seconds) is not int:
        raise ValueError("a time that is not a whole number of seconds")
    return datetime.fromtimestamp(seconds, UTC)
