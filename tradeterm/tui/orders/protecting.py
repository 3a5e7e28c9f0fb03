"""The exits of a position: stop, target, a stop that trails, break-even. Each, or why not. Sends nothing."""

from decimal import Decimal

from tradeterm.protocol.arithmetic import round_to_tick
from tradeterm.protocol.market import Market
from tradeterm.protocol.money import price_text, quantity_text
from tradeterm.protocol.orders import Order
from tradeterm.protocol.positions import Position
from tradeterm.protocol.vocabulary import STOP_TYPES, TAKE_PROFIT_TYPES, OrderType, PositionSide, Side
from tradeterm.tui.format import fixed
from tradeterm.tui.orders.draft import Draft, FieldFault, checked, exit_prices
from tradeterm.tui.orders.exit_room import exits_in, is_replaced, left_to_close, stop_words
from tradeterm.tui.orders.intent import Trading
from tradeterm.tui.orders.sendable import Amend, Protect, Sendable

TARGETS = TAKE_PROFIT_TYPES | {OrderType.LIMIT}


def exits_of(trading: Trading, symbol: str) -> tuple[Decimal | None, Decimal | None]:
    """(stop, target) of what protects the position now, in whose place a new protection comes. Exits that were made by hand
    are no part of it: they would stay beside a second one of the same level."""
    exits = [order for order in trading.working(symbol) if order.reduce_only and is_replaced(order)]
    stop = next((order.stop_price for order in exits if order.type in STOP_TYPES), None)
    target = next((order.price or order.stop_price for order in exits if order.type in TARGETS), None)
    return stop, target


def _stop_in_the_way(trading: Trading, symbol: str, position: Position) -> Order | None:
    """The first of the stops made by hand that leave another one nothing to close."""
    by_hand = [one for one in exits_in(trading.working(symbol), stops=True) if not is_replaced(one)]
    return by_hand[0] if by_hand and not left_to_close(position.quantity, by_hand) else None


def protection(trading: Trading, symbol: str, stop: str, target: str, trail: str = "") -> Sendable | FieldFault:
    """What was typed as stop and target, or as a trailing stop, which is an order of its own; a level on the wrong side of
    the market is a fault."""
    if trail.strip():
        if stop.strip():
            return FieldFault("trail", "One stop is enough: a fixed one or one that trails. Cancel the other first.")
        if target.strip() != _shown_level(trading, symbol, exits_of(trading, symbol)[1]):
            return FieldFault("target", "A trailing stop is an order of its own: change the target alone.")
        return trailing(trading, symbol, trail)
    position, market = trading.position(symbol), trading.market(symbol)
    if position is None or market is None:
        return FieldFault("", f"No position in {symbol} any more.")
    side = Side.BUY if position.side is PositionSide.LONG else Side.SELL
    levels = exit_prices(Draft(symbol, side, stop=stop, target=target), position.entry_price, market)
    at = {name: level for name, level in levels.items() if isinstance(level, Decimal)}
    fault = next((one for one in levels.values() if isinstance(one, FieldFault)), None)
    fault = fault or wrong_side(position, market, at.get("stop"), at.get("target"))
    own = None if "stop" not in at else _stop_in_the_way(trading, symbol, position)
    if fault is None and own is not None:
        what = f"{stop_words(own, market)} covers all of it"
        fault = FieldFault("stop", f"{what}: in the orders e moves it, c cancels it for another.")
    return fault or Protect(symbol, at.get("stop"), at.get("target"))


def trailing(trading: Trading, symbol: str, trail: str) -> Sendable | FieldFault:
    """A stop that follows the best price by an amount or `1.5%`, for all of the position; it never opens anything."""
    position, market = trading.position(symbol), trading.market(symbol)
    if position is None or market is None:
        return FieldFault("", f"No position in {symbol} any more.")
    if stops := exits_in(trading.working(symbol), stops=True):
        what = f"{stop_words(stops[0], market)} is still there"
        return FieldFault("trail", f"{what}, and one is enough: cancel it first (c in the orders).")
    side = Side.SELL if position.side is PositionSide.LONG else Side.BUY
    draft = Draft(
        symbol, side, OrderType.TRAILING_STOP, quantity_text(position.quantity), reduce_only=True, trigger=trail
    )
    request = checked(draft, market, trading.clocks.new_id())
    return FieldFault("trail", request.text) if isinstance(request, FieldFault) else request


def break_even(trading: Trading, symbol: str) -> Sendable | str:
    """The stop where nothing is lost, fees included; the target stays."""
    position, market = trading.position(symbol), trading.market(symbol)
    if position is None or market is None:
        return f"No position in {symbol}: nothing to protect."
    if position.break_even_price is None:
        return "Its break-even is not known yet."
    stop = round_to_tick(position.break_even_price, market.tick, up=position.side is PositionSide.LONG)
    if wrong_side(position, market, stop, None):
        at, last = (fixed(one, market.price_decimals) for one in (stop, position.current_price or stop))
        return f"Its break-even, {at} with fees, is not reached: the last price is {last}."
    own = _stop_in_the_way(trading, symbol, position)
    if own is None:
        return trading.refusal() or Protect(symbol, stop, exits_of(trading, symbol)[1])
    if own.type is OrderType.TRAILING_STOP:
        return f"{stop_words(own, market)} covers all of it: c in the orders cancels it first."
    return trading.refusal() or (
        f"{stop_words(own, market)} stands there." if own.stop_price == stop else Amend(own, stop)
    )


def _shown_level(trading: Trading, symbol: str, level: Decimal | None) -> str:
    """As a form shows it."""
    market = trading.market(symbol)
    return "" if level is None or market is None else price_text(level, market.price_decimals)


def wrong_side(position: Position, market: Market, stop: Decimal | None, target: Decimal | None) -> FieldFault | None:
    """A stop or a target that the market has passed already: it would be gone at once."""
    mark, sign = position.current_price, 1 if position.side is PositionSide.LONG else -1
    if mark is None:
        return None
    for name, level, way in (("stop", stop, -sign), ("target", target, sign)):
        if level is not None and (level - mark) * way <= 0:
            where = f"{'above' if way > 0 else 'below'} {fixed(mark, market.price_decimals)}"
            return FieldFault(name, f"A {position.side}'s {name} is {where}.")
    return None
