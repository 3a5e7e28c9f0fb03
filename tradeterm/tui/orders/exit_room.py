"""What the orders that only close a position leave for another one to close. Pure.

Stops and targets each have the whole position as room, for only one of the two kinds can come about.
"""

from collections.abc import Iterable
from decimal import Decimal

from tradeterm.protocol.arithmetic import ZERO
from tradeterm.protocol.market import Market
from tradeterm.protocol.orders import Order
from tradeterm.protocol.vocabulary import STOP_TYPES, OrderType, Reason
from tradeterm.tui.format import fixed

REPLACED = (Reason.PROTECTION, Reason.BRACKET)  # what the server made gives way to a new protection


def is_replaced(order: Order) -> bool:
    """Does it give way to a new protection of the position? What its owner made by hand stays."""
    return order.reason in REPLACED


def exits_in(orders: Iterable[Order], *, stops: bool) -> list[Order]:
    """Of these orders the stops, or the targets, that only close and are not being cancelled."""
    closing = (one for one in orders if one.reduce_only and not one.pending_cancel)
    return [one for one in closing if (one.type in STOP_TYPES) is stops]


def left_to_close(held: Decimal, exits: Iterable[Order]) -> Decimal:
    """How much of a position of this size, without its sign, exits of one kind leave; of a linked pair the larger counts."""
    taken: dict[str, Decimal] = {}
    for order in exits:
        pair = order.oco_id or order.id
        taken[pair] = max(taken.get(pair, ZERO), order.quantity - order.filled_quantity)
    return max(ZERO, abs(held) - sum(taken.values(), ZERO))


def stop_words(stop: Order, market: Market) -> str:
    """`The stop at 44,000.00`."""
    if stop.stop_price is None or stop.type is OrderType.TRAILING_STOP:
        return "The stop that trails"
    return f"The stop at {fixed(stop.stop_price, market.price_decimals)}"
