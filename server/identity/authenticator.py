"""Who is asking: sign-in, sessions, and the check of a token on every way in. HTTP and sockets are not known here."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeVar

import structlog

from server.gateway.limits import SignInGuard
from server.gateway.names import is_user_name
from server.identity.password_queue import PasswordLine
from server.identity.tokens import Claims, Refusal, TokenSigner, TokenUse
from server.ports import Clock, Ids, User, Users
from tradeterm.protocol.vocabulary import Role, Scope

ACCESS_LIFETIME = timedelta(minutes=15)
REFRESH_LIFETIME = timedelta(days=30)
REVISION_EVERY_S = 1.0
WATCH_EVERY_S = 0.5
MAX_TOKENS = 10_000
MAX_SESSIONS = 100_000
# A client whose answer got lost sends the same refresh token again: that is no theft for so long.
REUSE_GRACE_S = 30.0
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


@dataclass(frozen=True, slots=True)
class Grant:
    """A sign-in or a refresh that succeeded. `expires_in_s` is the access token's."""

    identity: Identity
    access_token: str
    refresh_token: str
    expires_in_s: int


@dataclass(frozen=True, slots=True)
class SignInRefused:
    """The name or the password is wrong; or, with `retry_after_s`, nothing was looked at yet."""

    retry_after_s: float | None = None


@dataclass(slots=True)
class _Checked:
    identity: Identity
    revision: int


