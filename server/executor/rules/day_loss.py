"""The day's loss limit: how much of its equity at the day's start an account may lose, and what comes of losing it."""

from decimal import Decimal

from server.domain.accounts import Account, Margin
from server.executor.rules import closing, halt, lifecycle
from server.executor.state.ledger import Ledger
from tradeterm.protocol.arithmetic import HUNDRED, scaled
from tradeterm.protocol.vocabulary import Reason, TradingState

DAY_WARNINGS = ((Decimal("0.8"), Reason.DAY_LOSS_80), (Decimal("0.5"), Reason.DAY_LOSS_HALF))


def check(ledger: Ledger, account: Account, margin: Margin) -> None:
    """Reached, it stands until the day ends, whatever else holds the account as well."""
    bound = _bound(ledger, account)
    if bound is None or account.day_start - margin.collateral < bound or Reason.DAY_LOSS_LIMIT in account.holds:
        return
    was_active = account.trading_state is TradingState.ACTIVE
    halt.hold(ledger, account, Reason.DAY_LOSS_LIMIT)
    lifecycle.cancel_entries(ledger, account, Reason.DAY_LOSS_LIMIT)
    if was_active and ledger.settings.flatten_on_day_loss:
        for symbol in [one for one in account.positions if ledger.closable(account, one)]:
            closing.close(ledger, account, symbol, Reason.DAY_LOSS_LIMIT)


def warning(ledger: Ledger, account: Account, margin: Margin) -> Reason | None:
    """That half of it, or four fifths, are lost."""
    bound = _bound(ledger, account)
    if bound is None:
        return None
    loss = account.day_start - margin.collateral
    return next((reason for share, reason in DAY_WARNINGS if loss >= bound * share), None)


def _bound(ledger: Ledger, account: Account) -> Decimal | None:
    """How much it may lose; None where there is no limit."""
    percent = ledger.limit(account, "dayLossPct")
    return scaled(account.day_start, Decimal(percent), HUNDRED) if percent else None
