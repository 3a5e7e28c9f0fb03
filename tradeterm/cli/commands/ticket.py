"""From the flags of `buy` and `sell` to the body of an order; checked before anything is sent."""

from dataclasses import dataclass
from typing import Annotated, Any

from cyclopts import Parameter

from tradeterm.cli.commands.run_to_end import checked
from tradeterm.client.rest import new_client_order_id
from tradeterm.protocol.orders import OrderRequest
from tradeterm.protocol.vocabulary import OrderType, SelfTrade, Side, TimeInForce


def _said(text: str, *names: str) -> Parameter:
    return Parameter(name=names or None, help=text, negative=())


@Parameter(name="*")
@dataclass(frozen=True, slots=True)
class Extras:
    """What an order may have beside symbol, quantity and price."""

    type: Annotated[OrderType | None, _said("When it does not follow from the prices, like take_profit.")] = None
    tif: Annotated[TimeInForce | None, _said("How long it may rest; for a market order ioc or fok.")] = None
    expire_at: Annotated[str | None, _said("With --tif gtd: until when, like 2026-01-05T12:00:00Z.")] = None
    stop_price: Annotated[str | None, _said("Wait until the market trades at this price.")] = None
    trail_amount: Annotated[str | None, _said("Follow the market at this distance, then sell or buy.")] = None
    trail_percent: Annotated[str | None, _said("The same, in percent.")] = None
    reduce_only: Annotated[bool, _said("Only ever make the position smaller.")] = False
    post_only: Annotated[bool, _said("Refuse it rather than take from the book.")] = False
    self_trade: Annotated[
        SelfTrade | None, _said("What gives way when it would trade with an own order: that one, itself, or both.")
    ] = None
    take_profit: Annotated[str | None, _said("Once filled, leave at this better price.")] = None
    stop_loss: Annotated[str | None, _said("Once filled, leave at market when this worse price trades.")] = None
    client_order_id: Annotated[str | None, _said("The own name of this order: said twice, it is one order.")] = None


NO_EXTRAS = Extras()


def order_request(side: Side, symbol: str, quantity: str, price: str | None, extras: Extras) -> OrderRequest:
    """The body of the order, always with a client order id. Raises Ending (usage)."""
    asked: dict[str, Any] = {
        "symbol": symbol,
        "side": side,
        "type": extras.type or _type_of(price, extras),
        "quantity": quantity,
        "price": price,
        "timeInForce": extras.tif,
        "expireAt": extras.expire_at,
        "stopPrice": extras.stop_price,
        "trailAmount": extras.trail_amount,
        "trailPercent": extras.trail_percent,
        "reduceOnly": extras.reduce_only,
        "selfTrade": extras.self_trade,
        "postOnly": extras.post_only,
        "takeProfit": {"price": extras.take_profit} if extras.take_profit is not None else None,
        "stopLoss": {"stopPrice": extras.stop_loss} if extras.stop_loss is not None else None,
        "clientOrderId": extras.client_order_id if extras.client_order_id is not None else new_client_order_id(),
    }
    return checked(OrderRequest, asked)


def _type_of(price: str | None, extras: Extras) -> OrderType:
    if extras.trail_amount is not None or extras.trail_percent is not None:
        return OrderType.TRAILING_STOP
    if extras.stop_price is not None:
        return OrderType.STOP if price is None else OrderType.STOP_LIMIT
    return OrderType.MARKET if price is None else OrderType.LIMIT
