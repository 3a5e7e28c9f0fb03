"""What ends positions and orders, one or all: each, or why there is nothing to end. Sends nothing."""

from tradeterm.tui.orders.intent import Trading
from tradeterm.tui.orders.sendable import CancelEntries, Close, CloseAll, Kill, Reverse, Sendable


def close(trading: Trading, symbol: str) -> Close | str:
    """Flatten a market, under an id of its own; or why not."""
    if refusal := trading.refusal():
        return refusal
    if trading.position(symbol) is None:
        return f"No position in {symbol}: nothing to flatten."
    return Close(symbol, trading.clocks.new_id())


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
