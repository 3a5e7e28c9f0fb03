"""What an account holds and may do, on the wire. All values are absolute."""

from pydantic import Field

from tradeterm.protocol.money import Money
from tradeterm.protocol.vocabulary import TradingState
from tradeterm.protocol.wire import WireOut


class Balance(WireOut):
    """What an account holds of one asset."""

    asset: str
    """The asset, such as `USD`."""
    total: Money
    """All of it, in that asset: what was bought is paid out of it, what was sold paid in."""
    available: Money
    """What new orders may use, in that asset; with margin it can be more than the total, or less than none."""
    reserved: Money
    """What open orders hold, in that asset; what open positions bind is `marginUsed` of the account."""


class Account(WireOut):
    """Sums are all-time and gross of fees; amounts are in `currency`."""

    currency: str
    """The asset that every amount here is in."""
    equity: Money
    """Cash and the value of the positions at their last trades, a short one's below zero."""
    cash: Money
    """What is held of the currency itself: positions are paid out of it, short ones into it."""
    available: Money
    """What new entries may use."""
    reserved: Money
    """What open orders hold."""
    margin_used: Money
    """The initial margin of the open positions."""
    maintenance_margin: Money
    """Below this equity, at the tickers' marks, the account is liquidated; 0 where nothing is borrowed."""
    margin_level: Money | None = None
    """Equity at the tickers' marks over maintenance margin, as a multiple; null where nothing can be liquidated."""
    realized_pnl: Money
    """All that was ever realised, gross of fees."""
    unrealized_pnl: Money
    """Of the open positions, gross of fees."""
    fees_paid: Money
    """All fees ever paid."""
    day_pnl: Money
    """The change of equity since the day began, deposits left out."""
    day_loss_limit: Money | None = None
    """How much trading may lose in the day before the account may only reduce; absent without a limit."""
    deposits: Money | None = None
    """What was paid in, less what was taken out."""
    exposure: Money | None = None
    """The value of all open positions, without signs."""
    trading_state: TradingState
    """`active` trades, `reducing` only exits, `halted` not at all."""
    trading_state_reason: str | None = None
    """What made it so."""
    dead_man_seconds: int | None = None
    """After so many seconds of silence the entries are cancelled; absent where that is off."""
    warnings: list[str] = Field(default_factory=list)
    """What is near to be refused or liquidated, as sentences."""
    differences: list[str] = Field(default_factory=list)
    """Between what the venue holds and what is known here, as sentences; a real exchange's alone."""
    limits: dict[str, str | int | None] = Field(default_factory=dict)
    """The limits that hold for the account, by name; null is none."""
