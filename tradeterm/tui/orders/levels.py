"""Where a working order stands: at its limit, or at the trigger that it waits for. Pure."""

from decimal import Decimal

from tradeterm.protocol.orders import Order
from tradeterm.protocol.vocabulary import CONDITIONAL_TYPES


def waits(order: Order) -> bool:
    """Does it stand in no book yet, because its trigger has not traded?"""
    return order.type in CONDITIONAL_TYPES and not order.triggered


def level_of(order: Order) -> Decimal | None:
    """Its trigger while it waits for it, else its limit; None for what has neither."""
    return order.stop_price if waits(order) else order.price
