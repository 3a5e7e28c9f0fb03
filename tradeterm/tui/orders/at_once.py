"""What goes out at one press while ARMED, and what is reviewed all the same. Pure reading of what is known."""

from decimal import Decimal

from tradeterm.protocol.market import Market, Ticker
from tradeterm.protocol.orders import OrderRequest
from tradeterm.protocol.vocabulary import OrderType
from tradeterm.tui.orders.expected import crossed_ticks
from tradeterm.tui.orders.levels import level_of, waits
from tradeterm.tui.orders.sendable import Amend, Close, Sendable

CROSSED_TICKS = 3  # further past the touch an order is reviewed in every mode


def why_reviewed(
    thing: Sendable, market: Market | None, ticker: Ticker | None, held: Decimal, cap: Decimal
) -> str | None:
    """Why this is reviewed although it is armed; None where it goes at once. `held` is the signed position."""
    match thing:
        case Close():
            return None
        case Amend():
            price = thing.price or level_of(thing.order)
            quantity = (thing.quantity or thing.order.quantity) - thing.order.filled_quantity
            side, is_limit = thing.order.side, True
            ticker = None if waits(thing.order) else ticker  # a trigger stands beyond the market, and crosses nothing
        case OrderRequest():
            price, quantity, side = thing.price, thing.quantity, thing.side
            is_limit = thing.type is OrderType.LIMIT
        case _:
            return "this is reviewed in every mode"
    if market is None or price is None or not is_limit:
        return "only limits go out at one press"
    if quantity * price > cap:
        return f"worth more than {cap:,.2f}, for which it is armed"
    if held * side.sign < 0 and quantity > abs(held):
        return "it turns the position round"
    if crossed_ticks(side, price, ticker, market) > CROSSED_TICKS:
        return f"it crosses by more than {CROSSED_TICKS} ticks"
    return None
