"""Domain state as wire objects: one function a noun, encoded once, here. No decisions, and pydantic builds nothing."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import orjson

from tests.oracle.arithmetic import HUNDRED, average_price, break_even, divide, percent, scaled
from tests.oracle.domain.accounts import Account, Margin
from tests.oracle.domain.commands import BracketLeg
from tests.oracle.domain.markets import Market
from tests.oracle.domain.orders import Order
from tests.oracle.domain.positions import Position
from tests.oracle.money import amount_text, average_text, percent_text, price_text, quantity_text
from tradeterm.protocol.times import time_text
from tradeterm.protocol.vocabulary import Liquidity, SelfTrade, Side, TradeType


def order_bytes(order: Order, market: Market) -> bytes:
    """The order's wire object; what changed is encoded again, what it asks for only when it was amended."""
    if order.encoded is None:
        if order.encoded_terms is None:
            order.encoded_terms = orjson.dumps(_terms(order, market.price_decimals))[:-1]
        state = orjson.dumps(_state(order, market))
        order.encoded = b"%b,%b" % (order.encoded_terms, state[1:])
    return order.encoded


def _terms(order: Order, decimals: int) -> dict[str, Any]:
    """What an order asks for, and whose it is."""
    price = order.price
    wire: dict[str, Any] = {
        "id": order.id,
        "clientOrderId": order.client_order_id,
        "symbol": order.symbol,
        "side": order.side,
        "type": order.type,
        "quantity": quantity_text(order.quantity),
        "price": None if price is None else price_text(price, decimals),
        "timeInForce": order.time_in_force,
        "createdAt": time_text(order.created_at),
    }
    for key, value in (("stopPrice", order.stop_price), ("trailAmount", order.trail_amount)):
        if value is not None:
            wire[key] = price_text(value, decimals)
    if order.trail_percent is not None:
        wire["trailPercent"] = quantity_text(order.trail_percent)
    if order.expire_at is not None:
        wire["expireAt"] = time_text(order.expire_at)
    for key, flag in (("postOnly", order.post_only), ("reduceOnly", order.reduce_only)):
        if flag:
            wire[key] = True
    if order.self_trade is not SelfTrade.CANCEL_RESTING:
        wire["selfTrade"] = order.self_trade
    if order.requested is not None:
        wire["requestedQuantity"] = quantity_text(order.requested)
    links = (("reason", order.origin), ("parentId", order.parent_id), ("ocoId", order.oco_id))
    wire.update((key, text) for key, text in links if text is not None)
    if order.take_profit is not None:
        wire["takeProfit"] = {"price": price_text(order.take_profit.trigger, decimals)}
    if order.stop_loss is not None:
        wire["stopLoss"] = _stop_loss(order.stop_loss, decimals)
    return wire


def _state(order: Order, market: Market) -> dict[str, Any]:
    """What became of an order so far."""
    filled, decimals = order.filled, market.price_decimals
    wire: dict[str, Any] = {
        "status": order.status,
        "filledQuantity": quantity_text(filled),
        "averagePrice": average_text(divide(order.filled_cost, filled), decimals) if filled else None,
        "filledAt": None if order.filled_at is None else time_text(order.filled_at),
        "updatedAt": time_text(order.updated_at),
        "leavesQuantity": quantity_text(order.leaves),
    }
    if filled:
        wire["fees"] = amount_text(order.fees)
        wire["feeCurrency"] = market.quote
        fees = {market.quote: order.fees, market.base: order.base_fees}
        wire["feesByCurrency"] = {name: amount_text(fee) for name, fee in fees.items() if fee}
    if order.triggered:
        wire["triggered"] = True
    if order.cancel_reason is not None and order.is_open:
        wire["pendingCancel"] = True
    if order.replacing is not None and order.is_open:
        wire["pendingReplace"] = True
    if order.is_open:
        wire["held"] = "server" if order.awaits_trigger else "venue"
    texts = (
        ("rejectReason", order.reject_reason),
        ("rejectText", order.reject_text),
        ("rejectedBy", order.rejected_by),
        ("venueOrderId", order.venue_order_id),
    )
    wire.update((key, text) for key, text in texts if text is not None)
    return wire


def _stop_loss(leg: BracketLeg, decimals: int) -> dict[str, str]:
    wire = {"stopPrice": price_text(leg.trigger, decimals)}
    if leg.price is not None:
        wire["price"] = price_text(leg.price, decimals)
    return wire


