"""Carries requests to an exchange, and what it shows of them back as reports: the exchange is the truth, its stream a hint.

A submit is sent once. What became of it is certain when the exchange shows it, or shows twice that it has none. Cancels
and look-ups may be repeated, and are until they are answered. An order's end is told when all of its trades are here.
"""

from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

import structlog

from server.domain.markets import Market
from server.ports import (
    AdoptedReport,
    Cancel,
    CancelRejectedReport,
    Clock,
    Ids,
    Place,
    RejectedReport,
    Report,
    UnconfirmedReport,
)
from server.venues.exchange.known_orders import KnownOrders, client_id_of, order_id_of
from server.venues.exchange.seen import Ending, ExchangeApi, Named, SeenOrder, SeenTrade
from server.venues.exchange.terms import on_steps, refusal
from server.venues.exchange.working import Working
from server.venues.submit_outcome import Outcome, Verdict, is_final, outcome_of_error, reason_of
from server.venues.submitting import Submission
from server.venues.unconfirmed import Proof, Unconfirmed
from tradeterm.protocol.vocabulary import Reason, TimeInForce

log = structlog.get_logger(__name__)

PATIENCE_S = 0.9  # without an answer for so long an order is shown as unconfirmed
CANCEL_AGAIN_S = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
SAME_BREATH_S = 0.05
LOOK_AGAIN_S = (0.2, 0.5, 1.0, 2.0)
FORGOTTEN = "the exchange had it and knows it no more"


