"""What an exchange shows of orders, taken in: because it was asked, because its stream says so, or because it lists them.

Each trade is booked once, and an order's end is told when all of its trades are here. An order that nobody here sent is
adopted, so that its money moves.
"""

from collections.abc import Awaitable, Callable, Collection, Coroutine, Sequence
from dataclasses import replace
from typing import Any, Protocol

import structlog

from server.ports import AdoptedReport, Clock, Ids, Place, Report
from server.venues.exchange.known_orders import KnownOrders, client_id_of, order_id_of
from server.venues.exchange.seen import Ending, ExchangeApi, Named, SeenOrder, SeenTrade
from server.venues.exchange.working import Working
from server.venues.submit_outcome import outcome_of_error
from server.venues.unconfirmed import Proof, Unconfirmed
from tradeterm.protocol.vocabulary import TimeInForce

log = structlog.get_logger(__name__)

ASK_AGAIN_S = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
SAME_BREATH_S = 0.05
LOOK_AGAIN_S = (0.2, 0.5, 1.0, 2.0)
FORGOTTEN = "the exchange had it and knows it no more"


class OwnOrders(Protocol):
    """What the journal knows of orders that are not open here any more."""

    def is_ours(self, order_id: str) -> bool: ...

    def venue_trade_ids(self, order_id: str) -> set[str]:
        """The exchange's numbers of the trades of an order that were booked."""
        ...


class Sightings:
    """All orders of one account. `tell` hears the reports in the order in which they are to be taken; `spawn` has a
    coroutine run beside all else. `stood` is told what the exchange has taken, by its own id of the order: its stream must
    say so too."""

    def __init__(
        self,
        exchange: ExchangeApi,
        symbols: Collection[str],
        account: str,
        journal: OwnOrders,
        clock: Clock,
        ids: Ids,
        sleep: Callable[[float], Awaitable[None]],
        tell: Callable[[Sequence[Report]], None],
        spawn: Callable[[Coroutine[Any, Any, None]], None],
        stood: Callable[[str], None] = lambda _: None,
    ) -> None:
        """`symbols`: the markets that are traded here."""
        self._exchange, self._symbols, self._account, self._journal = exchange, symbols, account, journal
        self._clock, self._ids = clock, ids
        self._sleep, self._tell, self._spawn, self._stood = sleep, tell, spawn, stood
        self.known = KnownOrders()

    def taken(self, working: Working, answer: Any) -> None:
        """The exchange has it, and says so with what has happened to it by then."""
        self.known.add(working)
        self._stood(working.venue_order_id or "")
        order, trades = self._exchange.read(answer)
        for trade in trades:
            self.take_trade(working, trade)
        if order is not None:
            self.seen(working, order)

    def order_seen(self, seen: SeenOrder) -> None:
        """The exchange shows an order, because it was asked, or of one that is known here."""
        if seen.symbol not in self._symbols:  # it trades there in more than can be traded here
            return
        working = self.known.of_order(seen)
        if working is not None:
            self.seen(working, seen)
        elif seen.ending is None or self._late_of(seen) is not None:
            self._adopt(seen)

    def seen(self, working: Working, seen: SeenOrder) -> None:
        """The exchange shows this order of ours: told, with its end once all of its trades are here."""
        if working.is_replacing:
            working.is_shown_early |= seen.client_id == working.client_id and not working.is_known
            return
        if working.is_known and seen.venue_order_id != working.venue_order_id:
            return  # what it was before it was put anew
        working.missed = None
        self._tell(working.known(seen.venue_order_id))
        self.known.add(working)
        if working.lacks(seen):
            self._await_trades(working, seen)
        elif seen.ending is not None:
            self._tell(working.ended(seen.ending, seen.why))
            if working.is_restored:
                working.is_restored = False
                self._spawn(self._look_for_next(working))

    async def _look_for_next(self, working: Working) -> None:
        """It ended while nobody was here: it may have been about to be put anew when the process ended."""
        named = Named(working.place.symbol, client_id_of(working.place.order_id, working.venue_order_id), None)
        for pause in ASK_AGAIN_S:
            try:
                seen = await self._exchange.find(named)
            except Exception as error:
                log.warning("the exchange could not be asked for an order", reason=outcome_of_error(error).text)
                await self._sleep(pause)
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
        await self._sleep(SAME_BREATH_S)
        seen, working.awaits_trades = working.awaits_trades, None
        assert seen is not None, "only this takes it away"
        if working.lacks(seen):
            await self.look(working)
        else:
            self.seen(working, seen)

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
            self._tell([AdoptedReport(*names, trade.venue_order_id, late_of=place.order_id)])
            reports = [replace(one, order_id=order_id) if one.order_id else one for one in reports]
        self._tell(reports)

    async def look(self, working: Working) -> bool:
        """Ask the exchange for one order and its trades, and take what it shows; whether it showed it."""
        seen = await self.looked_at(working)
        if seen is not None:
            self.seen(working, seen)
        return seen is not None

    async def looked_at(self, working: Working) -> SeenOrder | None:
        """What the exchange shows of an order, once all of its trades are taken. None: it could not be asked, knows it not,
        or is late with a trade."""
        for pause in LOOK_AGAIN_S:
            began = self._clock.monotonic()
            try:
                seen = await self._exchange.find(working.named)
                if seen is None:
                    await self._missed(working, began)
                    return None
                if working.lacks(seen):
                    for trade in await self._exchange.trades_of(named_in(seen)):
                        self.take_trade(working, trade)
                    seen = working.with_trades(seen)
            except Exception as error:
                log.warning("the exchange could not be asked for an order", reason=outcome_of_error(error).text)
                return None
            if not working.lacks(seen):
                return seen
            await self._sleep(pause)
        return None

    async def _missed(self, working: Working, began: float) -> None:
        """The exchange knows nothing of an order that it had taken: some forget after hours what has ended. It is over when
        that was shown for as long as a new one may be hidden, and then twice."""
        if not working.is_known or working.venue_order_id is None:
            return
        working.missed = working.missed or Unconfirmed(began, self._exchange.window_s)
        if working.missed.looked(began, found=False) is Proof.ABSENT:
            for trade in await self._exchange.trades_of(working.named):
                self.take_trade(working, trade)
            self.known.give_up(working)
            self._tell(working.ended(Ending.CANCELLED, FORGOTTEN))

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
        self._tell([AdoptedReport(*names, late_of=late_of)])
        self.seen(working, seen)


def named_in(seen: SeenOrder) -> Named:
    return Named(seen.symbol, seen.client_id, seen.venue_order_id)