def position_bytes(position: Position, market: Market, mark: Decimal, liquidation: Decimal | None) -> bytes:
    """The position's wire object at a mark. A closed one shows its last entry price and quantity 0."""
    decimals = market.price_decimals
    held, cost = position.quantity, position.open_cost
    unrealised = position.unrealised(mark)
    net_realised = position.realised - position.fees
    total = position.realised + unrealised
    wire: dict[str, Any] = {
        "id": position.id,
        "symbol": position.symbol,
        "side": "long" if position.side is Side.BUY else "short",
        "quantity": quantity_text(abs(held)),
        "entryPrice": average_text(average_price(held, cost) if held else position.entry, decimals),
        "currentPrice": price_text(mark, decimals),
        "unrealizedPnL": amount_text(unrealised),
        "unrealizedPnLPercent": percent_text(percent(unrealised, cost)),
        "realizedPnL": amount_text(position.realised),
        "totalPnL": amount_text(total),
        "status": "open" if held else "closed",
        "openedAt": time_text(position.opened_at),
        "feesPaid": amount_text(position.fees),
        "netRealizedPnL": amount_text(net_realised),
        "netTotalPnL": amount_text(total - position.fees),
    }
    if held:
        wire["breakEvenPrice"] = average_text(break_even(held, cost, net_realised, market.taker_fee), decimals)
        wire["liquidationPrice"] = None if liquidation is None else average_text(liquidation, decimals)
    if position.closed_at is not None:
        wire["closedAt"] = time_text(position.closed_at)
    return orjson.dumps(wire)


def trade_bytes(
    trade_id: str,
    order: Order,
    position_id: str,
    market: Market,
    *,
    entry: bool,
    quantity: Decimal,
    price: Decimal,
    fee: Decimal,
    in_base: bool,
    profit: Decimal | None,
    liquidity: Liquidity,
    execution_id: str,
    venue_trade_id: str,
    now: datetime,
) -> bytes:
    """One side of one execution; an exit says what it realised."""
    wire: dict[str, Any] = {
        "id": trade_id,
        "orderId": order.id,
        "symbol": order.symbol,
        "side": order.side,
        "type": TradeType.ENTRY if entry else TradeType.EXIT,
        "quantity": quantity_text(quantity),
        "price": price_text(price, market.price_decimals),
        "value": amount_text(quantity * price),
        "fee": amount_text(fee),
        "executedAt": time_text(now),
        "feeCurrency": market.base if in_base else market.quote,
        "liquidity": liquidity,
        "executionId": execution_id,
        "venueTradeId": venue_trade_id,
        "positionId": position_id,
    }
    if profit is not None:
        wire["realizedPnL"] = amount_text(profit)
    return orjson.dumps(wire)


def balance_bytes(account: Account, margin: Margin, asset: str) -> bytes:
    """Cash, what of it orders reserve, and what may still be used."""
    return orjson.dumps(
        {
            "asset": asset,
            "total": amount_text(account.cash),
            "available": amount_text(margin.available),
            "reserved": amount_text(margin.reserved),
        }
    )


def account_bytes(account: Account, margin: Margin, asset: str, limits: Mapping[str, Decimal | int | None]) -> bytes:
    """The account at a glance; sums are all-time and gross of fees. `limits` are those that hold for it."""
    level = margin.level
    wire: dict[str, Any] = {
        "currency": asset,
        "equity": amount_text(margin.equity),
        "cash": amount_text(account.cash),
        "available": amount_text(margin.available),
        "reserved": amount_text(margin.reserved),
        "marginUsed": amount_text(margin.margin_used),
        "maintenanceMargin": amount_text(margin.maintenance),
        "marginLevel": None if level is None else percent_text(level),
        "realizedPnL": amount_text(account.realised),
        "unrealizedPnL": amount_text(margin.unrealised),
        "feesPaid": amount_text(account.fees_paid),
        "dayPnL": amount_text(margin.equity - account.day_start),
        "deposits": amount_text(account.deposits),
        "exposure": amount_text(margin.exposure),
        "tradingState": account.trading_state,
        "limits": {key: quantity_text(value) if isinstance(value, Decimal) else value for key, value in limits.items()},
    }
    if bound := limits.get("dayLossPct"):
        wire["dayLossLimit"] = amount_text(scaled(account.day_capital, Decimal(bound), HUNDRED))
    if account.halt is not None:
        wire["tradingStateReason"] = account.halt
    if account.warnings:
        wire["warnings"] = account.warnings
    return orjson.dumps(wire)


def event_data(noun: bytes, value: bytes, stamp: bytes, more: Mapping[str, str | None] | None = None) -> bytes:
    """An event's payload: the noun's object and the time the event was made, joined without encoding anything again;
    `more` says what is no part of the object."""
    if not more:
        return b'{"%b":%b,"timestamp":"%b"}' % (noun, value, stamp)
    return b'{"%b":%b,%b,"timestamp":"%b"}' % (noun, value, orjson.dumps(more)[1:-1], stamp)
