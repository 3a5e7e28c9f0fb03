"""What one user sent and was answered over many lives of a server, and whether its journal and its lists say the same."""

import itertools
import time
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import httpx

from tests.e2e.servers import Server, Trader

Item = dict[str, Any]


@dataclass
class Kept:
    """A user who buys and sells in turn. `head` is how far their journal was looked through."""

    name: str
    sent: set[str] = field(default_factory=set)
    answered: set[str] = field(default_factory=set)
    head: int = 0
    created: set[str] = field(default_factory=set)
    executed: set[str] = field(default_factory=set)
    held: Decimal = Decimal(0)
    refused: list[str] = field(default_factory=list)
    _unseen: set[str] = field(default_factory=set)
    _trader: Trader | None = None
    _last: Item | None = None  # the event at the head
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    def at(self, server: Server) -> Trader:
        """Signed in once: a token outlives the server."""
        if self._trader is None:
            self._trader = server.sign_in(self.name)
        return self._trader

    def stream(self, trader: Trader, pause_s: float = 0.0) -> None:
        """Send orders one after another until the server dies; note what was sent and what was answered."""
        for number in self._numbers:
            client_id = f"{self.name}-{number}"
            body = {
                "symbol": "BTC/USD",
                "side": ("buy", "sell")[number % 2],
                "type": "limit",
                "quantity": "0.001",
                "price": "45000.00",
                "clientOrderId": client_id,
            }
            self.sent.add(client_id)
            try:
                answer = trader.http.post("/orders", json=body)
            except httpx.HTTPError:
                return
            if answer.status_code == 201:
                self.answered.add(client_id)
                self._unseen.add(client_id)
            elif answer.status_code != 503:  # busy, or stopping
                self.refused.append(answer.text)
            time.sleep(pause_s)

    # ------------------------------------------------------------ after a kill

    def look_through(self, server: Server) -> None:
        """What is new follows what was there, and lists, journal and answers agree about it."""
        trader = self.at(server)
        events = self._new_events(trader)
        created = [one["data"]["order"]["clientOrderId"] for one in events if one["event"] == "order:created"]
        orders = _until(trader, "/orders", "clientOrderId", self.created)
        assert sorted(created) == sorted(one["clientOrderId"] for one in orders)
        new = _all_new(created, self.created)
        assert self._unseen <= new <= self.sent
        self.created |= new
        self._unseen.clear()
        executed = [one["data"]["trade"]["id"] for one in events if one["event"] == "trade:executed"]
        trades = _until(trader, "/trades", "id", self.executed)
        assert sorted(executed) == sorted(one["id"] for one in trades)
        self.executed |= _all_new(executed, self.executed)
        self.held += _sum_of(trades)
        self._agree(trader)

    def look_through_all(self, server: Server) -> None:
        """The same from the first event on, and what was filled is what was traded."""
        before = self.created, self.executed, self.held, self.head
        self.head, self._last, self.created, self.executed, self.held = 0, None, set(), set(), Decimal(0)
        self._unseen = set(self.answered)
        self.look_through(server)
        if before[-1]:
            assert (self.created, self.executed, self.held, self.head) == before
        trader = self.at(server)
        filled = sum(Decimal(one["filledQuantity"]) for one in _until(trader, "/orders", "id", set()))
        assert filled == sum(Decimal(one["quantity"]) for one in _until(trader, "/trades", "id", set()))

    def _new_events(self, trader: Trader) -> list[Item]:
        """After the last one that was seen, which must be there still, as it was."""
        events: list[Item] = []
        after = max(0, self.head - 1)
        while page := trader.items("/events", after=after, limit=500):
            events += page
            after = page[-1]["seq"]
        if self._last is not None:
            assert events.pop(0) == self._last
        assert [one["seq"] for one in events] == list(range(self.head + 1, self.head + 1 + len(events)))
        if events:
            self.head, self._last = events[-1]["seq"], events[-1]
        return events

    def _agree(self, trader: Trader) -> None:
        assert self.refused == []
        assert self.answered, "orders got through at all"
        signed = {"long": 1, "short": -1}
        held = {one["symbol"]: signed[one["side"]] * Decimal(one["quantity"]) for one in trader.items("/positions")}
        assert held.get("BTC/USD", Decimal(0)) == self.held


def _until(trader: Trader, path: str, key: str, known: set[str]) -> list[Item]:
    """A list from its newest item to the first that is known."""
    found: list[Item] = []
    cursor: dict[str, str] = {}
    while True:
        page = trader.get(path, limit=500, **cursor)
        new = list(itertools.takewhile(lambda one: one[key] not in known, page["items"]))
        found += new
        if len(new) < len(page["items"]) or page["nextCursor"] is None:
            return found
        cursor = {"cursor": page["nextCursor"]}


def _all_new(ids: list[str], known: set[str]) -> set[str]:
    """None of them twice, and none of them known."""
    new = set(ids)
    assert len(new) == len(ids)
    assert not new & known
    return new


def _sum_of(trades: list[Item]) -> Decimal:
    return sum((_SIGNS[one["side"]] * Decimal(one["quantity"]) for one in trades), Decimal(0))


_SIGNS = {"buy": 1, "sell": -1}
