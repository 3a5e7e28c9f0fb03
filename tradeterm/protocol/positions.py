"""Positions on the wire."""

from tradeterm.protocol.money import Money
from tradeterm.protocol.times import Time
from tradeterm.protocol.vocabulary import PositionSide, PositionStatus
from tradeterm.protocol.wire import WireOut


class Position(WireOut):
    """One netted position. `realizedPnL`, `unrealizedPnL`, `totalPnL` are gross of fees; the `net…` ones are not."""

    id: str
    symbol: str
    side: PositionSide
    quantity: Money
    entry_price: Money
    current_price: Money | None = None
    unrealized_pnl: Money
    unrealized_pnl_percent: Money
    realized_pnl: Money
    total_pnl: Money
    status: PositionStatus
    opened_at: Time
    closed_at: Time | None = None
    fees_paid: Money
    net_realized_pnl: Money
    net_total_pnl: Money
    break_even_price: Money | None = None
    liquidation_price: Money | None = None
