"""The executor's inbox: commands in, answers out, and the live state at a commit boundary."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

from server.domain.commands import Command
from server.domain.markets import Market


@dataclass(slots=True)
class Answer:
    """What a command came to. `status` is the HTTP status; `body` the encoded JSON value; `seq` the account's head after it.
    For a refusal `code` and `message` are set and body is None."""

    status: int
    body: bytes | None = None
    seq: int = 0
    code: str | None = None
    message: str | None = None
    details: Any = None


Told = Callable[[Answer | Exception], None]
"""Who is told what a command came to, within the executor's turn: it must be quick, and must not raise."""


class Orders(Protocol):
    """The executor's inbox: commands in, one durable answer each. All validation of state happens behind it."""

    def submit(self, command: Command) -> Awaitable[Answer]:
        """Queue a command of `server.domain.commands`; the answer comes after its commit. Raises `Busy` when full,
        `DatabaseAway` while nothing can be committed and `Stopping` after drain began. The answer itself may be
        `DatabaseAway` or `Stopping` (nothing was done) or `OutcomeUnknown`."""
        ...

    def offer(self, command: Command, told: Told) -> None:
        """The same for who waits in no task: `told` gets the answer, or what waiting for it would raise, once."""
        ...


class Busy(Exception):
    """The inbox is full: come back in a moment."""


class Stopping(Exception):
    """The server is going down and takes no new work."""


class OutcomeUnknown(Exception):
    """The command was decided, and nobody can say whether its commit took place: to be asked again under the same
    client order id."""


class View(Protocol):
    """Synchronous reads of live state, never ahead of the journal: while a commit is under way, `settled` comes first.

    `head`, `epoch`, `accounts` and `markets` may be asked at any time.
    """

    async def settled(self) -> None:
        """Wait until what there is to see is durable; it stays so until the caller gives the loop away. Raises
        DatabaseAway where that takes too long."""
        ...

    @property
    def is_settled(self) -> bool:
        """Whether `settled` would return at once."""
        ...

    def head(self, account: str) -> int:
        """The seq of the newest durable event."""
        ...

    def epoch(self) -> str:
        """The name of the database's unbroken history, in which every seq counts."""
        ...

    def snapshot(self, account: str) -> tuple[int, Mapping[str, list[bytes]]]:
        """(asOf, {"orders": open ones, "positions": open ones, "balances": …, "account": one}) as encoded wire objects."""
        ...

    def order(self, account: str, order_id: str) -> bytes | None:
        """An open order's wire object, None when it is not open or not the account's."""
        ...

    def alerts(self, account: str) -> list[bytes]:
        """The alerts that wait, oldest first, as encoded wire objects."""
        ...

    def ahead(self, account: str) -> Mapping[str, Decimal]:
        """By id of the account's resting orders, what stands before each in the queue, where the venue knows it."""
        ...

    def accounts(self) -> Iterable[str]:
        """The names of all accounts; those of the service begin with `:`."""
        ...

    def markets(self) -> Mapping[str, Market]:
        """By symbol, all that can be traded here."""
        ...
