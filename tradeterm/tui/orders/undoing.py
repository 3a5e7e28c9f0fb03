"""An order as a ticket again: what is left of a cancelled one, or one under review, as it was. Pure; nothing is sent."""

from decimal import Decimal

from tradeterm.protocol.market import Market
from tradeterm.protocol.money import price_text, quantity_text
from tradeterm.protocol.orders import Order, OrderRequest
from tradeterm.protocol.vocabulary import TimeInForce
from tradeterm.tui.orders.draft import TYPES, Draft


def draft_again(order: Order, market: Market) -> Draft | None:
    """What a cancelled order has left; None where it is of a type that the ticket cannot write."""
    return draft_of(order, order.quantity - order.filled_quantity, market)


def draft_of(order: Order | OrderRequest, quantity: Decimal, market: Market) -> Draft | None:
    """So much of this order; None where it is of a type that the ticket cannot write."""
    if order.type not in TYPES:
        return None
    stop = None if order.stop_loss is None else order.stop_loss.stop_price
    target = None if order.take_profit is None else order.take_profit.price
    return Draft(
        order.symbol,
        order.side,
        order.type,
        quantity_text(quantity),
        _at(order.price, market),
        order.time_in_force or TimeInForce.GTC,
        order.post_only,
        order.reduce_only,
        trigger=_trigger(order, market),
        stop=_at(stop, market),
        target=_at(target, market),
        until=f"{order.expire_at:%Y-%m-%d %H:%M}" if order.expire_at is not None else "",
    )


def _trigger(order: Order | OrderRequest, market: Market) -> str:
    """What lets it loose; of one that trails, how far it stayed behind."""
    if order.trail_percent is not None:
        return f"{quantity_text(order.trail_percent)}%"
    return _at(order.stop_price if order.trail_amount is None else order.trail_amount, market)


def _at(price: Decimal | None, market: Market) -> str:
    return "" if price is None else price_text(price, market.price_decimals)
