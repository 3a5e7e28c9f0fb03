"""Stand-ins for the ports, for every test that needs one; each does what its port says, in memory."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from server.ports import User
from tradeterm.protocol.vocabulary import Role

START = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)


class ManualClock:
    """Time that moves when it is told to."""

    def __init__(self, start: datetime = START) -> None:
        self._start = start
        self._passed = 0.0

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._passed)

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


class MemoryUsers:
    """`server.ports.Users` in memory."""

    def __init__(self) -> None:
        self._users: dict[str, User] = {}
        self._hashes: dict[str, str] = {}
        self._sessions: dict[str, tuple[str, datetime]] = {}
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
        self._users[name] = replace(self._users[name], disabled=disabled)
        self._revision += 1

    def set_role(self, name: str, role: Role) -> None:
        self.close_all_sessions(name)
        self._users[name] = replace(self._users[name], role=role)
        self._revision += 1

    def list(self) -> Sequence[User]:
        return [self._users[name] for name in sorted(self._users)]

    def open_session(self, session_id: str, name: str, scope: str, expires_at: datetime) -> None:
        self._sessions[session_id] = (name, expires_at)
        self._revision += 1

    def session_is_live(self, session_id: str, now: datetime) -> bool:
        name, ends = self._sessions.get(session_id, ("", now))
        return now < ends and not self._users[name].disabled

    def close_session(self, session_id: str) -> None:
        self._sessions.pop(session_id, None)
        self._revision += 1

    def close_all_sessions(self, name: str) -> Sequence[str]:
        ended = [one for one, (owner, _) in self._sessions.items() if owner == name]
        for one in ended:
            del self._sessions[one]
        self._revision += 1
        return ended

    def revision(self) -> int:
        return self._revision
