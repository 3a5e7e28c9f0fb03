"""Keeps the account's own stream up, and tells when it is not: by its own clock, not by the library's.

A stream that is open and says nothing is as bad as one that is closed. What the exchange took or ended, its stream owes a
word about; when that does not come in time, the stream is opened anew. Nothing that was missed is told again by it: after
each connect everything is asked for.
"""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from server.ports import Clock
from server.venues.exchange.hearsay import Hearsay
from server.venues.exchange.seen import ExchangeApi, Listeners, SeenOrder, SeenTrade
from server.venues.submit_outcome import outcome_of_error

log = structlog.get_logger(__name__)

OWED_S = 3.0
WATCH_S = 0.5
AGAIN_S = (0.1, 0.5, 1.0, 2.0, 5.0, 10.0)


class StreamSilent(Exception):
    """It is open, and did not say what it owed."""


class UserStream:
    """`changed` hears whether it is up, each time that that changes."""

    def __init__(
        self,
        exchange: ExchangeApi,
        hearsay: Hearsay,
        changed: Callable[[bool], None],
        clock: Clock,
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._exchange, self._hearsay, self._changed = exchange, hearsay, changed
        self._clock, self._sleep = clock, sleep
        self._owed_since: float | None = None
        self._heard: dict[str, float] = {}  # by the exchange's id of an order, when the stream last told of it
        self._failed = 0
        self.is_up = False

    def owes(self, venue_order_id: str) -> None:
        """The exchange did something to an order: its stream must tell of it, or did so a moment ago."""
        now = self._clock.monotonic()
        if self.is_up and self._owed_since is None and now - self._heard.get(venue_order_id, -OWED_S) >= OWED_S:
            self._owed_since = now

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(self._exchange.listen(self._listeners()))
                    tasks.create_task(self._watch())
            except* Exception as group:
                reason = ", ".join(outcome_of_error(one).text for one in group.exceptions)
                log.warning("the order stream is down", reason=reason, again_in_s=AGAIN_S[self._place])
            self._down()
            await self._sleep(AGAIN_S[self._place])
            self._failed += 1

    def _listeners(self) -> Listeners:
        return Listeners(self._connected, self._heard_order, self._heard_trade, self._touched)

    @property
    def _place(self) -> int:
        return min(self._failed, len(AGAIN_S) - 1)

    async def _watch(self) -> None:
        while True:
            await self._sleep(WATCH_S)
            since = self._owed_since
            if since is not None and self._clock.monotonic() - since > OWED_S:
                raise StreamSilent

    def _connected(self) -> None:
        self._failed, self._owed_since, self.is_up = 0, None, True
        self._changed(True)

    def _down(self) -> None:
        self._owed_since = None
        if self.is_up:
            self.is_up = False
            self._changed(False)

    def _heard_order(self, seen: SeenOrder) -> None:
        self._note(seen.venue_order_id)
        self._hearsay.order(seen)

    def _heard_trade(self, trade: SeenTrade) -> None:
        self._note(trade.venue_order_id)
        self._hearsay.trade(trade)

    def _touched(self, venue_order_id: str) -> None:
        self._note(venue_order_id)
        self._hearsay.touched(venue_order_id)

    def _note(self, venue_order_id: str) -> None:
        now = self._clock.monotonic()
        self._owed_since = None
        self._heard.pop(venue_order_id, None)
        self._heard[venue_order_id] = now
        while now - next(iter(self._heard.values())) > OWED_S:
            del self._heard[next(iter(self._heard))]
