"""What an account's own stream says of orders and trades: a hint, taken at once where it is about an order that is known
here, and asked about where it is not. A stream does not always say our id of an order, its whole size, or what became of it.
"""

from collections import OrderedDict
from collections.abc import Callable, Coroutine
from typing import Any

import structlog

from server.venues.exchange.seen import ExchangeApi, Named, SeenOrder, SeenTrade
from server.venues.exchange.sightings import Sightings
from server.venues.submit_outcome import outcome_of_error

NOBODYS = 1_000  # so many are remembered

log = structlog.get_logger(__name__)


class Hearsay:
    """`spawn` has a coroutine run beside all else."""

    def __init__(
        self, exchange: ExchangeApi, sightings: Sightings, spawn: Callable[[Coroutine[Any, Any, None]], None]
    ) -> None:
        self._exchange, self._sightings, self._spawn = exchange, sightings, spawn
        self._asked: dict[tuple[str, str], list[SeenTrade]] = {}  # orders that are asked about, and trades that wait
        self._nobodys: OrderedDict[tuple[str, str], None] = (
            OrderedDict()
        )  # ended, and none of ours: not asked about again

    def order(self, seen: SeenOrder) -> None:
        """The stream tells of an order."""
        if self._sightings.known.of_order(seen) is None:
            self._ask_about(seen.symbol, seen.venue_order_id)
        else:
            self._sightings.order_seen(seen)

    def trade(self, trade: SeenTrade) -> None:
        """The stream tells of an execution."""
        working = self._sightings.known.of_trade(trade)
        if working is None:
            self._ask_about(trade.symbol, trade.venue_order_id).append(trade)
        else:
            self._sightings.take_trade(working, trade)

    def touched(self, venue_order_id: str) -> None:
        """The stream says that something became of an order, and not what."""
        for working in self._sightings.known.of_venue_id(venue_order_id):
            self._sightings.catch_up(working)

    def _ask_about(self, symbol: str, venue_order_id: str) -> list[SeenTrade]:
        """Find out whose order that is: it may be on its way here, or be none of ours. Trades that wait for that."""
        name = symbol, venue_order_id
        if name in self._nobodys:
            return []
        if name not in self._asked:
            self._asked[name] = []
            self._spawn(self._find_out(*name))
        return self._asked[name]

    async def _find_out(self, symbol: str, venue_order_id: str) -> None:
        sightings = self._sightings
        try:
            seen = await self._exchange.find(Named(symbol, None, venue_order_id))
        except Exception as error:
            log.warning("the exchange could not be asked for an order", reason=outcome_of_error(error).text)
            seen = None
        if seen is not None:
            sightings.order_seen(seen)
            if sightings.known.of_order(seen) is None:
                self._forget(symbol, venue_order_id)
        for trade in self._asked.pop((symbol, venue_order_id)):
            working = sightings.known.of_trade(trade)
            if working is not None:
                sightings.take_trade(working, trade)
                sightings.catch_up(working)

    def _forget(self, symbol: str, venue_order_id: str) -> None:
        """What other programs trade costs one look-up an order."""
        self._nobodys[symbol, venue_order_id] = None
        while len(self._nobodys) > NOBODYS:
            self._nobodys.popitem(last=False)
