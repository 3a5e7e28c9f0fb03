"""ccxt's orders and trades as values of ours. Numbers come as text, so that nothing is lost on the way.

Its dicts change while they are held: whoever keeps one copies it first.
"""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from server.venues.exchange.seen import Ending, SeenOrder, SeenTrade
from tradeterm.protocol.arithmetic import ZERO
from tradeterm.protocol.vocabulary import Liquidity, Side

_ENDINGS = {"canceled": Ending.CANCELLED, "expired": Ending.EXPIRED, "rejected": Ending.REJECTED}


def number(value: Any) -> Decimal | None:
    """A number of ccxt's; None for none. What is no number is none."""
    if value is None or value == "":
        return None
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def seen_order(raw: Mapping[str, Any]) -> SeenOrder | None:
    """None where it does not say which order it is, and how large: then it shows nothing."""
    quantity, side = number(raw.get("amount")), raw.get("side")
    if not raw.get("id") or not raw.get("symbol") or quantity is None or side not in ("buy", "sell"):
        return None
    filled = number(raw.get("filled")) or ZERO
    price = number(raw.get("price"))
    return SeenOrder(
        str(raw["id"]),
        raw.get("clientOrderId") or None,
        str(raw["symbol"]),
        Side(side),
        quantity,
        price or None if raw.get("type") != "market" else None,
        filled,
        _ending(raw.get("status"), filled, quantity),
    )


def _ending(status: Any, filled: Decimal, quantity: Decimal) -> Ending | None:
    """Closed does not mean that it was not cancelled; what is no word of an end is none."""
    if status == "closed":
        return Ending.FILLED if filled >= quantity else Ending.CANCELLED
    return _ENDINGS.get(str(status))


def seen_trade(raw: Mapping[str, Any], order_id: str | None = None) -> SeenTrade | None:
    """None where it lacks what a trade is. `order_id`: whose it is, where it does not say so itself."""
    quantity, price, side = number(raw.get("amount")), number(raw.get("price")), raw.get("side")
    of_order = raw.get("order") or order_id
    if not raw.get("id") or not of_order or not quantity or not price or side not in ("buy", "sell"):
        return None
    fee = raw.get("fee") or {}
    cost = number(fee.get("cost"))
    return SeenTrade(
        str(raw["id"]),
        str(of_order),
        str(raw["symbol"]),
        Side(side),
        quantity,
        price,
        Liquidity.MAKER if raw.get("takerOrMaker") == "maker" else Liquidity.TAKER,
        cost if fee.get("currency") else None,
        str(fee.get("currency") or ""),
    )
