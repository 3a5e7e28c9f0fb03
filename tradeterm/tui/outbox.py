"""What was sent and has not been seen to arrive: shown at once, called unknown after two seconds, never sent again."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum

from tradeterm.protocol.orders import Order, OrderRequest
from tradeterm.tui.gate import ANSWER_TIMEOUT


class Fate(Enum):
    SENDING = "SEND…"
    UNKNOWN = "? unknown"


@dataclass(frozen=True, slots=True)
class Sent:
    request: OrderRequest
    sent_at: datetime
    fate: Fate = Fate.SENDING

    @property
    def id(self) -> str:
        assert self.request.client_order_id is not None, "the console gives every order its id"
        return self.request.client_order_id


class Outbox:
    """Orders on their way, oldest first."""

    def __init__(self) -> None:
        self._sent: dict[str, Sent] = {}

    def __iter__(self) -> Iterator[Sent]:
        return iter(list(self._sent.values()))

    def add(self, request: OrderRequest, now: datetime) -> None:
        sent = Sent(request, now)
        self._sent[sent.id] = sent

    def answered(self, client_order_id: str) -> None:
        """The server has it or has refused it: from here on its events speak."""
        self._sent.pop(client_order_id, None)

    def lost(self, client_order_id: str) -> None:
        """No answer will come; only an event can tell now."""
        if client_order_id in self._sent:
            self._sent[client_order_id] = replace(self._sent[client_order_id], fate=Fate.UNKNOWN)

    def sweep(self, now: datetime, seen: Callable[[str], Order | None]) -> bool:
        """Drop what has been seen, call unknown what is late. Did anything change?"""
        before = dict(self._sent)
        for id_, sent in before.items():
            if seen(id_) is not None:
                del self._sent[id_]
            elif sent.fate is Fate.SENDING and now - sent.sent_at >= ANSWER_TIMEOUT:
                self.lost(id_)
        return before != self._sent
