"""Trades on the wire: one side of one execution, as its owner sees it."""

from tradeterm.protocol.money import Money
from tradeterm.protocol.times import Time
from tradeterm.protocol.vocabulary import Liquidity, Side, TradeType
from tradeterm.protocol.wire import WireOut


class Trade(WireOut):
    """One side of one execution, as its owner sees it."""

    id: str
    """Ours, unique for ever."""
    order_id: str
    """The order that it filled."""
    symbol: str
    """The market, such as `BTC/USD`."""
    side: Side
    """Buy or sell."""
    type: TradeType
    """`entry` opens or adds, `exit` reduces or closes; a fill through zero is one of each."""
    quantity: Money
    """How much, in the base currency."""
    price: Money
    """At which price, in the quote currency."""
    value: Money
    """Quantity · price, in the quote currency."""
    fee: Money
    """What it cost, in `feeCurrency`."""
    executed_at: Time
    """When it happened, UTC."""
    fee_currency: str | None = None
    """The asset that the fee was paid in."""
    liquidity: Liquidity | None = None
    """Whether it made or took liquidity."""
    execution_id: str | None = None
    """Shared by the two trades of a fill through zero."""
    venue_trade_id: str | None = None
    """The venue's id, the same on both sides of the execution."""
    position_id: str | None = None
    """The position that it opened or changed."""
    realized_pnl: Money | None = None
    """What an exit realised, in the quote currency, gross of fees."""
