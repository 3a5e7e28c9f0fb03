"""Sends one order to an exchange, once, and stays with it until what became of it is known.

The submit is never sent again. Where its outcome is unknown that is told at once, and then the exchange is asked for the
order, by our own id for it, until it is found or shown absent. Time and the way to the exchange come in through ports.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from server.ports import Clock
from server.venues.submit_outcome import Outcome, Verdict, outcome_of_answer, outcome_of_error
from server.venues.unconfirmed import Proof, Unconfirmed

SUBMIT_S = 15.0  # then we stop waiting; the order may be on its way all the same
LOOK_S = 10.0

Sleep = Callable[[float], Awaitable[None]]


class OrderRoute(Protocol):
    """One order's way to one exchange."""

    window_s: float  # for how long after it was made the exchange accepts a request

    async def submit(self) -> Any:
        """Send it; what ccxt makes of the answer. Raises whatever ccxt raises."""
        ...

    async def find(self) -> str | None:
        """The exchange's own id of it, None where the exchange knows no order of our id. Raises when it cannot be asked."""
        ...


class Submission:
    """One order under way. `told` hears each outcome as it becomes known: one, or unknown and then another."""

    def __init__(self, route: OrderRoute, clock: Clock, told: Callable[[Outcome], None], sleep: Sleep) -> None:
        self._route, self._clock, self._told, self._sleep = route, clock, told, sleep

    async def run(self) -> Outcome:
        """Send, and return what is certain. Cancelled while it is sent, it is told as unknown: whoever starts next settles it."""
        try:
            async with asyncio.timeout(SUBMIT_S):
                outcome = outcome_of_answer(await self._route.submit())
        except asyncio.CancelledError as error:
            self._told(outcome_of_error(error))
            raise
        except Exception as error:
            outcome = outcome_of_error(error)
        self._told(outcome)
        if outcome.verdict is Verdict.UNKNOWN:
            outcome = await self.settle(self._clock.monotonic())
            self._told(outcome)
        return outcome

    async def settle(self, sent_at: float) -> Outcome:
        """Ask until it is proven what became of it. `sent_at` is the latest that it can have been sent, monotonic."""
        doubt, venue_order_id = Unconfirmed(sent_at, self._route.window_s), None
        while doubt.proof is None:
            now = self._clock.monotonic()
            await self._sleep(doubt.next_look(now) - now)
            began = self._clock.monotonic()
            try:
                async with asyncio.timeout(LOOK_S):
                    venue_order_id = await self._route.find()
            except Exception:
                doubt.looked(began, found=None)
                continue
            doubt.looked(began, found=venue_order_id is not None)
        if doubt.proof is Proof.FOUND:
            return Outcome(Verdict.ACK, "found after its outcome was unknown", venue_order_id)
        return Outcome(Verdict.REJECTED, "the exchange has shown twice that it never got it")
