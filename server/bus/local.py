"""The bus inside one process: commit order in, every listener told once. No queue: who cannot keep up reads the journal."""

from collections.abc import Sequence

import structlog

from server.ports import EventRow, Subscriber
from tradeterm.protocol.vocabulary import EventName

log = structlog.get_logger(__name__)


class LocalBus:
    """Tells each listener of each commit. A listener that raises is logged and hurts nobody else."""

    def __init__(self, *listeners: Subscriber) -> None:
        self._listeners = listeners

    def publish(self, events: Sequence[EventRow]) -> None:
        for listener in self._listeners:
            try:
                listener.deliver(events)
            except Exception:
                log.exception("listener_failed", listener=type(listener).__name__, events=len(events))

    def tell(self, account: str, event: EventName, data: bytes, as_of: int) -> None:
        """Pass on a value that moved with the price: not journaled, no seq, worthless when late."""
        for listener in self._listeners:
            try:
                listener.tell(account, event, data, as_of)
            except Exception:
                log.exception("listener_failed", listener=type(listener).__name__, told=event)

    def hears(self, account: str) -> bool:
        """Does any listener speak to somebody of this account?"""
        return any(listener.hears(account) for listener in self._listeners)
