"""Carries requests to an exchange until what became of them is certain. What it shows of orders is taken in by `sightings`.

A submit is sent once. What became of it is certain when the exchange shows it, or shows twice that it has none. Cancels
may be repeated, and are until they are answered.
"""

from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from typing import Any

import structlog

from server.domain.markets import Market
from server.ports import (
    Cancel,
    CancelRejectedReport,
    Clock,
    Place,
    RejectedReport,
    Report,
    UnconfirmedReport,
)
from server.venues.exchange.known_orders import client_id_of
from server.venues.exchange.seen import ExchangeApi, SeenOrder
from server.venues.exchange.sightings import ASK_AGAIN_S, OwnOrders, Sightings
from server.venues.exchange.terms import on_steps, refusal
from server.venues.exchange.working import Working
from server.venues.submit_outcome import Outcome, Verdict, is_final, outcome_of_error, reason_of
from server.venues.submitting import Submission
from server.venues.unconfirmed import DOUBT_AFTER_S
from tradeterm.protocol.vocabulary import Reason, TimeInForce

log = structlog.get_logger(__name__)


class Route:
    """One order's way there, for `Submission`; what was answered stays here."""

    def __init__(self, exchange: ExchangeApi, working: Working, send: Callable[[], Awaitable[Any]]) -> None:
        self._exchange, self._working, self._send = exchange, working, send
        self.window_s = exchange.window_s
        self.answer: Any = None
        self.error: BaseException | None = None

    async def submit(self) -> Any:
        try:
            self.answer = await self._send()
        except BaseException as error:
            self.error = error
            raise
        return self.answer

    async def find(self) -> str | None:
        working = self._working
        if working.is_known:  # its stream was quicker
            return working.venue_order_id
        found = await self._exchange.find(working.named, is_proof=True)
        return None if found is None else found.venue_order_id


