"""Which order is meant by what an exchange shows: by our id for it, or by the exchange's own.

Ours is made of the order's id, so that it is found again by anybody who has the journal.
"""

import hashlib
import uuid
from collections import OrderedDict
from collections.abc import Iterator

from server.venues.exchange.seen import SeenOrder, SeenTrade
from server.venues.exchange.working import Working

ENDED = 20_000  # of those that have ended so many are remembered: a trade of theirs may come twice
HEX_DIGITS = 32


def client_id_of(order_id: str, replaced: str | None = None) -> str:
    """32 hex digits, the only form that every exchange takes: the order's own id. Put anew, one that follows from it and the
    exchange's name of the one that is replaced: never given twice, and known after a restart too."""
    plain = order_id.replace("-", "")
    if replaced is None:
        return plain
    return hashlib.sha256(f"{plain}:{replaced}".encode()).hexdigest()[:HEX_DIGITS]


def order_id_of(client_id: str | None) -> str | None:
    """The order that one of our ids is made of, None for one that cannot be ours."""
    if client_id is None or len(client_id) != HEX_DIGITS:
        return None
    try:
        return str(uuid.UUID(client_id))
    except ValueError:
        return None


class KnownOrders:
    """Those that work, and the last of those that did."""

    def __init__(self) -> None:
        self._by_id: dict[str, Working] = {}
        self._by_client_id: dict[str, Working] = {}
        self._by_venue_id: dict[tuple[str, str], Working] = {}
        self._by_next_id: dict[str, Working] = {}  # by our id of the order that may be put anew in its place
        self._ended: OrderedDict[str, Working] = OrderedDict()
        self.lost: dict[str, Working] = {}  # by our id, those that were shown absent: each may come late

    def add(self, working: Working) -> None:
        """Take one in, or take note of a new name of it."""
        self._by_id[working.place.order_id] = working
        if working.client_id is not None:
            self._by_client_id[working.client_id] = working
        name = (working.place.symbol, working.venue_order_id or "")
        if working.venue_order_id is not None and self._by_venue_id.get(name) is not working:
            self._by_venue_id[name] = working
            self._by_next_id[client_id_of(working.place.order_id, working.venue_order_id)] = working

    def get(self, order_id: str) -> Working | None:
        return self._by_id.get(order_id)

    def of_order(self, seen: SeenOrder) -> Working | None:
        """By the exchange's name of it first: that one it never gives twice."""
        found = self._by_venue_id.get((seen.symbol, seen.venue_order_id))
        if found is not None or seen.client_id is None:
            return found
        found = self._by_client_id.get(seen.client_id)
        # Of an order that the exchange has under another name, this is a second one with our id.
        is_other = found is not None and found.venue_order_id not in (None, seen.venue_order_id)
        return None if is_other else found

    def replaced_by(self, client_id: str | None) -> Working | None:
        """The order in whose place the one of that id was put."""
        return self._by_next_id.get(client_id or "")

    def of_trade(self, trade: SeenTrade) -> Working | None:
        return self._by_venue_id.get((trade.symbol, trade.venue_order_id))

    def of_venue_id(self, venue_order_id: str) -> list[Working]:
        """Those that work and that the exchange calls so: one, where no two markets give one name."""
        return [one for one in self.open() if one.venue_order_id == venue_order_id]

    def open(self) -> Iterator[Working]:
        return iter([one for one in self._by_id.values() if not one.is_over])

    def give_up(self, working: Working) -> None:
        """It was shown absent. When it shows all the same, it is one that nobody knows."""
        if working.client_id is not None:
            self._by_client_id.pop(working.client_id, None)
            self.lost[working.client_id] = working
        self._by_venue_id.pop((working.place.symbol, working.venue_order_id or ""), None)
        self._by_id.pop(working.place.order_id, None)

    def tidy(self) -> None:
        """Remember of those that have ended the last ones alone."""
        for order_id, working in self._by_id.items():
            if working.is_over:
                self._ended[order_id] = working
        while len(self._ended) > ENDED:
            order_id, working = self._ended.popitem(last=False)
            self._by_id.pop(order_id, None)
            self._by_client_id.pop(working.client_id or "", None)
            venue_order_id = working.venue_order_id or ""
            self._by_venue_id.pop((working.place.symbol, venue_order_id), None)
            self._by_next_id.pop(client_id_of(order_id, venue_order_id), None)
