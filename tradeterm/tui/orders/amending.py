"""What may be done to a working order: cancel it, move it, give it new totals. Each, or why not. Sends nothing."""

from decimal import Decimal

from tradeterm.protocol.orders import Order
from tradeterm.protocol.vocabulary import FINAL_STATUSES, OrderType
from tradeterm.tui.format import short_id, size_text
from tradeterm.tui.orders.draft import FieldFault, checked_price, checked_quantity
from tradeterm.tui.orders.intent import Trading
from tradeterm.tui.orders.levels import level_of
from tradeterm.tui.orders.sendable import Amend, Sendable


def cancelable(trading: Trading, row_id: str | None, verb: str = "cancel") -> Order | str:
    """The working order of this row, or why `c` does nothing (or another key, whose `verb` it is)."""
    if row_id is None:
        return "No order at the cursor: j and k move it."
    if refusal := trading.refusal(only_cancels=True):
        return refusal
    if any(sent.id == row_id for sent in trading.sender.outbox):
        return f"Its outcome is not known yet: nothing to {verb} until the server says so."
    order = trading.desk.order(row_id) or trading.desk.order_of(row_id)
    if order is None:
        return f"That order has ended: nothing to {verb}."
    if order.status in FINAL_STATUSES:
        return f"Order {short_id(order.id)} has ended ({order.status}): nothing to {verb}."
    return order


def amendable(trading: Trading, row_id: str | None) -> Order | str:
    """The working order of this row, or why it cannot be changed."""
    order = cancelable(trading, row_id, "change")
    if isinstance(order, str):
        return order
    if order.status in FINAL_STATUSES or level_of(order) is None or order.type is OrderType.TRAILING_STOP:
        return "Only an order that stands at a price can be moved."
    if order.pending_replace or order.pending_cancel:
        return "It is being changed already: wait for the answer."
    return order


def nudged(trading: Trading, amend: Amend, ticks: int) -> Amend | str:
    """The same order some ticks further; never to zero."""
    market, before = trading.market(amend.symbol), amend.price or level_of(amend.order)
    if market is None or before is None:
        return "Only an order that stands at a price can be moved."
    price = before + ticks * market.tick
    return Amend(amend.order, price, amend.quantity) if price > 0 else "A price is above zero."


def moved(trading: Trading, row_id: str, price: Decimal) -> Amend | str:
    """The order of this row at another price, or why it does not go there."""
    order = amendable(trading, row_id)
    if isinstance(order, str):
        return order
    return "It stands there already." if price == level_of(order) else trading.no_link() or Amend(order, price)


def amended(trading: Trading, order: Order, quantity: str, price: str) -> Sendable | FieldFault:
    """What was typed as new totals; what is as before is left out."""
    market = trading.market(order.symbol)
    assert market is not None, "an order is shown in a market that is known"
    size, at = checked_quantity(quantity, market), checked_price(price, market)
    for total in (size, at):
        if isinstance(total, FieldFault):
            return total
    assert isinstance(size, Decimal)
    assert isinstance(at, Decimal)
    if size <= order.filled_quantity:
        return FieldFault("quantity", f"More than that has filled: {size_text(order.filled_quantity)}.")
    new = Amend(order, at if at != level_of(order) else None, size if size != order.quantity else None)
    return new if new.price or new.quantity else FieldFault("", "Nothing is changed.")
