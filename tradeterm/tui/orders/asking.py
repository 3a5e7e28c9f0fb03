"""What may be put under review besides a ticket: orders at a price, ways out, new totals. Each, or why not. Sends nothing."""

from decimal import Decimal

from tradeterm.protocol.arithmetic import round_to_tick
from tradeterm.protocol.market import Market
from tradeterm.protocol.money import price_text, quantity_text
from tradeterm.protocol.orders import Order
from tradeterm.protocol.positions import Position
from tradeterm.protocol.vocabulary import FINAL_STATUSES, STOP_TYPES, TAKE_PROFIT_TYPES, OrderType, PositionSide, Side
from tradeterm.tui.format import fixed
from tradeterm.tui.orders.draft import Draft, Fault, checked, checked_price, checked_quantity
from tradeterm.tui.orders.intent import Trading
from tradeterm.tui.orders.levels import level_of
from tradeterm.tui.orders.placing import Placing
from tradeterm.tui.orders.sendable import Amend, CancelEntries, CloseAll, Kill, Protect, Reverse, Sendable

TARGETS = TAKE_PROFIT_TYPES | {OrderType.LIMIT}


def order_at(trading: Trading, symbol: str, placing: Placing, cursor: Decimal | None) -> Sendable | str:
    """A limit of the ladder's size at the price that is meant, which is the one that is displayed."""
    if refusal := trading.refusal() or trading.not_now(symbol, placing.side):
        return refusal
    market, price = trading.market(symbol), placing.price(cursor, trading.desk.ticker(symbol))
    if market is None or price is None:
        return "No price at the cursor: j and k move it." if placing.is_at_cursor else f"Nobody quotes {symbol} now."
    draft = Draft(
        symbol,
        placing.side,
        OrderType.LIMIT,
        quantity=trading.sizing.quantity(market, trading.equity, price),
        price=price_text(price, market.price_decimals),
        time_in_force=placing.time_in_force,
        post_only=placing.post_only,
    )
    request = checked(draft, market, trading.clocks.new_id())
    return request.text if isinstance(request, Fault) else request


def close_all(trading: Trading) -> Sendable | str:
    if not trading.desk.positions():
        return "No position: nothing to flatten."
    return trading.refusal() or CloseAll()


def reverse(trading: Trading, symbol: str) -> Sendable | str:
    if trading.position(symbol) is None:
        return f"No position in {symbol}: nothing to reverse."
    return trading.refusal() or Reverse(symbol, trading.clocks.new_id())


def cancel_entries(trading: Trading, symbol: str | None) -> Sendable | str:
    """Exits are no entries: what protects a position stays."""
    if not any(not order.reduce_only for order in trading.working(symbol)):
        return f"No entry works in {symbol}: nothing to cancel." if symbol else "No entry works: nothing to cancel."
    return trading.refusal(only_cancels=True) or CancelEntries(symbol or CancelEntries().symbol)


def kill(trading: Trading) -> Sendable | str:
    return trading.refusal(only_cancels=True) or Kill()


# ---------------------------------------------------------------- new totals


def amendable(trading: Trading, row_id: str | None) -> Order | str:
    """The working order of this row, or why it cannot be changed."""
    order = trading.cancelable(row_id)
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


def amended(trading: Trading, order: Order, quantity: str, price: str) -> Sendable | Fault:
    """What was typed as new totals; what is as before is left out."""
    market = trading.market(order.symbol)
    assert market is not None, "an order is shown in a market that is known"
    size, at = checked_quantity(quantity, market), checked_price(price, market)
    for total in (size, at):
        if isinstance(total, Fault):
            return total
    assert isinstance(size, Decimal)
    assert isinstance(at, Decimal)
    if size <= order.filled_quantity:
        return Fault("quantity", f"More than that has filled: {order.filled_quantity}.")
    new = Amend(order, at if at != level_of(order) else None, size if size != order.quantity else None)
    return new if new.price or new.quantity else Fault("", "Nothing is changed.")


