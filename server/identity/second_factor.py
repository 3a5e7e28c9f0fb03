"""The second factor: codes of six digits that change every half minute (TOTP, RFC 6238). Writes nothing down, logs nothing."""

from collections import deque
from collections.abc import Collection
from datetime import datetime
from typing import Final

import pyotp

from server.ports import SecondFactor

STEP_S: Final = 30
DIGITS: Final = 6
# A code of the step before, or the next one, is taken too: typing takes time, and telephones' clocks are off.
NEAR: Final = (0, -1, 1)
REMEMBERED: Final = 240  # used steps of one factor: two hours of them
ISSUER: Final = "tradeterm"


def new_secret() -> str:
    """160 random bits, in base32 as telephones take it."""
    return pyotp.random_base32()


def address_of(secret: str, user: str) -> str:
    """`otpauth://…`, which programs for such codes read."""
    return pyotp.TOTP(secret, digits=DIGITS, interval=STEP_S).provisioning_uri(name=user, issuer_name=ISSUER)


def code_at(secret: str, now: datetime) -> str:
    return pyotp.TOTP(secret, digits=DIGITS, interval=STEP_S).at(now)


class UsedSteps:
    """The time steps whose codes were used, the newest of each factor: should the clock be put back, they are not new."""

    def __init__(self) -> None:
        self._of: dict[str, deque[int]] = {}

    def of(self, factor: SecondFactor) -> Collection[int]:
        return self._of.get(factor.secret, ())

    def note(self, factor: SecondFactor, step: int) -> None:
        self._of.setdefault(factor.secret, deque(maxlen=REMEMBERED)).append(step)


def step_of(factor: SecondFactor, code: str, now: datetime, used: Collection[int] = ()) -> int | None:
    """The time step whose code this is; None for a wrong one, and for one of a step that is used, or before such a one.
    `used` are steps that stay used however the clock is set."""
    code = code.replace(" ", "")
    if not (code.isascii() and code.isdigit() and len(code) == DIGITS):
        return None
    this = int(now.timestamp()) // STEP_S
    codes = pyotp.HOTP(factor.secret, digits=DIGITS)
    found = next((this + near for near in NEAR if codes.verify(code, this + near)), None)
    if found is None or found in used or (found <= factor.used_step and not _is_ahead(factor.used_step, this)):
        return None
    return found


def _is_ahead(used: int, this: int) -> bool:
    """The clock was put back since: then nobody is to wait until it has come so far again."""
    return used > this + max(NEAR)
