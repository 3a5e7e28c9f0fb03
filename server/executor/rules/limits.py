"""What an account may do at most, in the limits that hold for it: each with its numbers. Looks, and but for `count` changes
nothing."""

from decimal import Decimal

from server.domain.accounts import Account, Entries, exposure
from server.domain.orders import Order
from server.domain.risk import Denial, Limits
from server.executor.state.ledger import Ledger
from tradeterm.protocol.arithmetic import HUNDRED, ZERO, scaled
from tradeterm.protocol.money import amount_text, quantity_text
from tradeterm.protocol.vocabulary import Reason

# Why an order is refused that goes beyond one of them.
_REASONS = {
    "maxOrderQuantity": Reason.QUANTITY_ABOVE_MAXIMUM,
    "maxOrderNotional": Reason.NOTIONAL_ABOVE_LIMIT,
    "maxOpenOrders": Reason.OPEN_ORDERS_ABOVE_LIMIT,
    "maxPositionNotional": Reason.POSITION_ABOVE_LIMIT,
    "maxGrossExposure": Reason.EXPOSURE_ABOVE_LIMIT,
}


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
    """The risk limits of the account, each with its numbers. Only entries come here; `after` are the entries of the symbol
    with the order, `before` those without it where they are not the account's own, `count` all orders then."""
    limits = ledger.settings.limits_of(account)
    if not limits:
        return None
    return (
        _above(limits, "maxOrderQuantity", order.quantity, "quantity")
        or _above(limits, "maxOrderNotional", notional, "value")
        or _deny_share(ledger, account, limits, notional)
        or _above(limits, "maxOpenOrders", count, "count")
        or _deny_exposure(ledger, account, limits, order.symbol, before or account.entries.get(order.symbol), after)
    )


def _above(limits: Limits, name: str, value: Decimal | int, what: str) -> Denial | None:
    limit = limits.get(name)
    if limit is None or value <= limit:
        return None
    found, most = quantity_text(Decimal(value)), quantity_text(Decimal(limit))
    return Denial(_REASONS[name], f"{what} {found} is above the limit {name} of {most}")


def _deny_share(ledger: Ledger, account: Account, limits: Limits, notional: Decimal) -> Denial | None:
    share = limits.get("orderNotionalPct")
    if share is None:
        return None
    bound = scaled(ledger.valuation.collateral(account), Decimal(share), HUNDRED)
    if notional <= bound:
        return None
    text = f"value {amount_text(notional)} is above {quantity_text(Decimal(share))} % of the equity: {amount_text(bound)} (orderNotionalPct)"
    return Denial(Reason.NOTIONAL_ABOVE_LIMIT, text)


def _deny_exposure(
    ledger: Ledger, account: Account, limits: Limits, symbol: str, before: Entries | None, after: Entries
) -> Denial | None:
    if limits.get("maxPositionNotional") is None and limits.get("maxGrossExposure") is None:
        return None
    # What lowers the exposure is let through whatever the limit.
    then = _exposure(ledger, account, symbol, after)
    if then <= _exposure(ledger, account, symbol, before):
        return None
    total = then + _exposure_elsewhere(ledger, account, symbol)
    return _above(limits, "maxPositionNotional", then, "position value") or _above(
        limits, "maxGrossExposure", total, "exposure"
    )


def beyond_limits(ledger: Ledger, account: Account, symbol: str, entries: Entries) -> list[tuple[Decimal, Reason]]:
    """By how much the entries may lead beyond each limit of exposure that there is, and its reason."""
    then, limits = _exposure(ledger, account, symbol, entries), ledger.settings.limits_of(account)
    found = []
    for name, elsewhere in (("maxPositionNotional", False), ("maxGrossExposure", True)):
        limit = limits.get(name)
        if limit is not None:
            total = then + _exposure_elsewhere(ledger, account, symbol) if elsewhere else then
            found.append((total - limit, _REASONS[name]))
    return found


def _exposure_elsewhere(ledger: Ledger, account: Account, symbol: str) -> Decimal:
    others = {*account.positions, *account.entries} - {symbol}
    return sum((_exposure(ledger, account, one, account.entries.get(one)) for one in others), ZERO)


def _exposure(ledger: Ledger, account: Account, symbol: str, entries: Entries | None) -> Decimal:
    """The largest position value that the entries can lead to."""
    return exposure(account.held(symbol), ledger.valuation.margin_mark(symbol) or ZERO, entries)
