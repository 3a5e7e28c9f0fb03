"""What an order, and what the entries of an account, may come to at most: each limit with its numbers."""

from decimal import Decimal

from server.domain.risk import Denial, Limits
from tradeterm.protocol.arithmetic import HUNDRED, scaled
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
_EXPOSURES = "maxPositionNotional", "maxGrossExposure"


def size_denial(limits: Limits, quantity: Decimal, notional: Decimal, equity: Decimal, count: int) -> Denial | None:
    """An order of so much, worth so much, of somebody who has so much and who then has so many orders."""
    return (
        _above(limits, "maxOrderQuantity", quantity, "quantity")
        or _above(limits, "maxOrderNotional", notional, "value")
        or _share_denial(limits, notional, equity)
        or _above(limits, "maxOpenOrders", count, "count")
    )


def _above(limits: Limits, name: str, value: Decimal | int, what: str) -> Denial | None:
    limit = limits.get(name)
    if limit is None or value <= limit:
        return None
    found, most = quantity_text(Decimal(value)), quantity_text(Decimal(limit))
    return Denial(_REASONS[name], f"{what} {found} is above the limit {name} of {most}")


def _share_denial(limits: Limits, notional: Decimal, equity: Decimal) -> Denial | None:
    share = limits.get("orderNotionalPct")
    if share is None:
        return None
    bound = scaled(equity, Decimal(share), HUNDRED)
    if notional <= bound:
        return None
    text = f"value {amount_text(notional)} is above {quantity_text(Decimal(share))} % of the equity: {amount_text(bound)} (orderNotionalPct)"
    return Denial(Reason.NOTIONAL_ABOVE_LIMIT, text)


def bounds_exposure(limits: Limits) -> bool:
    """Is there a limit that entries can go beyond together?"""
    return any(limits.get(name) is not None for name in _EXPOSURES)


def exposure_denial(limits: Limits, before: Decimal, then: Decimal, total: Decimal) -> Denial | None:
    """A symbol's largest position value goes from `before` to `then`, and that of all to `total`; what lowers it is let
    through whatever the limit."""
    if then <= before:
        return None
    return _above(limits, "maxPositionNotional", then, "position value") or _above(
        limits, "maxGrossExposure", total, "exposure"
    )


def beyond(limits: Limits, then: Decimal, total: Decimal) -> list[tuple[Decimal, Reason]]:
    """By how much a symbol's position value and that of all go beyond each of these limits that there is, and its reason."""
    values = ((name, limits.get(name), value) for name, value in zip(_EXPOSURES, (then, total), strict=True))
    return [(value - limit, _REASONS[name]) for name, limit, value in values if limit is not None]
