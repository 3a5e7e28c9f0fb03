"""Stand-ins for the ports, for every test that needs one; each does what its port says, in memory."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from server.ports import CandleRow, SecondFactor, SignInSession, User, Users
from tradeterm.protocol.vocabulary import Role

V = TypeVar("V")
START = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)


class ManualClock:
    """Time that moves when it is told to."""

    def __init__(self, start: datetime = START) -> None:
        self._start = start
        self._passed = 0.0

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._passed)

    def set_wall(self, by: timedelta) -> None:
        """Somebody sets the clock on the wall, forwards or backwards; no time passes by that."""
        self._start += by

    def monotonic(self) -> float:
        return self._passed

    def advance(self, seconds: float) -> None:
        self._passed += seconds


class MemoryEpochs:
    """`server.ports.Epochs` in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}

    def renewed(self) -> dict[str, str]:
        return self.kept

    def keep(self, account: str, epoch: str) -> None:
        self.kept[account] = epoch


class MemoryCandles:
    """`server.ports.CandleStore` in memory."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str, datetime], CandleRow] = {}
        self.saves: list[int] = []

    def save(self, rows: Sequence[CandleRow]) -> None:
        self.saves.append(len(rows))
        self.rows |= {(row.symbol, row.interval, row.at): row for row in rows}

    def load(self, symbol: str, interval: str, since: datetime) -> Sequence[CandleRow]:
        found = [one for one in self.rows.values() if (one.symbol, one.interval) == (symbol, interval)]
        return sorted((one for one in found if one.at >= since), key=lambda one: one.at)

    def forget(self, interval: str, before: datetime) -> None:
        self.rows = {key: one for key, one in self.rows.items() if one.interval != interval or one.at >= before}

    def forget_from(self, at: datetime) -> None:
        self.rows = {key: one for key, one in self.rows.items() if one.at < at}


class ChangesAtOnce:
    """`server.ports.UserChanges` that are made where they are asked for; `hold` lets them wait."""

    def __init__(self, users: Users) -> None:
        self._users = users
        self.hold: asyncio.Event | None = None
        self.waiting = 0

    async def make(self, change: Callable[[Users], V]) -> V:
        if self.hold is not None:
            self.waiting += 1
            await self.hold.wait()
        return change(self._users)


class MemoryUsers:
    """`server.ports.Users` in memory."""

    def __init__(self) -> None:
        self._users: dict[str, User] = {}
        self._hashes: dict[str, str] = {}
        self._sessions: dict[str, SignInSession] = {}
        self._factors: dict[str, SecondFactor] = {}
        self._secret_id: str | None = None
        self._revision = 0
        self.asked = 0  # how often a user was looked up

    def get(self, name: str) -> User | None:
        self.asked += 1
        return self._users.get(name)

    def password_hash(self, name: str) -> str | None:
        return self._hashes.get(name)

    def add(self, name: str, role: Role, password_hash: str, at: datetime) -> None:
        if name in self._users:
            raise ValueError(f"there is a user {name} already")
        self._users[name] = User(name, role, False, at)
        self._hashes[name] = password_hash
        self._revision += 1

    def set_password(self, name: str, password_hash: str) -> None:
        self._hashes[name] = password_hash
        self._revision += 1

    def set_disabled(self, name: str, disabled: bool) -> None:
        if disabled:
            self.close_all_sessions(name)
        self._users[name] = replace(self._users[name], disabled=disabled)
        self._revision += 1

    def set_role(self, name: str, role: Role) -> None:
        self.close_all_sessions(name)
        self._users[name] = replace(self._users[name], role=role)
        self._revision += 1

    def second_factor(self, name: str) -> SecondFactor | None:
        return self._factors.get(name)

    def secret_id(self) -> str | None:
        return self._secret_id

    def note_secret_id(self, secret_id: str) -> None:
        self._secret_id = secret_id

    def set_second_factor(self, name: str, secret: str | None, used_step: int = 0) -> None:
        if secret is None:
            self._factors.pop(name, None)
        else:
            self._factors[name] = SecondFactor(secret, used_step)
        self._revision += 1

    def use_step(self, name: str, step: int) -> None:
        self._factors[name] = replace(self._factors[name], used_step=step)

    def list(self) -> Sequence[User]:
        return [self._users[name] for name in sorted(self._users)]

    def open_session(self, session: SignInSession) -> None:
        self._sessions[session.id] = session
        self._revision += 1

    def session(self, session_id: str) -> SignInSession | None:
        return self._sessions.get(session_id)

    def sessions(self, name: str) -> Sequence[SignInSession]:
        own = [one for one in self._sessions.values() if one.user == name]
        return sorted(own, key=lambda one: (one.opened_at, one.id))

    def renew_session(self, session_id: str, generation: int, at: datetime) -> None:
        self._sessions[session_id] = replace(self._sessions[session_id], generation=generation, renewed_at=at)

    def forget_sessions(self, expired_before: datetime) -> None:
        for one in list(self._sessions.values()):
            if one.expires_at < expired_before:
                del self._sessions[one.id]

    def close_session(self, session_id: str) -> None:
        self._sessions.pop(session_id, None)
        self._revision += 1

    def close_all_sessions(self, name: str) -> Sequence[str]:
        ended = [one.id for one in self._sessions.values() if one.user == name]
        for one in ended:
            del self._sessions[one]
        self._revision += 1
        return ended

    def revision(self) -> int:
        return self._revision
