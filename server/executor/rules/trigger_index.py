"""Which orders a print fires: indexes of triggers by price, and the trailing stops that follow it.

A print costs a look at two heaps, however many orders wait; entries of orders that changed are dropped when met.
"""

import heapq
from dataclasses import dataclass, field
from decimal import Decimal

from server.domain.orders import Order
from tradeterm.protocol.vocabulary import OrderType

Entry = tuple[Decimal, int, Order]


@dataclass(slots=True)
class _Waiting:
    """The orders of one symbol that wait, by what their triggers wait for."""

    rising: list[Entry] = field(default_factory=list)
    falling: list[Entry] = field(default_factory=list)
    trailing: dict[str, Order] = field(default_factory=dict)


class Triggers:
    """All waiting orders, by symbol."""

    def __init__(self) -> None:
        self._waiting: dict[str, _Waiting] = {}  # of symbols in which one has waited so far

    def watch(self, order: Order) -> None:
        """Have an order looked at with every print; call it again when its trigger was changed."""
        waiting = self._waiting.setdefault(order.symbol, _Waiting())
        if order.type is OrderType.TRAILING_STOP:
            waiting.trailing[order.id] = order
            return
        assert order.stop_price is not None
        if order.rises:
            heapq.heappush(waiting.rising, (order.stop_price, order.priority, order))
        else:
            heapq.heappush(waiting.falling, (-order.stop_price, order.priority, order))

    def reached(self, symbol: str, price: Decimal) -> list[Order]:
        """The orders that a print fires, in the order in which they were made; each is given once."""
        waiting = self._waiting.get(symbol)
        if waiting is None:
            return []
        due: dict[str, Order] = {}
        _take(waiting.rising, price, due)
        _take(waiting.falling, -price, due)
        for order in self.trailing(symbol):
            if order.is_reached(price):
                due[order.id] = order
        return sorted(due.values(), key=lambda order: order.priority)

    def trailing(self, symbol: str) -> list[Order]:
        """The trailing stops that still wait."""
        waiting = self._waiting.get(symbol)
        if waiting is None or not waiting.trailing:
            return []
        for order in list(waiting.trailing.values()):
            if not (order.is_open and order.awaits_trigger):
                del waiting.trailing[order.id]
        return list(waiting.trailing.values())


def _take(heap: list[Entry], price: Decimal, due: dict[str, Order]) -> None:
    while heap and heap[0][0] <= price:
        level, _, order = heapq.heappop(heap)
        if order.is_open and order.awaits_trigger and order.stop_price == abs(level):
            due[order.id] = order
