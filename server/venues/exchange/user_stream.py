"""Keeps the account's own stream up, and tells when it is not: by its own clock, not by the library's.

A stream that is open and says nothing is as bad as one that is closed. What the exchange took or ended, its stream owes a
word about; when that does not come in time, the stream is opened anew. Nothing that was missed is told again by it: after
each connect everything is asked for.
"""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from server.venues.exchange.hearsay import Hearsay
from server.venues.exchange.owed_word import OwedWord
from server.venues.exchange.seen import ExchangeApi, Listeners, SeenOrder, SeenTrade
from server.venues.submit_outcome import outcome_of_error

log = structlog.get_logger(__name__)

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
        owed: OwedWord,
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._exchange, self._hearsay, self._changed = exchange, hearsay, changed
        self._owed, self._sleep = owed, sleep
        self._failed = 0
        self.is_up = False

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            reason = await self._life()
            log.warning("the order stream is down", reason=reason, again_in_s=AGAIN_S[self._place])
            self._down()
            await self._sleep(AGAIN_S[self._place])
            self._failed += 1

    async def _life(self) -> str:
        """Follow it until it breaks, or owes for too long: why. No group of tasks: one of which a member fails while it is
        cancelled tells of the failure alone, and whoever stops waits for ever."""
        tasks = [asyncio.ensure_future(one) for one in (self._exchange.listen(self._listeners()), self._watch())]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        errors = [None if one.cancelled() else one.exception() for one in done]
        return ", ".join(outcome_of_error(error).text for error in errors if error is not None) or "it has ended"

    def _listeners(self) -> Listeners:
        return Listeners(self._connected, self._heard_order, self._heard_trade, self._touched)

    @property
    def _place(self) -> int:
        return min(self._failed, len(AGAIN_S) - 1)

    async def _watch(self) -> None:
        while True:
            await self._sleep(WATCH_S)
            if self._owed.is_overdue:
                raise StreamSilent

    def _connected(self) -> None:
        self._failed, self.is_up = 0, True
        self._owed.turn(is_up=True)
        self._changed(True)

    def _down(self) -> None:
        self._owed.turn(is_up=False)
        if self.is_up:
            self.is_up = False
            self._changed(False)

    def _heard_order(self, seen: SeenOrder) -> None:
        self._owed.tell(seen.venue_order_id)
        self._hearsay.order(seen)

    def _heard_trade(self, trade: SeenTrade) -> None:
        self._owed.tell(trade.venue_order_id)
        self._hearsay.trade(trade)

    def _touched(self, venue_order_id: str) -> None:
        self._owed.tell(venue_order_id)
        self._hearsay.touched(venue_order_id)
