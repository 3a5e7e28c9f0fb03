"""The sign-ins that have not ended: opened, refreshed, listed and swept. Tokens and passwords are not looked at here.

A refresh token is known by its generation, which the store keeps: what was used before a restart stays used after it.
"""

from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from server.ports import Clock, Ids, SignInSession, UserChanges, Users
from tradeterm.protocol.vocabulary import Scope

# A client whose answer got lost sends the same refresh token again: that is no theft for so long.
REUSE_GRACE_S: Final = 30.0
SESSIONS_PER_USER: Final = 100
KEPT_RENEWALS: Final = 10_000
# Expired rows stay for a while: a clock that ran ahead and is put right again has ended nobody's session.
KEPT_AFTER_END: Final = timedelta(days=1)


class Sessions:
    """A user's sign-ins, never more than so many of a scope: the oldest makes room. `life` is how long one lasts."""

    def __init__(self, users: Users, changes: UserChanges, clock: Clock, ids: Ids, life: timedelta) -> None:
        self._users, self._changes = users, changes
        self._clock = clock
        self._ids = ids
        self._life = life
        self._renewed_at: OrderedDict[str, float] = OrderedDict()  # monotonic: the wall's clock may be set

    async def open(self, user: str, scope: Scope, address: str) -> tuple[SignInSession, Sequence[str]]:
        """A new session, and the ids of those that ended to make room for it."""
        ended = [one.id for one in self.of(user) if one.scope is scope][: -(SESSIONS_PER_USER - 1)]
        for session_id in ended:
            await self.end(session_id)
        now = self._clock.now()
        session = SignInSession(self._ids.new(), user, scope, now, now + self._life, address)
        await self._changes.make(lambda users: users.open_session(session))
        return session, ended

    def of(self, user: str) -> Sequence[SignInSession]:
        """A user's live sessions, the oldest first."""
        now = self._clock.now()
        return [one for one in self._users.sessions(user) if one.is_live(now)]

    def live(self, session_id: str) -> SignInSession | None:
        """The session of that id, while it lasts."""
        found = self._users.session(session_id)
        return found if found is not None and found.is_live(self._clock.now()) else None

    async def end(self, session_id: str) -> None:
        await self._changes.make(lambda users: users.close_session(session_id))
        self._renewed_at.pop(session_id, None)

    async def next_generation(self, session: SignInSession, used: int) -> int | None:
        """The generation after the refresh token `used`; None for one that was used before, or never given out.

        The last one may come again for some seconds, and is answered with the same generation as the first time.
        """
        if used == session.generation:
            await self._note(session.id, used + 1)
            return used + 1
        return session.generation if used == session.generation - 1 and self._is_recent(session) else None

    async def _note(self, session_id: str, generation: int) -> None:
        now = self._clock.now()
        await self._changes.make(lambda users: users.renew_session(session_id, generation, now))
        self._renewed_at[session_id] = self._clock.monotonic()
        self._renewed_at.move_to_end(session_id)
        if len(self._renewed_at) > KEPT_RENEWALS:
            self._renewed_at.popitem(last=False)

    def _is_recent(self, session: SignInSession) -> bool:
        """Whether it was refreshed a moment ago: by steady time, and by the wall's only where a restart came between."""
        steady = self._renewed_at.get(session.id)
        if steady is not None:
            return self._clock.monotonic() - steady <= REUSE_GRACE_S
        return session.renewed_at is not None and _seconds(self._clock.now(), session.renewed_at) <= REUSE_GRACE_S

    async def forget_ended(self) -> None:
        """Drop what ended by itself; now and then is often enough."""
        before = self._clock.now() - KEPT_AFTER_END
        await self._changes.make(lambda users: users.forget_sessions(before))


def _seconds(one: datetime, other: datetime) -> float:
    return abs((one - other).total_seconds())