class OwnOrders(Protocol):
    """What the journal knows of orders that are not open here any more."""

    def is_ours(self, order_id: str) -> bool: ...

    def venue_trade_ids(self, order_id: str) -> set[str]:
        """The exchange's numbers of the trades of an order that were booked."""
        ...


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
    coroutine run beside all else. `stood` is told what the exchange has taken or ended, by its own id of the order: its stream
    must say so too."""

    def __init__(
        self,
        exchange: ExchangeApi,
        markets: Mapping[str, Market],
        features: Mapping[str, Any],
        account: str,
        journal: OwnOrders,
        clock: Clock,
        ids: Ids,
        sleep: Callable[[float], Awaitable[None]],
        tell: Callable[[Sequence[Report]], None],
        spawn: Callable[[Coroutine[Any, Any, None]], None],
        stood: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.exchange, self._markets, self._features = exchange, markets, features
        self._account, self._journal, self._clock, self._ids = account, journal, clock, ids
        self.sleep, self.tell, self._spawn, self._stood = sleep, tell, spawn, stood
        self.known = KnownOrders()

    # ------------------------------------------------------------ requests

    def place(self, place: Place) -> None:
        """Put an order on its way."""
        working = Working(place, client_id_of(place.order_id))
        self.known.add(working)
        self._spawn(self._place(working))

    def cancel(self, cancel: Cancel) -> None:
        """Have an order ended there; one that has ended is told already, or about to be."""
        working = self.known.get(cancel.order_id)
        if working is not None and not working.is_over:
            working.is_cancelling = True
            self._spawn(self._cancel(working))

    def restore(self, place: Place) -> None:
        """An order of before a restart: what became of it the exchange must say."""
        working = Working(place, client_id_of(place.order_id), self._journal.venue_trade_ids(place.order_id))
        working.is_restored = working.is_known
        self.known.add(working)

    def settle_restored(self) -> None:
        """Find out about those that the exchange had not confirmed when the process ended; none is sent again."""
        for working in self.known.open():
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
        route = Route(self.exchange, working, lambda: self.exchange.submit(ask))
        told: Callable[[Outcome], None] = lambda outcome: self._concluded(working, route, outcome)  # noqa: E731
        return Submission(route, self._clock, told, self.sleep), route

    async def _lose_patience(self, working: Working) -> None:
        await self.sleep(PATIENCE_S)
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
                self.taken(working, route.answer)
            case Verdict.REJECTED if not working.is_known:
                self._not_there(working, route.error, outcome.text)

    def taken(self, working: Working, answer: Any) -> None:
        """The exchange has it, and says so with what has happened to it by then."""
        self.known.add(working)
        self._stood(working.venue_order_id or "")
        order, trades = self.exchange.read(answer)
        for trade in trades:
            self.take_trade(working, trade)
        if order is not None:
            self._seen(working, order)

    def _not_there(self, working: Working, error: BaseException | None, text: str) -> None:
        """Refused, or shown absent: that one may come late all the same."""
        reason = reason_of(error) if outcome_is_definite(error) else Reason.NEVER_ARRIVED
        self.known.give_up(working)
        self._refuse(working, RejectedReport(working.place.order_id, reason, text))

    def _refuse(self, working: Working, report: RejectedReport) -> None:
        working.is_answered = working.is_over = True
        self.tell([report])

    async def _look_after(self, working: Working) -> None:
        """What was taken at once may have filled or ended at once: the answer does not always say so."""
        is_brief = working.place.price is None or working.place.time_in_force in (TimeInForce.IOC, TimeInForce.FOK)
        if is_brief and not working.is_over:
            await self.look(working)

    async def _cancel(self, working: Working) -> None:
        async with working.lock:
            ended = await self.end_there(working)
        if isinstance(ended, SeenOrder):
            self._seen(working, ended)
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
                await self.exchange.cancel(working.named)
                self._stood(working.venue_order_id or "")
            except Exception as error:
                refused = error
            seen = await self._looked_at(working)
            if seen is not None and seen.ending is not None:
                return seen
            if seen is not None and refused is not None and is_final(refused):
                return refused
            await self.sleep(CANCEL_AGAIN_S[min(tried, len(CANCEL_AGAIN_S) - 1)])
            tried += 1
        return None

    async def submit_again(self, working: Working) -> tuple[Outcome, Any]:
        """Send what has been put anew under its new id: what is certain of it, and what was answered."""
        ask = on_steps(working.ask(), self._markets[working.place.symbol])
        route = Route(self.exchange, working, lambda: self.exchange.submit(ask))

        def told(outcome: Outcome) -> None:
            if outcome.verdict is Verdict.UNKNOWN:
                self._doubt(working, outcome.text)

        return await Submission(route, self._clock, told, self.sleep).run(), route.answer

    # ------------------------------------------------------------ what is seen

    def order_seen(self, seen: SeenOrder) -> None:
        """The exchange shows an order, because it was asked, or of one that is known here."""
        if seen.symbol not in self._markets:  # it trades there in more than can be traded here
            return
        working = self.known.of_order(seen)
        if working is not None:
            self._seen(working, seen)
        elif seen.ending is None or self._late_of(seen) is not None:
            self._adopt(seen)

    def _seen(self, working: Working, seen: SeenOrder) -> None:
        if working.is_replacing or (working.is_known and seen.venue_order_id != working.venue_order_id):
            return  # what it was before it was put anew
        working.missed = None
        self.tell(working.known(seen.venue_order_id))
        self.known.add(working)
        if working.lacks(seen):
            self._await_trades(working, seen)
        elif seen.ending is not None:
            self.tell(working.ended(seen.ending, seen.why))
            if working.is_restored:
                working.is_restored = False
                self._spawn(self._look_for_next(working))

    async def _look_for_next(self, working: Working) -> None:
        """It ended while nobody was here: it may have been about to be put anew when the process ended."""
        named = Named(working.place.symbol, client_id_of(working.place.order_id, working.venue_order_id), None)
        for pause in CANCEL_AGAIN_S:
            try:
                seen = await self.exchange.find(named)
            except Exception as error:
                log.warning("the exchange could not be asked for an order", reason=outcome_of_error(error).text)
                await self.sleep(pause)
                continue
            if seen is not None:
                self.order_seen(seen)
            return

    def _await_trades(self, working: Working, seen: SeenOrder) -> None:
        """They come in the same breath as the order that has them; what has not come then is asked for, once for all."""
        is_waiting, working.awaits_trades = working.awaits_trades is not None, seen
        if not is_waiting:
            self._spawn(self._trades_awaited(working))

    async def _trades_awaited(self, working: Working) -> None:
        await self.sleep(SAME_BREATH_S)
        seen, working.awaits_trades = working.awaits_trades, None
        assert seen is not None, "only this takes it away"
        if working.lacks(seen):
            await self.look(working)
        else:
            self._seen(working, seen)

    def catch_up(self, working: Working) -> None:
        """Have the exchange asked for one order, beside all else."""

        async def look() -> None:
            await self.look(working)

        self._spawn(look())

    def take_trade(self, working: Working, trade: SeenTrade) -> None:
        """Book an execution; one of an order that has ended here is an order of its own, so that its money moves."""
        was_over, reports = working.is_over, working.traded(trade)
        if was_over and reports:
            order_id, place = self._ids.new(), working.place
            log.error("an execution came after its order's end", venue_trade_id=trade.trade_id, order=place.order_id)
            names = (order_id, place.account, place.symbol, place.side, trade.quantity, trade.price)
            self.tell([AdoptedReport(*names, trade.venue_order_id, late_of=place.order_id)])
            reports = [replace(one, order_id=order_id) if one.order_id else one for one in reports]
        self.tell(reports)

    async def look(self, working: Working) -> bool:
        """Ask the exchange for one order and its trades, and take what it shows; whether it showed it."""
        seen = await self._looked_at(working)
        if seen is not None:
            self._seen(working, seen)
        return seen is not None

    async def _looked_at(self, working: Working) -> SeenOrder | None:
        """What the exchange shows of an order, once all of its trades are taken. None: it could not be asked, knows it not,
        or is late with a trade."""
        for pause in LOOK_AGAIN_S:
            began = self._clock.monotonic()
            try:
                seen = await self.exchange.find(working.named)
                if seen is None:
                    await self._missed(working, began)
                    return None
                if working.lacks(seen):
                    for trade in await self.exchange.trades_of(named_in(seen)):
                        self.take_trade(working, trade)
            except Exception as error:
                log.warning("the exchange could not be asked for an order", reason=outcome_of_error(error).text)
                return None
            if not working.lacks(seen):
                return seen
            await self.sleep(pause)
        return None

    async def _missed(self, working: Working, began: float) -> None:
        """The exchange knows nothing of an order that it had taken: some forget after hours what has ended. It is over when
        that was shown for as long as a new one may be hidden, and then twice."""
        if not working.is_known or working.venue_order_id is None:
            return
        working.missed = working.missed or Unconfirmed(began, self.exchange.window_s)
        if working.missed.looked(began, found=False) is Proof.ABSENT:
            for trade in await self.exchange.trades_of(working.named):
                self.take_trade(working, trade)
            self.known.give_up(working)
            self.tell(working.ended(Ending.CANCELLED, FORGOTTEN))

    def _late_of(self, seen: SeenOrder) -> str | None:
        """Which order of ours it is that had been given up, or in whose place it was put before a restart, if it is one."""
        lost = self.known.lost.get(seen.client_id or "") or self.known.replaced_by(seen.client_id)
        if lost is not None:
            return lost.place.order_id
        order_id = order_id_of(seen.client_id)
        return order_id if order_id is not None and self._journal.is_ours(order_id) else None

    def _adopt(self, seen: SeenOrder) -> None:
        """An order works there that is none of those that are open here."""
        if not seen.quantity:  # made at market for an amount of money: it does not wait for anybody
            return
        late_of = self._late_of(seen)
        order_id = self._ids.new()
        place = Place(
            *(order_id, self._account, seen.symbol, seen.side, seen.quantity, seen.price, TimeInForce.GTC),
            venue_order_id=seen.venue_order_id,
        )
        lost = self.known.lost.pop(seen.client_id or "", None)
        journaled = self._journal.venue_trade_ids(late_of) if late_of else set()
        working = Working(place, seen.client_id, journaled | (lost.counted if lost else set()))
        working.is_answered = True
        self.known.add(working)
        log.warning("an order was taken in", venue_order_id=seen.venue_order_id, late_of=late_of)
        names = (order_id, self._account, seen.symbol, seen.side, seen.quantity, seen.price, seen.venue_order_id)
        self.tell([AdoptedReport(*names, late_of=late_of)])
        self._seen(working, seen)


def named_in(seen: SeenOrder) -> Named:
    return Named(seen.symbol, seen.client_id, seen.venue_order_id)


def outcome_is_definite(error: BaseException | None) -> bool:
    """Did the exchange itself refuse it, or was nothing sent?"""
    return error is not None and outcome_of_error(error).verdict is Verdict.REJECTED
