"""Own working orders by the price that they stand at, for the ladder and the chart. Pure."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from tradeterm.protocol.orders import Order
from tradeterm.tui.drawing.ladder.view import Own
from tradeterm.tui.orders.levels import level_of, waits


def own_orders(orders: Sequence[Order], ahead: Mapping[str, Decimal]) -> dict[Decimal, tuple[Own, ...]]:
    """Own sizes by price, those that rest before those that wait; orders of one side at one price are one mark.

    `ahead` is what stands before each in the queue, by order id. Of several at a price it is that of the first.
    """
    own: dict[Decimal, dict[tuple[bool, str], Own]] = {}
    for order in sorted(orders, key=lambda one: one.created_at):
        at, left = level_of(order), order.quantity - order.filled_quantity
        if at is None:
            continue
        marks, key = own.setdefault(at, {}), (waits(order), order.side.value)
        before = marks.get(key)
        if before is None:
            marks[key] = Own(order.side, left, ahead.get(order.id), waits(order))
        else:
            marks[key] = Own(order.side, before.quantity + left, before.ahead, before.waits)
    return {at: tuple(marks[key] for key in sorted(marks)) for at, marks in own.items()}
