"""Trades on the wire: one side of one execution, as its owner sees it."""

from tradeterm.protocol.money import Money
from tradeterm.protocol.times import Time
from tradeterm.protocol.vocabulary import Liquidity, Side, TradeType
from tradeterm.protocol.wire import WireOut


class Trade(WireOut):
    id: str
    order_id: str
    symbol: str
    side: Side
    type: TradeType
    quantity: Money
    price: Money
    value: Money
    fee: Money
    executed_at: Time
    fee_currency: str | None = None
    liquidity: Liquidity | None = None
    execution_id: str | None = None
    venue_trade_id: str | None = None
    position_id: str | None = None
    realized_pnl: Money | None = None
