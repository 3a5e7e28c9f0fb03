"""What was sent and has not been seen to arrive: shown at once, called unknown after two seconds, never sent again.

An unknown order ends by proof only: an event of it, or two look-ups, after no request can be under way any more, that
did not find it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum

from tradeterm.protocol.orders import Order, OrderRequest
from tradeterm.tui.orders.safe_mode import ANSWER_TIMEOUT

LOOK_UP_AFTER = timedelta(seconds=12)  # a request gives up after ten
LOOK_UPS = 2


class Fate(Enum):
    SENDING = "SEND…"
    UNKNOWN = "? unknown"


@dataclass(frozen=True, slots=True)
class Sent:
    request: OrderRequest
    sent_at: datetime
    fate: Fate = Fate.SENDING
    not_found: int = 0

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

    def doubtful(self, now: datetime) -> list[Sent]:
        """The unknown ones that are worth a look-up."""
        return [one for one in self if one.fate is Fate.UNKNOWN and now - one.sent_at >= LOOK_UP_AFTER]

    def missed(self, client_order_id: str) -> bool:
        """A look-up did not find it. Is it proven now that it never arrived? Then it is no longer kept."""
        sent = self._sent.get(client_order_id)
        if sent is None:
            return False
        self._sent[client_order_id] = replace(sent, not_found=sent.not_found + 1)
        if sent.not_found + 1 < LOOK_UPS:
            return False
        del self._sent[client_order_id]
        return True

    def sweep(self, now: datetime, seen: Callable[[str], Order | None]) -> bool:
        """Drop what has been seen, call unknown what is late. Did anything change?"""
        before = dict(self._sent)
        for id_, sent in before.items():
            if seen(id_) is not None:
                del self._sent[id_]
            elif sent.fate is Fate.SENDING and now - sent.sent_at >= ANSWER_TIMEOUT:
                self.lost(id_)
        return before != self._sent
