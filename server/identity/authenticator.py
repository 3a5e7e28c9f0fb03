"""Who is asking: sign-in, sessions, and the check of a token on every way in. HTTP and sockets are not known here."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, TypeVar

import structlog

from server.identity.password_queue import PasswordLine
from server.identity.passwords import weakness
from server.identity.proofs import Proofs, SignInRefused
from server.identity.sealed_secrets import SecretSeal
from server.identity.sessions import Sessions
from server.identity.sign_in_guard import SignInGuard
from server.identity.tokens import Claims, Refusal, TokenSigner, TokenUse
from server.ports import Clock, DatabaseAway, Ids, SignInSession, User, UserChanges, Users
from tradeterm.protocol.vocabulary import Role, Scope

REVISION_EVERY_S = 1.0
WATCH_EVERY_S = 0.5
MAX_TOKENS = 10_000
MAX_SESSIONS = 100_000
FORGET_EVERY_S = 3600.0
_SLICE = 256

V = TypeVar("V")

log: Final = structlog.get_logger("server.identity.authenticator")


@dataclass(frozen=True, slots=True)
class Identity:
    """Who is behind a good access token. `expires_at` is the token's end, not the session's."""

    user: str
    role: Role
    scope: Scope
    session_id: str
    expires_at: datetime

    @property
    def may_trade(self) -> bool:
        return self.role is Role.TRADER and self.scope is Scope.TRADE

    @property
    def budget(self) -> str:
        """What its use is counted under: a token that only reads takes nothing away from the user's others."""
        return self.user if self.scope is Scope.TRADE else f"{self.user}:{self.scope}"


@dataclass(frozen=True, slots=True)
class Grant:
    """A sign-in or a refresh that succeeded. `expires_in_s` is the access token's."""

    identity: Identity
    access_token: str
    refresh_token: str
    expires_in_s: int


@dataclass(frozen=True, slots=True)
class PasswordRefused:
    """A new password that cannot be taken, and why, as a sentence."""

    why: str


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """How long a token is good, and how long a session can be refreshed."""

    access: timedelta = timedelta(minutes=15)
    session: timedelta = timedelta(days=30)


@dataclass(slots=True)
class _Checked:
    claims: Claims
    identity: Identity
    revision: int