@dataclass(slots=True)
class _Rotation:
    generation: int
    at: float


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
        clock: Clock,
        ids: Ids,
        passwords: PasswordLine,
        guard: SignInGuard,
    ) -> None:
        self._signer = TokenSigner(secret)
        self._users = users
        self._clock = clock
        self._ids = ids
        self._passwords = passwords
        self._guard = guard
        self._checked: OrderedDict[str, _Checked] = OrderedDict()
        self._sessions: OrderedDict[str, Identity] = OrderedDict()
        self._rotations: OrderedDict[str, _Rotation] = OrderedDict()
        self._listeners: list[Callable[[str], None]] = []
        self._revision = users.revision()
        self._asked_at = clock.monotonic()
        self._swept = self._revision

    # ------------------------------------------------------------ in and out

    async def sign_in(
        self, name: str, password: str, address: str, scope: Scope = Scope.TRADE
    ) -> Grant | SignInRefused:
        """Open a session for a name and its password. Unknown, wrong and disabled are the same answer, after the same time."""
        if self._passwords.is_full:
            return SignInRefused(1.0)
        wait = self._guard.attempt(name, address)
        if wait:
            log.warning("sign-in held back", user=name, address=address, wait_s=round(wait, 1))
            return SignInRefused(wait)
        known = is_user_name(name)
        matches = await self._passwords.check(self._users.password_hash(name) if known else None, password)
        user = self._users.get(name) if known else None
        if not matches or user is None or user.disabled:
            log.warning("sign-in failed", user=name[:32], address=address)
            return SignInRefused()
        self._guard.succeeded(name, address)
        return self._open(user, scope)

    def _open(self, user: User, scope: Scope) -> Grant:
        session_id = self._ids.new()
        ends = self._clock.now() + REFRESH_LIFETIME
        self._users.open_session(session_id, user.name, scope.value, ends)
        log.info("signed in", user=user.name, role=user.role.value, session=session_id)
        return self._grant(Claims(user.name, user.role, scope, session_id, TokenUse.REFRESH, ends))

    def _grant(self, refresh: Claims) -> Grant:
        now = self._clock.now()
        access = Claims(
            refresh.user,
            refresh.role,
            refresh.scope,
            refresh.session_id,
            TokenUse.ACCESS,
            min(now + ACCESS_LIFETIME, refresh.expires_at),
        )
        return Grant(
            identity=_identity(access),
            access_token=self._signer.sign(access, now),
            refresh_token=self._signer.sign(refresh, now),
            expires_in_s=int((access.expires_at - now).total_seconds()),
        )

    def refresh(self, token: str) -> Grant | Refusal:
        """New tokens of the same session, with the user's role of today. The session's end does not move.

        Each refresh token works once; an old one that comes back was stolen, or its thief was quicker: the session ends.
        """
        claims = self._signer.read(token, TokenUse.REFRESH, self._clock.now())
        if isinstance(claims, Refusal):
            return claims
        user = self._users.get(claims.user)
        if user is None or user.disabled or not self._users.session_is_live(claims.session_id, self._clock.now()):
            return Refusal.REVOKED
        generation = self._next_generation(claims)
        if generation is None:
            log.warning("refresh token used twice", user=claims.user, session=claims.session_id)
            self.logout(claims.session_id)
            return Refusal.REVOKED
        return self._grant(
            Claims(
                user.name,
                user.role,
                claims.scope,
                claims.session_id,
                TokenUse.REFRESH,
                claims.expires_at,
                generation,
            )
        )

    def _next_generation(self, claims: Claims) -> int | None:
        """The generation that follows a refresh token's, None when it was used before."""
        now = self._clock.monotonic()
        last = self._rotations.get(claims.session_id)
        if last is None or claims.generation >= last.generation:
            self._rotations[claims.session_id] = _Rotation(claims.generation + 1, now)
            self._rotations.move_to_end(claims.session_id)
            if len(self._rotations) > MAX_SESSIONS:
                self._rotations.popitem(last=False)
            return claims.generation + 1
        again = claims.generation == last.generation - 1 and now - last.at <= REUSE_GRACE_S
        return last.generation if again else None

    def logout(self, session_id: str) -> None:
        """End a session: its tokens stop counting now, its sockets are told."""
        self._users.close_session(session_id)
        self._rotations.pop(session_id, None)
        self._ask_revision()
        self._sessions.pop(session_id, None)
        self._tell(session_id)

    # ------------------------------------------------------------ the check

    def check(self, token: str) -> Identity | Refusal:
        """Whose access token this is, or why it does not count."""
        now = self._clock.now()
        held = self._checked.get(token)
        if held is None:
            claims = self._signer.read(token, TokenUse.ACCESS, now)
            if isinstance(claims, Refusal):
                return claims
            held = _Checked(_identity(claims), -1)
        elif now >= held.identity.expires_at:
            del self._checked[token]
            return Refusal.EXPIRED
        revision = self._recent_revision()
        if held.revision != revision:
            return self._checked_again(token, held.identity, revision, now)
        self._checked.move_to_end(token)
        return held.identity

    def _checked_again(self, token: str, identity: Identity, revision: int, now: datetime) -> Identity | Refusal:
        if not self._stands(identity, now):
            self._checked.pop(token, None)
            return Refusal.REVOKED
        _keep(self._checked, token, _Checked(identity, revision), MAX_TOKENS)
        _keep(self._sessions, identity.session_id, identity, MAX_SESSIONS)
        return identity

    def _stands(self, identity: Identity, now: datetime) -> bool:
        """Whether user, role and session are still what the token says."""
        user = self._users.get(identity.user)
        if user is None or user.disabled or user.role is not identity.role:
            return False
        return self._users.session_is_live(identity.session_id, now)

    def _recent_revision(self) -> int:
        if self._clock.monotonic() - self._asked_at >= REVISION_EVERY_S:
            self._ask_revision()
        return self._revision

    def _ask_revision(self) -> None:
        self._asked_at = self._clock.monotonic()
        self._revision = self._users.revision()

    # ------------------------------------------------------------ sessions that end while they are in use

    def on_revoked(self, listener: Callable[[str], None]) -> None:
        """Have `listener(session_id)` called when a session that was checked here stops counting: logged out, user
        disabled or gone, role changed. It must not block."""
        self._listeners.append(listener)

    async def watch(self) -> None:
        """Look for ended sessions twice a second, for ever: for the server's task group."""
        while True:
            await asyncio.sleep(WATCH_EVERY_S)
            await self.sweep()

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
        now = self._clock.now()
        stands = self._stands(identity, now)
        if not stands or now >= identity.expires_at:
            del self._sessions[session_id]
        if not stands:
            self._tell(session_id)

    def _tell(self, session_id: str) -> None:
        for listener in self._listeners:
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
