"""What open entries may still come to once an exit has taken the position away that they were to close."""

from dataclasses import replace
from decimal import Decimal

from tests.oracle.arithmetic import ONE, ZERO, divide, round_up
from tests.oracle.domain.accounts import Account, Entries
from tests.oracle.domain.orders import Order
from tests.oracle.executor.rules import checks, lifecycle
from tests.oracle.executor.state.ledger import Ledger
from tradeterm.protocol.vocabulary import Reason, Side


def cut_entries(ledger: Ledger, account: Account, gone: Order) -> None:
    """Cut what the entries of an exit's side open uncovered or beyond a limit, newest first."""
    if ledger.settings.cash_account:
        return
    entries = dict(account.entries)
    for order in reversed(list(account.orders.values())):
        is_entry = order.reserve_price is not None and not order.closes_only and order.cancel_reason is None
        if not is_entry or order.symbol != gone.symbol or order.side is not gone.side:
            continue
        excess, reason = _excess(ledger, account, gone.symbol, gone.side, entries)
        if excess <= 0 or order.reserve_price is None:
            return
        lots = round_up(divide(excess, order.reserve_price), ledger.markets[order.symbol].lot)
        cut = min(order.leaves, lots) if order.oco_id is None else order.leaves
        entries[order.symbol] = entries[order.symbol].with_order(order, -cut)
        if order.sent and not order.is_resting:
            lifecycle.cancel(ledger, order, reason)
        else:
            lifecycle.resize(ledger, order, order.leaves - cut, reason)


def keeps_entries(ledger: Ledger, account: Account, symbol: str, side: Side, price: Decimal) -> bool:
    """Whether none of the entries of a side is cut when exits close the whole position at a price."""
    if ledger.settings.cash_account or symbol not in account.entries:
        return True
    held, others = account.held(symbol), {**account.positions}
    others.pop(symbol, None)
    cash = account.cash + held * price - abs(held) * price * ledger.markets[symbol].highest_fee
    flat = replace(account, cash=cash, positions=others)
    return _excess(ledger, flat, symbol, side, account.entries)[0] <= 0


def _excess(
    ledger: Ledger, account: Account, symbol: str, side: Side, entries: dict[str, Entries]
) -> tuple[Decimal, Reason]:
    mine, leverage = entries[symbol], ledger.leverage(account)
    held = account.held(symbol) * (ledger.margin_mark(symbol) or ZERO)
    long, short = held + mine.buys, mine.sells - held
    opens, other = (long, short) if side is Side.BUY else (short, long)
    missing = max(ZERO, -ledger.margin(account, entries).available)
    uncovered = divide(missing, divide(ONE, leverage) + ledger.markets[symbol].highest_fee)
    over = [(uncovered, Reason.INSUFFICIENT_FUNDS)]
    values = checks.exposures(ledger, account, entries)
    for name, reason, value in (
        ("maxPositionNotional", Reason.POSITION_ABOVE_LIMIT, values[symbol]),
        ("maxGrossExposure", Reason.EXPOSURE_ABOVE_LIMIT, sum(values.values(), ZERO)),
    ):
        limit = ledger.limit(account, name)
        if limit is not None:
            over.append((value - limit, reason))
    most, reason = max(over)
    return min(most, opens - max(abs(held), other)), reason
