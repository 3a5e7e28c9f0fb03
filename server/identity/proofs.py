"""Whether somebody is who they say: the password, and the second factor where there is one, as often as the guard lets."""

import asyncio
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

import structlog

from server.identity.password_queue import PasswordLine
from server.identity.sealed_secrets import SecretSeal
from server.identity.second_factor import UsedSteps, step_of
from server.identity.sessions import Sessions
from server.identity.sign_in_guard import SignInGuard, address_key
from server.identity.user_names import is_user_name
from server.ports import Clock, User, UserChanges, Users

BUSY_S: Final = 1.0
MAX_NAME: Final = 32  # more of a name is not logged

log: Final = structlog.get_logger("server.identity.proofs")


class Fault(StrEnum):
    """Why a sign-in is refused."""

    WRONG = "name or password is wrong"
    HELD_BACK = "nothing was looked at yet"
    CODE_MISSING = "a code is wanted"
    CODE_WRONG = "the code is wrong or was used"


@dataclass(frozen=True, slots=True)
class SignInRefused:
    """A sign-in that was not taken; `retry_after_s` where it was held back."""

    fault: Fault = Fault.WRONG
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Proven:
    """Who somebody is, and the hash of the password that showed it."""

    user: User
    password_hash: str


class Proofs:
    """Looks at what somebody brings to show who they are."""

    def __init__(
        self,
        users: Users,
        changes: UserChanges,
        passwords: PasswordLine,
        guard: SignInGuard,
        sessions: Sessions,
        clock: Clock,
        seal: SecretSeal,
    ) -> None:
        self._users, self._changes = users, changes
        self._seal = seal
        self._codes = asyncio.Lock()  # a code is looked at and used by one sign-in at a time
        self._used = UsedSteps()
        self._passwords = passwords
        self._guard = guard
        self._book = sessions
        self._clock = clock

    async def of(self, name: str, password: str, address: str, code: str | None) -> Proven | SignInRefused:
        """The user of a name, a password and a code. Unknown, wrong and disabled are the same answer, after the same time;
        of a second factor nobody hears who does not know the password."""
        proven = await self.of_password(name, password, address)
        if isinstance(proven, SignInRefused):
            return proven
        async with self._codes:
            fault = await self._code_fault(name, code)
        if fault is not None:
            if fault.fault is Fault.CODE_MISSING:
                self._guard.undecided(name, address)
            log.info("sign-in wants a code", user=name, address=address, why=fault.fault.value)
            return fault
        self._guard.succeeded(name, address)
        return proven

    def stands(self, proven: Proven) -> bool:
        """Whether what was shown still holds: looking at a password takes its time, and it may have been changed."""
        return (self._users.password_hash(proven.user.name), self._users.get(proven.user.name)) == (
            proven.password_hash,
            proven.user,
        )

    async def of_password(self, name: str, password: str, address: str) -> Proven | SignInRefused:
        """The user of a name and a password. The attempt stays counted until the guard is told how it ended."""
        key, known = address_key(address), is_user_name(name)
        who = f"{name} {key}" if known else key
        wait = 0.0 if self._passwords.may_join(key, who) else BUSY_S
        wait = wait or self._guard.attempt(name, address, is_known=known and self._has_session(name, key))
        if wait:
            log.warning("sign-in held back", user=name[:MAX_NAME], address=address, wait_s=round(wait, 1))
            return SignInRefused(Fault.HELD_BACK, wait)
        stored = self._users.password_hash(name) if known else None
        matches = await self._passwords.check(stored, password, key, who)
        user = self._users.get(name) if known else None
        if not matches or stored is None or user is None or user.disabled:
            log.warning("sign-in failed", user=name[:MAX_NAME], address=address)
            return SignInRefused()
        return Proven(user, stored)

    def _has_session(self, name: str, key: str) -> bool:
        """Whether the user is signed in from that address: then it is no stranger's, also after a restart."""
        return any(address_key(one.address) == key for one in self._book.of(name))

    async def _code_fault(self, name: str, code: str | None) -> SignInRefused | None:
        """What is wrong with the code; a good one is used by this."""
        factor = self._users.second_factor(name)
        if factor is None:
            return None
        secret = self._seal.open(factor.secret, name)
        if not code:
            return SignInRefused(Fault.CODE_MISSING)
        wait = self._guard.code_wait(name)
        if wait:
            return SignInRefused(Fault.HELD_BACK, wait)
        if secret is None:
            log.error("a second factor cannot be opened with this signing secret", user=name)
            return SignInRefused(Fault.CODE_WRONG)
        step = step_of(replace(factor, secret=secret), code, self._clock.now(), self._used.of(factor))
        if step is None:
            self._guard.code_failed(name)
            return SignInRefused(Fault.CODE_WRONG)
        await self._changes.make(lambda users: users.use_step(name, step))
        self._used.note(factor, step)
        return None
