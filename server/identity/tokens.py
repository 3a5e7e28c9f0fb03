"""Signed tokens: what one says and whether it may be believed. Sessions, users and passwords are not looked at here."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

import jwt

from tradeterm.protocol.vocabulary import Role, Scope

ALGORITHM = "HS256"
AUDIENCE = "tradeterm"
ISSUER = "tradeterm"
NOT_BEFORE_LEEWAY = timedelta(seconds=2)
MAX_TOKEN_LENGTH = 4096
_REQUIRED = ["aud", "iss", "exp", "nbf", "iat", "sub", "sid", "role", "scope", "typ"]


class Refusal(StrEnum):
    """Why a token does not count."""

    BAD = "bad"
    EXPIRED = "expired"
    REVOKED = "revoked"


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
    expires_at: datetime
    generation: int = 0


class TokenSigner:
    """Makes and reads tokens with one secret and one algorithm."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def sign(self, claims: Claims, now: datetime) -> str:
        """The token's text, valid from `now`; times are cut to whole seconds."""
        issued = int(now.timestamp())
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

    def read(self, token: str, use: TokenUse, now: datetime) -> Claims | Refusal:
        """What a token of this use says at `now`; EXPIRED only for one that was good once, BAD for all else."""
        if len(token) > MAX_TOKEN_LENGTH:
            return Refusal.BAD
        try:
            payload = self._verified(token)
            claims = _claims(payload)
            begins = _moment(payload["nbf"])
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError):
            return Refusal.BAD
        if claims.use is not use or now + NOT_BEFORE_LEEWAY < begins:
            return Refusal.BAD
        return Refusal.EXPIRED if now >= claims.expires_at else claims

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
    return Claims(
        user=user,
        role=Role(payload["role"]),
        scope=Scope(payload["scope"]),
        session_id=session_id,
        use=TokenUse(payload["typ"]),
        expires_at=_moment(payload["exp"]),
        generation=generation,
    )


def _moment(seconds: Any) -> datetime:
    if type(seconds) is not int:
        raise ValueError("a time that is not a whole number of seconds")
    return datetime.fromtimestamp(seconds, UTC)
