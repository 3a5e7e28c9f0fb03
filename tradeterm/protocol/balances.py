"""What an account holds and may do, on the wire. All values are absolute."""

from pydantic import Field

from tradeterm.protocol.money import Money
from tradeterm.protocol.vocabulary import TradingState
from tradeterm.protocol.wire import WireOut


class Balance(WireOut):
    asset: str
    total: Money
    available: Money
    reserved: Money


class Account(WireOut):
    """Sums are all-time and gross of fees; `marginLevel` is equity over maintenance margin, None without a position."""

    currency: str
    equity: Money
    cash: Money
    available: Money
    reserved: Money
    margin_used: Money
    maintenance_margin: Money
    margin_level: Money | None = None
    realized_pnl: Money
    unrealized_pnl: Money
    fees_paid: Money
    day_pnl: Money
    deposits: Money | None = None
    exposure: Money | None = None
    trading_state: TradingState
    trading_state_reason: str | None = None
    warnings: list[str] = Field(default_factory=list)
    limits: dict[str, str | int | None] = Field(default_factory=dict)
