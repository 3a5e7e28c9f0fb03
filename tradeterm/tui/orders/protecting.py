"""The exits of a position: stop, target, a stop that trails, break-even. Each, or why not. Sends nothing."""

from decimal import Decimal

from tradeterm.protocol.arithmetic import round_to_tick
from tradeterm.protocol.market import Market
from tradeterm.protocol.money import price_text, quantity_text
from tradeterm.protocol.positions import Position
from tradeterm.protocol.vocabulary import STOP_TYPES, TAKE_PROFIT_TYPES, OrderType, PositionSide, Side
from tradeterm.tui.format import fixed
from tradeterm.tui.orders.draft import Draft, FieldFault, checked, exit_prices
from tradeterm.tui.orders.intent import Trading
from tradeterm.tui.orders.sendable import Protect, Sendable

TARGETS = TAKE_PROFIT_TYPES | {OrderType.LIMIT}


def exits_of(trading: Trading, symbol: str) -> tuple[Decimal | None, Decimal | None]:
    """(stop, target) that protect the position now."""
    exits = [order for order in trading.working(symbol) if order.reduce_only]
    stop = next((order.stop_price for order in exits if order.type in STOP_TYPES), None)
    target = next((order.price or order.stop_price for order in exits if order.type in TARGETS), None)
    return stop, target


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
    fault = fault or _wrong_side(position, market, at.get("stop"), at.get("target"))
    return fault or Protect(symbol, at.get("stop"), at.get("target"))


def trailing(trading: Trading, symbol: str, trail: str) -> Sendable | FieldFault:
    """A stop that follows the best price by an amount or `1.5%`, for all of the position; it never opens anything."""
    position, market = trading.position(symbol), trading.market(symbol)
    if position is None or market is None:
        return FieldFault("", f"No position in {symbol} any more.")
    if (stop := exits_of(trading, symbol)[0]) is not None:
        at = fixed(stop, market.price_decimals)
        return FieldFault(
            "trail", f"The stop at {at} is still there, and one is enough: cancel it first (c in the orders)."
        )
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
    if _wrong_side(position, market, stop, None):
        at, last = (fixed(one, market.price_decimals) for one in (stop, position.current_price or stop))
        return f"Its break-even, {at} with fees, is not reached: the last price is {last}."
    return trading.refusal() or Protect(symbol, stop, exits_of(trading, symbol)[1])


def _shown_level(trading: Trading, symbol: str, level: Decimal | None) -> str:
    """As a form shows it."""
    market = trading.market(symbol)
    return "" if level is None or market is None else price_text(level, market.price_decimals)


def _wrong_side(position: Position, market: Market, stop: Decimal | None, target: Decimal | None) -> FieldFault | None:
    mark, sign = position.current_price, 1 if position.side is PositionSide.LONG else -1
    if mark is None:
        return None
    for name, level, way in (("stop", stop, -sign), ("target", target, sign)):
        if level is not None and (level - mark) * way <= 0:
            where = f"{'above' if way > 0 else 'below'} {fixed(mark, market.price_decimals)}"
            return FieldFault(name, f"A {position.side}'s {name} is {where}.")
    return None