class Authenticator:
    """Signs users in and says whose a token is.

    A check costs a look-up while nothing changed: the users' revision is asked for at most once a second, and only
    after it moved are user and session looked at again. `watch` does the same for sessions that hold a socket.
    """

    def __init__(
        self,
        *,
        secret: bytes,
        users: Users,
        changes: UserChanges,
        clock: Clock,
        ids: Ids,
        passwords: PasswordLine,
        guard: SignInGuard,
        lifetimes: Lifetimes = Lifetimes(),
        on_revoked: Sequence[Callable[[str], None]] = (),
    ) -> None:
        """Each of `on_revoked` is told the id of a session that was checked here when it stops counting: logged out, user
        disabled or gone, role changed. It must not block."""
        self._signer = TokenSigner(secret)
        self._users, self._changes = users, changes
        self._turn = asyncio.Lock()  # what is looked at and then changed, nobody else changes in between
        self._clock = clock
        self._access_life = lifetimes.access
        self._book = Sessions(users, changes, clock, ids, lifetimes.session)
        self._passwords = passwords
        self._guard = guard
        self._proofs = Proofs(users, changes, passwords, guard, self._book, clock, SecretSeal(secret))
        self._checked: OrderedDict[str, _Checked] = OrderedDict()
        self._sessions: OrderedDict[str, Identity] = OrderedDict()
        self._on_revoked = on_revoked
        self._revision = users.revision()
        self.is_away = False  # whether the database did not answer when it was asked last
        self._asked_at = clock.monotonic()
        self._swept = self._revision
        self._forgot_at = clock.monotonic() - FORGET_EVERY_S

    # ------------------------------------------------------------ in and out

    async def sign_in(
        self, name: str, password: str, address: str, scope: Scope = Scope.TRADE, code: str | None = None
    ) -> Grant | SignInRefused:
        """Open a session for a name, its password, and a code where the user has a second factor."""
        proven = await self._proofs.of(name, password, address, code)
        if isinstance(proven, SignInRefused):
            return proven
        async with self._turn:
            if not self._proofs.stands(proven):
                return SignInRefused()
            return await self._open(proven.user, scope, address)

    async def change_password(
        self, identity: Identity, old: str, new: str, address: str
    ) -> SignInRefused | PasswordRefused | None:
        """Set a new password for who knows the old one; the user's other sessions end."""
        proven = await self._proofs.of_password(identity.user, old, address)
        if isinstance(proven, SignInRefused):
            return proven
        self._guard.undecided(identity.user, address)
        # The list of common passwords is a file, which the first who asks reads.
        weak = await asyncio.to_thread(weakness, new, identity.user)
        why = "the new password is the old one" if new == old else weak
        if why is not None:
            return PasswordRefused(why)
        password_hash = await self._passwords.hash(new)
        async with self._turn:
            if not self._proofs.stands(proven):
                return SignInRefused()
            await self._changes.make(lambda users: users.set_password(identity.user, password_hash))
            for session in self._book.of(identity.user):
                if session.id != identity.session_id:
                    await self._end(session.id)
        log.info("password changed", user=identity.user, session=identity.session_id)
        return None

    def sessions(self, user: str) -> Sequence[SignInSession]:
        """A user's sign-ins that have not ended, the oldest first."""
        return self._book.of(user)

    async def _open(self, user: User, scope: Scope, address: str) -> Grant:
        session, ended = await self._book.open(user.name, scope, address)
        for session_id in ended:
            self._forget(session_id)
        log.info("signed in", user=user.name, role=user.role.value, session=session.id)
        return self._grant(user, session, 0)

    def _grant(self, user: User, session: SignInSession, generation: int) -> Grant:
        now = self._clock.now()
        until = min(now + self._access_life, session.expires_at)
        refresh = Claims(
            *(user.name, user.role, session.scope, session.id),
            use=TokenUse.REFRESH,
            issued_at=now,
            expires_at=session.expires_at,
            generation=generation,
        )
        access = replace(refresh, use=TokenUse.ACCESS, expires_at=until, generation=0)
        return Grant(
            identity=_identity(access),
            access_token=self._signer.sign(access),
            refresh_token=self._signer.sign(refresh),
            expires_in_s=int((until - now).total_seconds()),
        )

    async def refresh(self, token: str) -> Grant | Refusal:
        """New tokens of the same session, with the user's role of today. The session's end does not move.

        Each refresh token works once; an old one that comes back was stolen, or its thief was quicker: the session ends.
        Its own times are not asked, because the clock may have been set since: the session's row says all that counts.
        """
        claims = self._signer.read(token, TokenUse.REFRESH)
        if claims is None:
            return Refusal.BAD
        if self._clock.now() >= claims.expires_at:
            return Refusal.EXPIRED
        async with self._turn:
            return await self._refreshed(claims)

    async def _refreshed(self, claims: Claims) -> Grant | Refusal:
        user, session = self._users.get(claims.user), self._session_of(claims)
        if user is None or user.disabled or session is None:
            return Refusal.REVOKED
        if claims.expires_at > session.expires_at:
            return Refusal.BAD
        generation = await self._book.next_generation(session, claims.generation)
        if generation is None:
            log.warning("refresh token used twice", user=claims.user, session=claims.session_id)
            await self._end(claims.session_id)
            return Refusal.REVOKED
        return self._grant(user, session, generation)

    def _session_of(self, claims: Claims | Identity) -> SignInSession | None:
        """The session that a token speaks of, if it lasts and is that user's, with that scope."""
        session = self._book.live(claims.session_id)
        if session is None or (session.user, session.scope) != (claims.user, claims.scope):
            return None
        return session

    async def logout(self, session_id: str) -> None:
        """End a session: its tokens stop counting now, its sockets are told."""
        async with self._turn:
            await self._end(session_id)

    async def set_disabled(self, user: str, *, disabled: bool) -> None:
        """Shut a user out, now and everywhere, or let them in again."""
        async with self._turn:
            await self._changes.make(lambda users: users.set_disabled(user, disabled))
        await self.sweep()

    async def _end(self, session_id: str) -> None:
        await self._book.end(session_id)
        self._forget(session_id)

    def _forget(self, session_id: str) -> None:
        """A session has ended here."""
        self._ask_revision()
        self._sessions.pop(session_id, None)
        self._tell(session_id)

    # ------------------------------------------------------------ the check

    def check(self, token: str) -> Identity | Refusal:
        """Whose access token this is, or why it does not count."""
        held = self._checked.get(token) or self._read(token)
        if held is None:
            return Refusal.BAD
        out_of_time = held.claims.out_of_time(self._clock.now())
        if out_of_time is not None:
            self._checked.pop(token, None)
            return out_of_time
        revision = self._recent_revision()
        if held.revision != revision:
            return self._checked_again(token, held.claims, revision)
        self._checked.move_to_end(token)
        return held.identity

    def _read(self, token: str) -> _Checked | None:
        """What the token says, cut to the life that this server gives: its settings may be others than they were."""
        claims = self._signer.read(token, TokenUse.ACCESS)
        if claims is None:
            return None
        claims = replace(claims, expires_at=min(claims.expires_at, claims.issued_at + self._access_life))
        return _Checked(claims, _identity(claims), -1)

    def _checked_again(self, token: str, claims: Claims, revision: int) -> Identity | Refusal:
        identity = _identity(claims)
        if not self._stands(identity):
            self._checked.pop(token, None)
            return Refusal.REVOKED
        _keep(self._checked, token, _Checked(claims, identity, revision), MAX_TOKENS)
        _keep(self._sessions, identity.session_id, self._lasting(identity), MAX_SESSIONS)
        return identity

    def _lasting(self, identity: Identity) -> Identity:
        """Of the tokens of one session the one that is good for longest: a socket may hold that one still."""
        known = self._sessions.get(identity.session_id)
        return identity if known is None or known.expires_at < identity.expires_at else known

    def _stands(self, identity: Identity) -> bool:
        """Whether user, role and session are still what the token says."""
        user = self._users.get(identity.user)
        if user is None or user.disabled or user.role is not identity.role:
            return False
        return self._session_of(identity) is not None

    def _recent_revision(self) -> int:
        if self._clock.monotonic() - self._asked_at >= REVISION_EVERY_S:
            self._ask_revision()
        return self._revision

    def _ask_revision(self) -> None:
        self._asked_at = self._clock.monotonic()
        self.is_away = True
        with suppress(DatabaseAway):  # who was known goes on being known until it is back
            self._revision = self._users.revision()
            self.is_away = False

    # ------------------------------------------------------------ sessions that end while they are in use

    async def watch(self) -> None:
        """Look for ended sessions twice a second, for ever: for the server's task group."""
        while True:
            await asyncio.sleep(WATCH_EVERY_S)
            with suppress(DatabaseAway):
                await self.sweep()
                await self.forget_ended()

    async def forget_ended(self) -> None:
        """Rows of sessions that ended by themselves go, once an hour."""
        if self._clock.monotonic() - self._forgot_at >= FORGET_EVERY_S:
            self._forgot_at = self._clock.monotonic()
            await self._book.forget_ended()

    async def sweep(self) -> None:
        """Tell the listeners of every known session that ended since the last sweep; cheap while nothing changed."""
        self._ask_revision()
        revision = self._revision
        if revision == self._swept:
            return
        for index, (session_id, identity) in enumerate(list(self._sessions.items())):
            if index % _SLICE == _SLICE - 1:
                await asyncio.sleep(0)
            self._sweep_one(session_id, identity)
        self._swept = revision

    def _sweep_one(self, session_id: str, identity: Identity) -> None:
        if self._sessions.get(session_id) is not identity:
            return
        stands = self._stands(identity)
        if not stands or self._clock.now() >= identity.expires_at:
            del self._sessions[session_id]
        if not stands:
            self._tell(session_id)

    def _tell(self, session_id: str) -> None:
        for listener in self._on_revoked:
            try:
                listener(session_id)
            except Exception:
                log.exception("a listener for ended sessions failed", session=session_id)


def _identity(claims: Claims) -> Identity:
    return Identity(claims.user, claims.role, claims.scope, claims.session_id, claims.expires_at)


def _keep(kept: OrderedDict[str, V], key: str, value: V, size: int) -> None:
    kept[key] = value
    kept.move_to_end(key)
    if len(kept) > size:
        kept.popitem(last=False)
