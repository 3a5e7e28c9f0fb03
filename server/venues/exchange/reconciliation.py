"""Holds what is known here against what the exchange has: on start, on every reconnect, now and then, and on any contradiction.

Orders first, each with all of its trades before its end; then holdings, each difference by name. Until the state agrees,
entries wait. A list of open orders may be cut short: what is missing in it is asked for by itself.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from decimal import Decimal

import structlog

from server.ports import AgreementReport, Report
from server.venues.exchange.seen import ExchangeApi
from server.venues.exchange.sightings import Sightings
from server.venues.submit_outcome import outcome_of_error
from tradeterm.protocol.arithmetic import ZERO
from tradeterm.protocol.money import quantity_text

log = structlog.get_logger(__name__)

EVERY_S = 30.0
AGAIN_S = 2.0  # after one that failed, and before a difference counts
NAMED = 20  # differences at most
ROUNDING, LEAST = Decimal("0.000001"), Decimal("0.0000001")
LOST_LOOKS = 20  # so often one that was shown absent is looked for again

Holdings = Callable[[], Mapping[str, Decimal] | None]


class Reconciliation:
    """`holdings` says per asset what we hold by our own books; None: there is no account yet."""

    def __init__(
        self,
        exchange: ExchangeApi,
        sightings: Sightings,
        account: str,
        holdings: Holdings,
        tell: Callable[[list[Report]], None],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._exchange, self._sightings, self._account = exchange, sightings, account
        self._holdings, self._tell, self._sleep = holdings, tell, sleep
        self._wanted = asyncio.Event()
        self._looks: dict[str, int] = {}
        self.agrees = False
        self.differences: tuple[str, ...] = ()
        self.done = 0

    def soon(self) -> None:
        """Something contradicts, or may have been missed."""
        self._wanted.set()

    def doubt(self, why: str) -> None:
        """Entries wait from now on."""
        self._say(False, (why,))

    async def run(self) -> None:
        """Until cancelled."""
        failed = 0
        while True:
            self._wanted.clear()
            try:
                await self.once()
                failed = 0
            except Exception as error:
                log.warning("the exchange could not be asked for its state", reason=outcome_of_error(error).text)
                failed += 1
                if failed > 1:
                    self.doubt("the exchange cannot be asked for its state")
            await self._until_wanted(AGAIN_S if failed else EVERY_S)

    async def _until_wanted(self, seconds: float) -> None:
        timer = asyncio.ensure_future(self._sleep(seconds))
        wanted = asyncio.ensure_future(self._wanted.wait())
        try:
            await asyncio.wait({timer, wanted}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            timer.cancel()
            wanted.cancel()

    async def once(self) -> None:
        """Ask for everything, take what is new, and say whether it agrees. Raises whatever the library raises."""
        await self._orders()
        await self._look_for_lost()
        differences, is_short = await self._compare()
        if is_short:  # what was just booked there may be on its way here
            await self._sleep(AGAIN_S)
            differences, is_short = await self._compare()
        self._sightings.known.tidy()
        self.done += 1
        self._say(not is_short, differences)

    async def _orders(self) -> None:
        listed, ours = set(), {working.place.symbol for working in self._sightings.known.open()}
        for seen in await self._exchange.open_orders(ours):
            listed.add((seen.symbol, seen.venue_order_id))
            self._sightings.order_seen(seen)
        for working in self._sightings.known.open():
            name = (working.place.symbol, working.venue_order_id)
            if working.is_known and name not in listed and not working.lock.locked():
                await self._sightings.look(working)

    async def _look_for_lost(self) -> None:
        for client_id, working in list(self._sightings.known.lost.items()):
            looks = self._looks[client_id] = self._looks.get(client_id, 0) + 1
            if looks <= LOST_LOOKS:
                seen = await self._exchange.find(working.named)
                if seen is not None:
                    self._sightings.order_seen(seen)

    async def _compare(self) -> tuple[tuple[str, ...], bool]:
        """(the differences in words, whether the exchange has less of anything than we do)"""
        ours = self._holdings()
        if ours is None:
            return (), False
        theirs = await self._exchange.balances()
        ours = self._holdings() or ours
        names = [name for name in sorted({*ours, *theirs}) if ours.get(name, ZERO) != theirs.get(name, ZERO)]
        texts = [_difference(name, ours.get(name, ZERO), theirs.get(name, ZERO)) for name in names]
        if len(texts) > NAMED:
            texts[NAMED:] = [f"and {len(texts) - NAMED} assets more"]
        return tuple(texts), any(_is_short(ours.get(name, ZERO), theirs.get(name, ZERO)) for name in names)

    def _say(self, agrees: bool, differences: tuple[str, ...]) -> None:
        if (agrees, differences) != (self.agrees, self.differences) or not self.done:
            self.agrees, self.differences = agrees, differences
            self._tell([AgreementReport(self._account, agrees, differences)])


def _is_short(ours: Decimal, theirs: Decimal) -> bool:
    """Is less there than we hold? Exchanges round what they book to decimals of their own: that much is only named."""
    return ours - theirs > max(ours * ROUNDING, LEAST)


def _difference(name: str, ours: Decimal, theirs: Decimal) -> str:
    more = theirs - ours
    word = "more" if more > 0 else "less"
    return f"{name}: {quantity_text(theirs)} at the exchange, {quantity_text(abs(more))} {word} than was traded here"
