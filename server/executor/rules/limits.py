"""The limits that hold for an account, held against what it has. Looks, and but for `count` changes nothing."""

from decimal import Decimal

from server.domain.accounts import Account, Entries, exposure
from server.domain.orders import Order
from server.domain.over_limit import beyond, bounds_exposure, exposure_denial, size_denial
from server.domain.risk import Denial
from server.executor.state.ledger import Ledger
from tradeterm.protocol.arithmetic import ZERO
from tradeterm.protocol.money import quantity_text
from tradeterm.protocol.vocabulary import Reason


def deny_rate(ledger: Ledger, account: Account, sent_before: int = 0) -> Denial | None:
    """Whether one more may be sent now, after `sent_before` others of this moment. Looking costs nothing: see `count`."""
    rate = ledger.settings.limits_of(account).get("ordersPerSecond")
    if rate is None or ledger.rates.allows(account.name, rate, ledger.seconds, sent_before):
        return None
    return Denial(Reason.RATE_LIMIT_EXCEEDED, f"more than {quantity_text(Decimal(rate))} orders in a second")


def count(ledger: Ledger, account: Account) -> None:
    """An order was sent."""
    rate = ledger.settings.limits_of(account).get("ordersPerSecond")
    if rate is not None:
        ledger.rates.spend(account.name, rate, ledger.seconds)


def deny_limits(
    ledger: Ledger,
    account: Account,
    order: Order,
    notional: Decimal,
    after: Entries,
    *,
    count: int,
    before: Entries | None = None,
) -> Denial | None:
    """The risk limits of the account. Only entries come here; `after` are the entries of the symbol with the order,
    `before` those without it where they are not the account's own, `count` all orders then."""
    limits, symbol = ledger.settings.limits_of(account), order.symbol
    if not limits:
        return None
    denial = size_denial(limits, order.quantity, notional, ledger.valuation.collateral(account), count)
    if denial is not None or not bounds_exposure(limits):
        return denial
    then, total = _exposures(ledger, account, symbol, after)
    now = _exposure(ledger, account, symbol, before or account.entries.get(symbol))
    return exposure_denial(limits, now, then, total)


def beyond_limits(ledger: Ledger, account: Account, symbol: str, entries: Entries) -> list[tuple[Decimal, Reason]]:
    """By how much the entries may lead beyond each limit of exposure that there is, and its reason."""
    limits = ledger.settings.limits_of(account)
    return beyond(limits, *_exposures(ledger, account, symbol, entries)) if bounds_exposure(limits) else []


def _exposures(ledger: Ledger, account: Account, symbol: str, entries: Entries) -> tuple[Decimal, Decimal]:
    """The largest position value that the entries of a symbol can lead to, and that with all others'."""
    others = {*account.positions, *account.entries} - {symbol}
    then = _exposure(ledger, account, symbol, entries)
    return then, then + sum((_exposure(ledger, account, one, account.entries.get(one)) for one in others), ZERO)


def _exposure(ledger: Ledger, account: Account, symbol: str, entries: Entries | None) -> Decimal:
    return exposure(account.held(symbol), ledger.valuation.margin_mark(symbol) or ZERO, entries)
