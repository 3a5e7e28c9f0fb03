"""Keeping an account from trading, and letting it trade again: kill, resume, and what a loss holds."""

from collections.abc import Callable
from decimal import Decimal

import orjson

from server.domain.accounts import Account
from server.domain.risk import Denial
from server.executor.rules import closing, lifecycle
from server.executor.state.ledger import Ledger
from server.ports import Answer
from tradeterm.protocol.vocabulary import ErrorCode, OrderType, Reason, TradingState

AFTER_A_LOSS = {  # what a resume does not end, and what does
    Reason.LIQUIDATION: "deposit or reset",
    Reason.DAY_LOSS_LIMIT: "wait for the next day, or reset",
}


def hold(ledger: Ledger, account: Account, reason: Reason) -> None:
    """Something keeps the account from trading freely from now on; told when that changes what it may do."""
    before = account.trading_state, account.halt
    account.hold(reason)
    _tell_change(ledger, account, before)


def release(ledger: Ledger, account: Account, *reasons: Reason) -> None:
    """Something is over; what else stands goes on standing."""
    before = account.trading_state, account.halt
    account.release(*reasons)
    _tell_change(ledger, account, before)


def _tell_change(ledger: Ledger, account: Account, before: tuple[TradingState, Reason | None]) -> None:
    ledger.touch(account)
    if before != (account.trading_state, account.halt):
        ledger.tell_state(account)


def kill(ledger: Ledger, account: Account) -> Callable[[], Answer]:
    """Halt, cancel entries, close everything; exits die when flat. The answer says what is left after it all."""
    hold(ledger, account, Reason.KILL)
    lifecycle.cancel_entries(ledger, account, Reason.KILL)
    for symbol in list(account.positions):
        if ledger.valuation.closable(account, symbol) and not _is_closing(account, symbol):
            closing.close(ledger, account, symbol, Reason.KILL)
    return lambda: Answer(200, _left(ledger, account), account.seq)


def close_late(ledger: Ledger, account: Account, symbol: str, opened: Decimal) -> None:
    """An entry filled while its cancel was on its way: a halted account could not get out of it by itself, and where the
    day's loss closes everything this goes too."""
    flattens = account.halt is Reason.DAY_LOSS_LIMIT and ledger.settings.flatten_on_day_loss
    if account.halt is not None and (flattens or account.trading_state is TradingState.HALTED):
        closing.close(ledger, account, symbol, account.halt, opened)


def _is_closing(account: Account, symbol: str) -> bool:
    """Is a closing order on its way already (asked twice)?"""
    exits = account.exits.get(symbol, {}).values()
    return any(one.origin is Reason.KILL and one.type is OrderType.MARKET for one in exits)


def _left(ledger: Ledger, account: Account) -> bytes:
    positions = [ledger.position_bytes(account, position) for position in account.positions.values()]
    open_orders = [ledger.order_bytes(order) for order in account.orders.values()]
    return b'{"tradingState":%b,"positions":[%b],"orders":[%b],"withoutStop":%b}' % (
        orjson.dumps(account.trading_state),
        b",".join(positions),
        b",".join(open_orders),
        closing.without_stop(ledger, account),
    )


def resume(ledger: Ledger, account: Account) -> Denial | None:
    """End a kill. What stands after a loss ends with a deposit, a reset or the next day, not by being asked."""
    reason = next((one for one in AFTER_A_LOSS if one in account.holds), None)
    if reason is not None:
        text = f"trading is {account.trading_state} after a loss ({reason}): {AFTER_A_LOSS[reason]}"
        return Denial(reason, text, ErrorCode.CONFLICT)
    release(ledger, account, Reason.KILL)
    return None
