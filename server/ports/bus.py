"""Carries committed events to whoever views the journal."""

from collections.abc import Sequence
from typing import Protocol

from server.ports.journal import EventRow
from tradeterm.protocol.vocabulary import EventName


class Subscriber(Protocol):
    """One view of the journal, such as the gateway. Called on the event loop."""

    def deliver(self, events: Sequence[EventRow]) -> None:
        """Called once per commit with the committed events, ascending per account. Must not block nor raise."""
        ...

    def tell(self, account: str, event: EventName, data: bytes, as_of: int) -> None:
        """A value that moved with the price: not journaled, no seq; `as_of` is the account's head it was computed at."""
        ...

    def hears(self, account: str) -> bool:
        """Would anybody be told? What nobody hears is not computed."""
        ...


class Bus(Protocol):
    """Carries committed events to whoever views the journal. Losing it loses latency, never an event."""

    def publish(self, events: Sequence[EventRow]) -> None:
        """Hand one commit on to every subscriber, in the order of the commits. Never waits, and raises nothing."""
        ...

    def tell(self, account: str, event: EventName, data: bytes, as_of: int) -> None:
        """Hand on a value that moved with the price: see `Subscriber.tell`."""
        ...

    def hears(self, account: str) -> bool:
        """Whether any subscriber would tell anybody of this account."""
        ...
