"""Positions on the wire."""

from tradeterm.protocol.money import Money
from tradeterm.protocol.times import Time
from tradeterm.protocol.vocabulary import PositionSide, PositionStatus
from tradeterm.protocol.wire import WireOut


class Position(WireOut):
    """One netted position. `realizedPnL`, `unrealizedPnL`, `totalPnL` are gross of fees; the `net…` ones are not."""

    id: str
    """Ours; a position that flips through zero ends, and another begins."""
    symbol: str
    """The market, such as `BTC/USD`."""
    side: PositionSide
    """Long or short."""
    quantity: Money
    """How much is held, without a sign, in the base currency."""
    entry_price: Money
    """The quantity-weighted entry price, in the quote currency."""
    current_price: Money | None = None
    """The price of the last trade, which it is valued at, in the quote currency; null before the first."""
    unrealized_pnl: Money
    """(current price − entry) · signed quantity, in the quote currency, gross of fees."""
    unrealized_pnl_percent: Money
    """The unrealised profit in percent of the cost of what is open, two decimals."""
    realized_pnl: Money
    """The profit of what was closed, in the quote currency, gross of fees."""
    total_pnl: Money
    """Realised and unrealised together, in the quote currency, gross of fees."""
    status: PositionStatus
    """Open or closed."""
    opened_at: Time
    """When its first fill happened, UTC."""
    closed_at: Time | None = None
    """When it came back to zero, UTC."""
    fees_paid: Money
    """The fees of its fills, in the quote currency."""
    net_realized_pnl: Money
    """The realised profit less the fees, in the quote currency."""
    net_total_pnl: Money
    """The total profit less the fees, in the quote currency."""
    break_even_price: Money | None = None
    """Closed here at the taker rate, the net total is zero. In the quote currency."""
    liquidation_price: Money | None = None
    """The mark at which the account is liquidated, all other marks unchanged, in the quote currency."""
