"""What a way out makes of a position, all fees off: a close at the market as it is now, or at a level to come. Pure."""

from dataclasses import dataclass
from decimal import Decimal

from tradeterm.protocol.arithmetic import ZERO, fee
from tradeterm.protocol.market import Market
from tradeterm.protocol.orders import OrderRequest
from tradeterm.protocol.positions import Position
from tradeterm.protocol.vocabulary import OrderType, PositionSide, Side
from tradeterm.tui.desk.port import DeskReads
from tradeterm.tui.orders.expected import Expected, expected


@dataclass(frozen=True, slots=True)
class WayOut:
    """The order, and what the book gives for it; `at` is the average at which the position closes, `net` what it will have
    made. None while there is no price."""

    order: OrderRequest
    known: Expected | None
    at: Decimal | None
    net: Decimal | None


def way_out(desk: DeskReads, market: Market, position: Position, *, times: int = 1) -> WayOut:
    """Close it at the market; an order of twice its size (`times`) turns it round, and its first half is what closes it."""
    closing, order = _order(position, 1), _order(position, times)
    closed = expected(desk, market, closing)
    known = closed if times == 1 else expected(desk, market, order)
    if closed is None:
        return WayOut(order, known, None, None)
    return WayOut(order, known, closed.average, _made(position, closed.average) - closed.fee)


def net_at(position: Position, at: Decimal, rate: Decimal) -> Decimal:
    """What it will have made when all of it closes at a price, where the way out pays this rate."""
    return _made(position, at) - fee(position.quantity, at, rate)


def _order(position: Position, times: int) -> OrderRequest:
    side = Side.SELL if position.side is PositionSide.LONG else Side.BUY
    quantity = position.quantity * times
    return OrderRequest(symbol=position.symbol, side=side, type=OrderType.MARKET, quantity=quantity)


def _made(position: Position, at: Decimal) -> Decimal:
    """With what it has made so far, and before the fee of the way out."""
    sign = 1 if position.side is PositionSide.LONG else -1
    return (position.net_realized_pnl or ZERO) + (at - position.entry_price) * position.quantity * sign
