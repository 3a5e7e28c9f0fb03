"""Sign-in names and sessions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeVar

from tradeterm.protocol.vocabulary import Role, Scope

V = TypeVar("V")


@dataclass(slots=True)
class User:
    name: str
    role: Role
    disabled: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class SignInSession:
    """A sign-in that has not ended. `generation` counts its refreshes, the last of which was at `renewed_at`."""

    id: str
    user: str
    scope: Scope
    opened_at: datetime
    expires_at: datetime
    address: str = ""
    generation: int = 0
    renewed_at: datetime | None = None

    def is_live(self, now: datetime) -> bool:
        return now < self.expires_at


@dataclass(frozen=True, slots=True)
class SecondFactor:
    """A user's TOTP: the secret that codes are made of (base32, or sealed), and the time step whose code was used last."""

    secret: str = field(repr=False)
    used_step: int


class Users(Protocol):
    """Sign-in names and sessions. Passwords are argon2id hashes; nothing here is ever logged."""

    def get(self, name: str) -> User | None: ...

    def password_hash(self, name: str) -> str | None: ...

    def add(self, name: str, role: Role, password_hash: str, at: datetime) -> None:
        """Raises ValueError when the name is taken."""
        ...

    def set_password(self, name: str, password_hash: str) -> None: ...

    def set_disabled(self, name: str, disabled: bool) -> None: ...

    def set_role(self, name: str, role: Role) -> None:
        """His sessions end: what they may do is no longer so."""
        ...

    def list(self) -> Sequence[User]: ...

    def second_factor(self, name: str) -> SecondFactor | None: ...

    def set_second_factor(self, name: str, secret: str | None, used_step: int = 0) -> None:
        """None takes it away. `secret` is kept as it is given; up to `used_step` its codes are used."""
        ...

    def secret_id(self) -> str | None:
        """Which signing secret the server has, as it noted it; None before its first start."""
        ...

    def note_secret_id(self, secret_id: str) -> None: ...

    def use_step(self, name: str, step: int) -> None:
        """Note that the code of this time step was used."""
        ...

    def open_session(self, session: SignInSession) -> None: ...

    def session(self, session_id: str) -> SignInSession | None:
        """Opened and not closed; it may have expired."""
        ...

    def sessions(self, name: str) -> Sequence[SignInSession]:
        """A user's, the oldest first; expired ones too until they are forgotten."""
        ...

    def renew_session(self, session_id: str, generation: int, at: datetime) -> None:
        """Note a refresh, so that the tokens before it stay used. Moves no revision: nobody's right has changed."""
        ...

    def forget_sessions(self, expired_before: datetime) -> None: ...

    def close_session(self, session_id: str) -> None: ...

    def close_all_sessions(self, name: str) -> Sequence[str]: ...

    def revision(self) -> int:
        """A number that changes with every change of users or sessions, also by another process; cheap to ask."""
        ...


class UserChanges(Protocol):
    """Where users are changed from the event loop: a change waits for the disk, which the loop must not."""

    async def make(self, change: Callable[[Users], V]) -> V:
        """Have `change` made, and give what it gives; changes are made one after the other."""
        ...
