"""The day's loss limit: how much of its equity at the day's start an account may lose, and what comes of losing it.

What is lost is lost by trading: money that is paid in or taken out is no profit or loss, and makes the limit of a day that
has brought either no wider and no narrower (`Account.transfer`).
"""

from decimal import Decimal

from server.domain.accounts import Account, Margin
from server.executor.rules import closing, halt
from server.executor.state.ledger import Ledger
from tradeterm.protocol.arithmetic import ONE
from tradeterm.protocol.vocabulary import Reason, TradingState

DAY_WARNINGS = ((Decimal("0.8"), Reason.DAY_LOSS_80), (Decimal("0.5"), Reason.DAY_LOSS_HALF))


def check(ledger: Ledger, account: Account, margin: Margin) -> None:
    """Reached, it stands until the day ends, whatever else holds the account as well."""
    if Reason.DAY_LOSS_LIMIT in account.holds or not _has_lost(ledger, account, margin, ONE):
        return
    was_active = account.trading_state is TradingState.ACTIVE
    halt.hold(ledger, account, Reason.DAY_LOSS_LIMIT)
    closing.cancel_opening(ledger, account, Reason.DAY_LOSS_LIMIT)
    if was_active and ledger.settings.flatten_on_day_loss:
        for symbol in [one for one in account.positions if ledger.valuation.closable(account, one)]:
            closing.close(ledger, account, symbol, Reason.DAY_LOSS_LIMIT)


def warning(ledger: Ledger, account: Account, margin: Margin) -> Reason | None:
    """That half of it, or four fifths, are lost."""
    return next((reason for share, reason in DAY_WARNINGS if _has_lost(ledger, account, margin, share)), None)


def _has_lost(ledger: Ledger, account: Account, margin: Margin, share: Decimal) -> bool:
    """Has it lost so much of what it may lose? Never without a limit, nor where nothing is lost."""
    loss = account.day_start - margin.collateral
    if loss <= 0:
        return False
    bound = account.day_loss_limit(ledger.settings.limits_of(account).get("dayLossPct"))
    return bound is not None and loss >= bound * share