class Trading:
    """All orders of one account. `tell` hears the reports in the order in which they are to be taken; `spawn` has a
    coroutine run beside all else. `stood` is told what the exchange has ended, by its own id of the order: its stream must
    say so too."""

    def __init__(
        self,
        exchange: ExchangeApi,
        markets: Mapping[str, Market],
        features: Mapping[str, Any],
        sightings: Sightings,
        journal: OwnOrders,
        clock: Clock,
        sleep: Callable[[float], Awaitable[None]],
        tell: Callable[[Sequence[Report]], None],
        spawn: Callable[[Coroutine[Any, Any, None]], None],
        stood: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._exchange, self._markets, self._features = exchange, markets, features
        self._sightings, self._journal, self._clock = sightings, journal, clock
        self._sleep, self.tell, self._spawn, self._stood = sleep, tell, spawn, stood

    def place(self, place: Place) -> None:
        """Put an order on its way."""
        working = Working(place, client_id_of(place.order_id))
        self._sightings.known.add(working)
        self._spawn(self._place(working))

    def cancel(self, cancel: Cancel) -> None:
        """Have an order ended there; one that has ended is told already, or about to be."""
        working = self._sightings.known.get(cancel.order_id)
        if working is not None and not working.is_over:
            working.is_cancelling = True
            self._spawn(self._cancel(working))

    def restore(self, place: Place) -> None:
        """An order of before a restart: what became of it the exchange must say."""
        working = Working(place, client_id_of(place.order_id), self._journal.venue_trade_ids(place.order_id))
        working.is_restored = working.is_known
        self._sightings.known.add(working)

    def settle_restored(self) -> None:
        """Find out about those that the exchange had not confirmed when the process ended; none is sent again."""
        for working in self._sightings.known.open():
            if not working.is_known and not working.is_answered:
                self._spawn(self._settle(working))

    async def _settle(self, working: Working) -> None:
        self._doubt(working, "the server was restarted before the exchange had answered")
        submission, route = self._submission(working)
        outcome = await submission.settle(self._clock.monotonic())
        self._concluded(working, route, outcome)
        await self._look_after(working)

    async def _place(self, working: Working) -> None:
        place, market = working.place, self._markets[working.place.symbol]
        refused = refusal(place.order_id, on_steps(working.ask(), market), market, self._features)
        if refused is not None:
            self._refuse(working, refused)
            return
        self._spawn(self._lose_patience(working))
        submission, _ = self._submission(working)
        await submission.run()
        await self._look_after(working)

    def _submission(self, working: Working) -> tuple[Submission, Route]:
        ask = on_steps(working.ask(), self._markets[working.place.symbol])
        route = Route(self._exchange, working, lambda: self._exchange.submit(ask))
        told: Callable[[Outcome], None] = lambda outcome: self._concluded(working, route, outcome)  # noqa: E731
        return Submission(route, self._clock, told, self._sleep), route

    async def _lose_patience(self, working: Working) -> None:
        await self._sleep(DOUBT_AFTER_S)
        if not working.is_answered:
            self._doubt(working, "the exchange has not answered yet")

    def _doubt(self, working: Working, text: str) -> None:
        if not (working.is_doubtful or working.is_over or working.is_known):  # its stream may have been quicker
            working.is_doubtful = True
            self.tell([UnconfirmedReport(working.place.order_id, text)])

    def _concluded(self, working: Working, route: Route, outcome: Outcome) -> None:
        """What became of a submit, as far as that is certain."""
        match outcome.verdict:
            case Verdict.UNKNOWN:
                self._doubt(working, outcome.text)
            case Verdict.ACK:
                assert outcome.venue_order_id is not None
                self.tell(working.known(outcome.venue_order_id))
                self._sightings.taken(working, route.answer)
            case Verdict.REJECTED if not working.is_known:
                self._not_there(working, route.error, outcome.text)

    def _not_there(self, working: Working, error: BaseException | None, text: str) -> None:
        """Refused, or shown absent: that one may come late all the same."""
        reason = reason_of(error) if outcome_is_definite(error) else Reason.NEVER_ARRIVED
        self._sightings.known.give_up(working)
        self._refuse(working, RejectedReport(working.place.order_id, reason, text))

    def _refuse(self, working: Working, report: RejectedReport) -> None:
        working.is_answered = working.is_over = True
        self.tell([report])

    async def _look_after(self, working: Working) -> None:
        """What was taken at once may have filled or ended at once: the answer does not always say so."""
        is_brief = working.place.price is None or working.place.time_in_force in (TimeInForce.IOC, TimeInForce.FOK)
        if is_brief and not working.is_over:
            await self._sightings.look(working)

    async def _cancel(self, working: Working) -> None:
        async with working.lock:
            ended = await self.end_there(working)
        if isinstance(ended, SeenOrder):
            self._sightings.seen(working, ended)
        elif ended is not None:
            working.is_cancelling = False
            self.tell([CancelRejectedReport(working.place.order_id, outcome_of_error(ended).text)])

    async def end_there(self, working: Working) -> SeenOrder | Exception | None:
        """Ask for an order's end until the exchange shows it, all of its trades taken; or why it will not end it. None:
        it was over."""
        tried = 0
        while not working.is_over:
            refused = None
            try:
                await self._exchange.cancel(working.named)
                self._stood(working.venue_order_id or "")
            except Exception as error:
                refused = error
            seen = await self._sightings.looked_at(working)
            if seen is not None and seen.ending is not None:
                return seen
            if seen is not None and refused is not None and is_final(refused):
                return refused
            await self._sleep(ASK_AGAIN_S[min(tried, len(ASK_AGAIN_S) - 1)])
            tried += 1
        return None

    async def submit_again(self, working: Working) -> tuple[Outcome, Any]:
        """Send what has been put anew under its new id: what is certain of it, and what was answered."""
        ask = on_steps(working.ask(), self._markets[working.place.symbol])
        route = Route(self._exchange, working, lambda: self._exchange.submit(ask))

        def told(outcome: Outcome) -> None:
            if outcome.verdict is Verdict.UNKNOWN:
                self._doubt(working, outcome.text)

        return await Submission(route, self._clock, told, self._sleep).run(), route.answer


def outcome_is_definite(error: BaseException | None) -> bool:
    """Did the exchange itself refuse it, or was nothing sent?"""
    return error is not None and outcome_of_error(error).verdict is Verdict.REJECTED
