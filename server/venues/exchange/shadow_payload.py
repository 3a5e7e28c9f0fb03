"""The paper beside the exchange as a wire object: the last orders, each with its twin, and what they come to."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from server.domain.markets import Market
from server.venues.exchange.shadow import Shadow, Traded, Twins
from tradeterm.protocol.arithmetic import ZERO, divide
from tradeterm.protocol.money import amount_text, average_text, quantity_text

NOTHING: Mapping[str, Any] = {
    "on": False,
    "items": [],
    "sum": {
        "orders": 0,
        "compared": 0,
        "onlyExchange": 0,
        "onlyPaper": 0,
        "valueDifference": "0.00",
        "feeDifference": "0.00",
        "timeDifferenceMs": None,
    },
}


def shadow_payload(shadow: Shadow, markets: Mapping[str, Market]) -> dict[str, Any]:
    """The newest first."""
    pairs = shadow.pairs
    items = [_item(one, markets[one.place.symbol].price_decimals) for one in reversed(pairs)]
    return {"on": not shadow.is_over, "items": items, "sum": _sum(pairs)}


def _item(pair: Twins, decimals: int) -> dict[str, Any]:
    place, price, fee = pair.place, pair.price_difference, pair.fee_difference
    return {
        "orderId": place.order_id,
        "symbol": place.symbol,
        "side": place.side.value,
        "quantity": quantity_text(place.quantity),
        "exchange": _traded(pair.exchange, decimals),
        "paper": _traded(pair.paper, decimals),
        "priceDifference": None if price is None else average_text(price, decimals),
        "feeDifference": None if fee is None else amount_text(fee),
        "timeDifferenceMs": _ms(pair.time_difference_s),
    }


def _traded(traded: Traded, decimals: int) -> dict[str, Any]:
    quantity = traded.quantity
    return {
        "filledQuantity": quantity_text(quantity),
        "averagePrice": average_text(divide(traded.cost, quantity), decimals) if quantity else None,
        "fee": None if traded.fee is None else amount_text(traded.fee),
        "filledAfterMs": _ms(traded.after_s),
    }


def _sum(pairs: list[Twins]) -> dict[str, Any]:
    compared = [one for one in pairs if one.both]
    late = [one.time_difference_s for one in compared if one.time_difference_s is not None]
    fees: list[Decimal] = [one.fee_difference or ZERO for one in compared]
    return {
        "orders": len(pairs),
        "compared": len(compared),
        "onlyExchange": sum(1 for one in pairs if one.exchange.quantity and not one.paper.quantity),
        "onlyPaper": sum(1 for one in pairs if one.paper.quantity and not one.exchange.quantity),
        "valueDifference": amount_text(sum((one.value_difference for one in compared), ZERO)),
        "feeDifference": amount_text(sum(fees, ZERO)),
        "timeDifferenceMs": _ms(sum(late) / len(late)) if late else None,
    }


def _ms(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1_000)