# ---------------------------------------------------------------- protection


def exits_of(trading: Trading, symbol: str) -> tuple[Decimal | None, Decimal | None]:
    """(stop, target) that protect the position now."""
    exits = [order for order in trading.working(symbol) if order.reduce_only]
    stop = next((order.stop_price for order in exits if order.type in STOP_TYPES), None)
    target = next((order.price or order.stop_price for order in exits if order.type in TARGETS), None)
    return stop, target


def protection(trading: Trading, symbol: str, stop: str, target: str, trail: str = "") -> Sendable | Fault:
    """What was typed as stop and target, or as a trailing stop, which is an order of its own; a level on the wrong side of
    the market is a fault."""
    if trail.strip():
        if stop.strip():
            return Fault("trail", "One stop is enough: a fixed one or one that trails. Cancel the other first.")
        if target.strip() != _shown_level(trading, symbol, exits_of(trading, symbol)[1]):
            return Fault("target", "A trailing stop is an order of its own: change the target alone.")
        return trailing(trading, symbol, trail)
    position, market = trading.position(symbol), trading.market(symbol)
    if position is None or market is None:
        return Fault("", f"No position in {symbol} any more.")
    levels: dict[str, Decimal | None] = {}
    for name, text in (("stop", stop), ("target", target)):
        level = checked_price(text, market) if text.strip() else None
        if isinstance(level, Fault):
            return Fault(name, level.text)
        levels[name] = level
    wrong = _wrong_side(position, market, levels["stop"], levels["target"])
    return wrong or Protect(symbol, levels["stop"], levels["target"])


def trailing(trading: Trading, symbol: str, trail: str) -> Sendable | Fault:
    """A stop that follows the best price by an amount or `1.5%`, for all of the position; it never opens anything."""
    position, market = trading.position(symbol), trading.market(symbol)
    if position is None or market is None:
        return Fault("", f"No position in {symbol} any more.")
    if (stop := exits_of(trading, symbol)[0]) is not None:
        at = fixed(stop, market.price_decimals)
        return Fault("trail", f"The stop at {at} is still there, and one is enough: cancel it first (c in the orders).")
    side = Side.SELL if position.side is PositionSide.LONG else Side.BUY
    draft = Draft(
        symbol, side, OrderType.TRAILING_STOP, quantity_text(position.quantity), reduce_only=True, trigger=trail
    )
    request = checked(draft, market, trading.clocks.new_id())
    return Fault("trail", request.text) if isinstance(request, Fault) else request


def break_even(trading: Trading, symbol: str) -> Sendable | str:
    """The stop where nothing is lost, fees included; the target stays."""
    position, market = trading.position(symbol), trading.market(symbol)
    if position is None or market is None:
        return f"No position in {symbol}: nothing to protect."
    if position.break_even_price is None:
        return "Its break-even is not known yet."
    stop = round_to_tick(position.break_even_price, market.tick, up=position.side is PositionSide.LONG)
    wrong = _wrong_side(position, market, stop, None)
    return wrong.text if wrong else trading.refusal() or Protect(symbol, stop, exits_of(trading, symbol)[1])


def _shown_level(trading: Trading, symbol: str, level: Decimal | None) -> str:
    """As a form shows it."""
    market = trading.market(symbol)
    return "" if level is None or market is None else price_text(level, market.price_decimals)


def _wrong_side(position: Position, market: Market, stop: Decimal | None, target: Decimal | None) -> Fault | None:
    mark, sign = position.current_price, 1 if position.side is PositionSide.LONG else -1
    if mark is None:
        return None
    for name, level, way in (("stop", stop, -sign), ("target", target, sign)):
        if level is not None and (level - mark) * way <= 0:
            where = f"{'above' if way > 0 else 'below'} {fixed(mark, market.price_decimals)}"
            return Fault(name, f"A {position.side}'s {name} is {where}.")
    return None
