"""What open entries may still come to once an exit has taken the position away that they were to close.

An entry against a position first closes it, and needs no money for that part: short 99, a buy of 198 opens 99. When an
exit closes the 99 before it, all of it would open. So what is neither covered nor within the limits then is cut off, newest
first, as if the entry had been asked for now.
"""

from dataclasses import replace
from decimal import Decimal

from server.domain.accounts import Account, Entries
from server.domain.orders import Order
from server.executor.rules import lifecycle, limits
from server.executor.state.ledger import Ledger
from tradeterm.protocol.arithmetic import ONE, ZERO, divide, round_up
from tradeterm.protocol.vocabulary import Reason, Side


def cut_entries(ledger: Ledger, account: Account, exit_order: Order) -> None:
    """An exit has filled: cut the entries of its side to what they may open. Cash accounts pay for an entry whatever they
    hold."""
    symbol = exit_order.symbol
    entries = account.entries.get(symbol)
    if entries is None or ledger.settings.cash_account:
        return
    lot = ledger.markets[symbol].lot
    for order in reversed([one for one in account.orders.values() if _may_open(one, exit_order)]):
        excess, reason = _excess(ledger, account, symbol, exit_order.side, entries)
        price = order.reserve_price
        if excess <= 0 or price is None:
            return
        # One of a pair counts beside the other: it goes as a whole, or not at all.
        cut = order.leaves if order.oco_id is not None else min(order.leaves, round_up(divide(excess, price), lot))
        entries = entries.with_order(order, -cut, price)
        _cut(ledger, order, order.leaves - cut, reason)


def _may_open(order: Order, exit_order: Order) -> bool:
    is_alike = order.symbol == exit_order.symbol and order.side is exit_order.side
    return is_alike and order.reserve_price is not None and not order.closes_only and order.cancel_reason is None


def _cut(ledger: Ledger, order: Order, leaves: Decimal, reason: Reason) -> None:
    if order.sent and not order.is_resting:
        lifecycle.cancel(ledger, order, reason)  # on its way: whatever comes to rest of it
    else:
        lifecycle.resize(ledger, order, leaves, reason)


def keeps_entries(ledger: Ledger, account: Account, symbol: str, side: Side, price: Decimal) -> bool:
    """Whether none of an account's entries of a side would be cut, however much of its position exits close at a price or a
    better one: they open most where nothing is left of it."""
    entries = account.entries.get(symbol)
    if entries is None or ledger.settings.cash_account:
        return True
    held = account.held(symbol)
    cash = account.cash + held * price - abs(held) * price * ledger.markets[symbol].highest_fee
    flat = replace(
        account, cash=cash, positions={one: held for one, held in account.positions.items() if one != symbol}
    )
    return _excess(ledger, flat, symbol, side, entries)[0] <= 0


def _excess(ledger: Ledger, account: Account, symbol: str, side: Side, entries: Entries) -> tuple[Decimal, Reason]:
    """The value that the entries of an exit's side open too much, and by which rule. What the position binds itself, or
    the entries of the other side do, is none of theirs."""
    sign = side.sign
    value = account.held(symbol) * (ledger.valuation.margin_mark(symbol) or ZERO) * sign
    mine, others = (entries.buys, entries.sells)[::sign]
    uncovered = _uncovered(ledger, account, symbol, entries), Reason.INSUFFICIENT_FUNDS
    over, reason = max([uncovered, *limits.beyond_limits(ledger, account, symbol, entries)])
    return min(over, value + mine - max(abs(value), others - value)), reason


def _uncovered(ledger: Ledger, account: Account, symbol: str, entries: Entries) -> Decimal:
    """The value of entries that the money which is missing would have covered."""
    missing = -ledger.valuation.margin_with(account, symbol, entries).available
    share = divide(ONE, ledger.settings.leverage_of(account)) + ledger.markets[symbol].highest_fee
    return divide(missing, share) if missing > 0 else ZERO
