"""Which orders a print fires: indexes of triggers by price, and the trailing stops that follow it.

A print costs a look at two heaps, however many orders wait; entries of orders that changed are dropped when met.
"""

import heapq
from collections import defaultdict
from decimal import Decimal

from server.domain.orders import Order
from tradeterm.protocol.vocabulary import OrderType

Entry = tuple[Decimal, int, Order]


class Triggers:
    """All waiting orders, by symbol."""

    def __init__(self) -> None:
        self._rising: defaultdict[str, list[Entry]] = defaultdict(list)
        self._falling: defaultdict[str, list[Entry]] = defaultdict(list)
        self._trailing: defaultdict[str, dict[str, Order]] = defaultdict(dict)

    def watch(self, order: Order) -> None:
        """Have an order looked at with every print; call it again when its trigger was changed."""
        if order.type is OrderType.TRAILING_STOP:
            self._trailing[order.symbol][order.id] = order
            return
        assert order.stop_price is not None
        if order.rises:
            heapq.heappush(self._rising[order.symbol], (order.stop_price, order.priority, order))
        else:
            heapq.heappush(self._falling[order.symbol], (-order.stop_price, order.priority, order))

    def reached(self, symbol: str, price: Decimal) -> list[Order]:
        """The orders that a print fires, in the order in which they were made; each is given once."""
        rising, falling, trailing = self._rising.get(symbol), self._falling.get(symbol), self._trailing.get(symbol)
        if not (rising or falling or trailing):
            return []
        due: dict[str, Order] = {}
        if rising:
            _take(rising, price, due)
        if falling:
            _take(falling, -price, due)
        for order in self.trailing(symbol):
            if order.is_reached(price):
                due[order.id] = order
        return sorted(due.values(), key=lambda order: order.priority)

    def trailing(self, symbol: str) -> list[Order]:
        """The trailing stops that still wait."""
        held = self._trailing.get(symbol)
        if not held:
            return []
        for order in list(held.values()):
            if not (order.is_open and order.awaits_trigger):
                del held[order.id]
        return list(held.values())


def _take(heap: list[Entry], price: Decimal, due: dict[str, Order]) -> None:
    while heap and heap[0][0] <= price:
        level, _, order = heapq.heappop(heap)
        if order.is_open and order.awaits_trigger and order.stop_price == abs(level):
            due[order.id] = order
