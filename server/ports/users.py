"""Sign-in names and sessions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeVar

from tradeterm.protocol.vocabulary import Role, Scope

V = TypeVar("V")


@dataclass(slots=True)
class User:
    """Who may sign in, without their secrets."""

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
        """Whether its time is not over."""
        return now < self.expires_at


@dataclass(frozen=True, slots=True)
class SecondFactor:
    """A user's TOTP: the secret that codes are made of (base32, or sealed), and the time step whose code was used last."""

    secret: str = field(repr=False)
    used_step: int


class Users(Protocol):
    """Sign-in names and sessions. Passwords are argon2id hashes; nothing here is ever logged. Every method may raise
    DatabaseAway; a change is durable when it returns."""

    def get(self, name: str) -> User | None:
        """None for a name that nobody has."""
        ...

    def password_hash(self, name: str) -> str | None:
        """The argon2id hash, with its parameters; None for a name that nobody has."""
        ...

    def add(self, name: str, role: Role, password_hash: str, at: datetime) -> None:
        """Raises ValueError when the name is taken."""
        ...

    def set_password(self, name: str, password_hash: str) -> None:
        """Takes a hash. Sessions stay as they are."""
        ...

    def set_disabled(self, name: str, disabled: bool) -> None:
        """Shut a user out, which ends all their sessions, or let them in again."""
        ...

    def set_role(self, name: str, role: Role) -> None:
        """Their sessions end, which were of the old role."""
        ...

    def list(self) -> Sequence[User]:
        """All of them, by name."""
        ...

    def second_factor(self, name: str) -> SecondFactor | None:
        """None where the user has none."""
        ...

    def set_second_factor(self, name: str, secret: str | None, used_step: int = 0) -> None:
        """None takes it away. `secret` is kept as it is given; up to `used_step` its codes are used."""
        ...

    def secret_id(self) -> str | None:
        """Which signing secret the server has, as it noted it; None before its first start."""
        ...

    def note_secret_id(self, secret_id: str) -> None:
        """Note which signing secret the server has now."""
        ...

    def use_step(self, name: str, step: int) -> None:
        """Note that the code of this time step was used."""
        ...

    def open_session(self, session: SignInSession) -> None:
        """Keep a new sign-in."""
        ...

    def session(self, session_id: str) -> SignInSession | None:
        """Opened and not closed; it may have expired."""
        ...

    def sessions(self, name: str) -> Sequence[SignInSession]:
        """A user's, the oldest first; expired ones too until they are forgotten."""
        ...

    def renew_session(self, session_id: str, generation: int, at: datetime) -> None:
        """Note a refresh, so that the tokens before it stay used. Moves no revision: nobody's right has changed."""
        ...

    def forget_sessions(self, expired_before: datetime) -> None:
        """Drop the rows of sessions that expired before then."""
        ...

    def close_session(self, session_id: str) -> None:
        """End one sign-in; nothing happens where there is none of that id."""
        ...

    def close_all_sessions(self, name: str) -> Sequence[str]:
        """End all of a user's sign-ins; the ids of those that there were."""
        ...

    def revision(self) -> int:
        """A number that changes with every change of users or sessions, also by another process; cheap to ask."""
        ...


class UserChanges(Protocol):
    """Where users are changed from the event loop: a change waits for the disk, which the loop must not."""

    async def make(self, change: Callable[[Users], V]) -> V:
        """Have `change` made, and give what it gives; changes are made one after the other."""
        ...
