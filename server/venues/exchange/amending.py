"""An order is changed by cancelling it and putting it anew, where the exchange has no other way: said so with the answer.

Between the two it does not work, and its place in the queue is lost. When the new one is refused, the old one is gone.
"""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from server.domain.markets import Market
from server.ports import Amend, AmendedReport, AmendRejectedReport, CancelledReport
from server.venues.exchange.known_orders import client_id_of
from server.venues.exchange.sightings import Sightings
from server.venues.exchange.terms import on_steps, refusal
from server.venues.exchange.trading import Trading
from server.venues.exchange.working import Working
from server.venues.submit_outcome import Outcome, Verdict
from tradeterm.protocol.vocabulary import Reason

SAID = "cancelled at the exchange and put anew: its place in the queue there is lost"


class Amending:
    """Changes of orders that work at the exchange."""

    def __init__(
        self, trading: Trading, sightings: Sightings, markets: Mapping[str, Market], features: Mapping[str, Any]
    ) -> None:
        self._trading, self._sightings, self._markets, self._features = trading, sightings, markets, features

    async def amend(self, working: Working, amend: Amend) -> None:
        """Change one; cancels of it wait until that is through."""
        async with working.lock:
            if working.is_over or working.is_cancelling:
                self._refuse(working, None, "the order has ended, or is being cancelled")
                return
            filled = working.filled if amend.filled is None else amend.filled
            total, price = filled + amend.leaves, amend.price
            if amend.cuts:
                if working.total <= total:
                    return  # it is smaller by now: nothing to do, and nobody waits for an answer
                price = working.place.price or price
            if amend.more:
                total, price = working.total + amend.more, working.place.price or price
            if self._is_refused(working, total, price):
                return
            working.is_replacing = True
            try:
                await self._replace(working, total, price)
            finally:
                working.is_replacing = False

    def _is_refused(self, working: Working, total: Decimal, price: Decimal) -> bool:
        """What is wrong with it by itself is said before the old one is touched."""
        leaves, market = total - working.filled, self._markets[working.place.symbol]
        if leaves <= 0:
            self._refuse(working, Reason.AMENDED_TO_FILLED, "so much has filled meanwhile: nothing is left to change")
            return True
        ask = on_steps(replace(working.ask(), quantity=leaves, price=price), market)
        refused = refusal(working.place.order_id, ask, market, self._features)
        if refused is not None:
            self._refuse(working, refused.reason, refused.text)
        return refused is not None

    async def _replace(self, working: Working, total: Decimal, price: Decimal) -> None:
        ended = await self._trading.end_there(working)
        if isinstance(ended, Exception):
            self._refuse(working, Reason.VENUE_REFUSED, "the exchange would not cancel it, so it stays as it was")
            return
        if working.is_over:
            self._refuse(working, None, "the order has ended meanwhile")
            return
        leaves = total - working.filled
        if leaves <= 0 or not working.leaves:
            self._refuse(working, Reason.AMENDED_TO_FILLED, "so much has filled meanwhile: nothing is left to change")
            self._end(working, Reason.AMENDED_TO_FILLED, None)
        elif working.is_cancelling:
            self._refuse(working, None, "the order is being cancelled")
            self._end(working, Reason.USER_REQUEST, None)
        else:
            await self._put_anew(working, leaves, price)

    async def _put_anew(self, working: Working, leaves: Decimal, price: Decimal) -> None:
        replaced = working.venue_order_id or working.client_id  # one that was never named is replaced by our id of it
        working.put_anew(client_id_of(working.place.order_id, replaced), leaves, price)
        self._sightings.known.add(working)
        outcome, answer = await self._trading.submit_again(working)
        if outcome.verdict is not Verdict.ACK:
            self._lose(working, outcome)
            return
        assert outcome.venue_order_id is not None
        working.known(outcome.venue_order_id)
        working.is_replacing = False
        names = (working.place.order_id, leaves, price)
        self._trading.tell([AmendedReport(*names, venue_order_id=outcome.venue_order_id, text=SAID)])
        self._sightings.taken(working, answer)
        if working.is_shown_early:
            self._sightings.catch_up(working)

    def _lose(self, working: Working, outcome: Outcome) -> None:
        text = f"the old one was cancelled to be put anew, and the new one was refused: {outcome.text}"
        self._refuse(working, Reason.VENUE_REFUSED, text)
        self._end(working, Reason.REPLACED, text)
        self._sightings.known.give_up(working)

    def _refuse(self, working: Working, reason: Reason | None, text: str) -> None:
        self._trading.tell([AmendRejectedReport(working.place.order_id, text, reason)])

    def _end(self, working: Working, reason: Reason, text: str | None) -> None:
        if not working.is_over and working.leaves:
            self._trading.tell([CancelledReport(working.place.order_id, reason, text)])
        working.is_over = True
