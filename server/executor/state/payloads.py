"""Domain state as wire objects: one function a noun, one template a function, encoded once, here. No decisions.

What cannot need quotes or escapes (ids, numbers, times, words of the vocabulary) is put into the template as it is; all
other text goes through `quoted`. What is rarely there is added behind the template, part by part. A long template is
written as two that are added: of more than thirty parts at once Python makes a list first, at half the speed.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from functools import lru_cache

import orjson

from server.domain.accounts import Account, Margin
from server.domain.alerts import Alert
from server.domain.commands import BracketLeg
from server.domain.markets import Market
from server.domain.orders import Order
from server.domain.positions import Position
from server.domain.risk import Limits
from server.ports import FillReport
from tradeterm.protocol.arithmetic import ZERO, break_even, percent
from tradeterm.protocol.money import (
    amount_text,
    average_text,
    percent_text,
    price_text,
    quantity_text,
    quotient_text,
    sum_text,
)
from tradeterm.protocol.times import time_text
from tradeterm.protocol.vocabulary import (
    FINAL_STATUSES,
    AlertStatus,
    OrderStatus,
    SelfTrade,
    Side,
)

# Looked up once: reading a member from its class costs more than comparing it.
_BUY, _RESTING_GIVES_WAY, _FILLED = Side.BUY, SelfTrade.CANCEL_RESTING, OrderStatus.FILLED


def quoted(text: str) -> str:
    """Any text as a JSON string."""
    return f'"{text}"' if text.replace("-", "").isalnum() or not text else orjson.dumps(text).decode()


_name = lru_cache(maxsize=1024)(quoted)  # of symbols and currencies
_seldom_other = lru_cache(maxsize=4096)(amount_text)  # of amounts that most often are what they were


# ---------------------------------------------------------------- orders

_STATUS = {one: f',"status":"{one}"' for one in OrderStatus}
_HELD = (',"held":"venue"', ',"held":"server"')  # who has an open order; the server, while it waits for its trigger
_NOTHING_FILLED = ',"filledQuantity":"0","averagePrice":null,"filledAt":null'


def order_bytes(order: Order, market: Market) -> bytes:
    """The order's wire object; what changed is written again, what it asks for only when it was amended."""
    if order.encoded is None:
        if order.encoded_terms is None:
            order.encoded_terms = _terms(order, market)
        order.encoded = _with_state(order.encoded_terms, order, market).encode()
    return order.encoded


def _terms(order: Order, market: Market) -> str:
    """What an order asks for, and whose it is: the head of the object."""
    price = "null" if order.price is None else f'"{price_text(order.price, market.price_decimals)}"'
    return (
        f'{{"id":"{order.id}","clientOrderId":{quoted(order.client_order_id)},"symbol":{_name(market.symbol)},'
        f'"side":"{order.side!s}","type":"{order.type!s}","quantity":"{quantity_text(order.quantity)}","price":{price},'
        f'"timeInForce":"{order.time_in_force!s}","createdAt":"{time_text(order.created_at)}"'
        f"{_conditions(order, market.price_decimals)}{_relations(order, market.price_decimals)}"
    )


def _conditions(order: Order, decimals: int) -> str:
    """What few orders ask for."""
    text = ""
    if order.stop_price is not None:
        text += f',"stopPrice":"{price_text(order.stop_price, decimals)}"'
    if order.trail_amount is not None:
        text += f',"trailAmount":"{price_text(order.trail_amount, decimals)}"'
    if order.trail_percent is not None:
        text += f',"trailPercent":"{quantity_text(order.trail_percent)}"'
    if order.expire_at is not None:
        text += f',"expireAt":"{time_text(order.expire_at)}"'
    if order.post_only:
        text += ',"postOnly":true'
    if order.reduce_only:
        text += ',"reduceOnly":true'
    if order.self_trade is not _RESTING_GIVES_WAY:
        text += f',"selfTrade":"{order.self_trade}"'
    if order.requested is not None:
        text += f',"requestedQuantity":"{quantity_text(order.requested)}"'
    return text


def _relations(order: Order, decimals: int) -> str:
    """Why it is there, and what belongs to it."""
    text = ""
    if order.origin is not None:
        text += f',"reason":"{order.origin}"'
    if order.parent_id is not None:
        text += f',"parentId":"{order.parent_id}"'
    if order.oco_id is not None:
        text += f',"ocoId":"{order.oco_id}"'
    if order.take_profit is not None:
        text += f',"takeProfit":{{"price":"{price_text(order.take_profit.trigger, decimals)}"}}'
    if order.stop_loss is not None:
        text += f',"stopLoss":{_stop_loss(order.stop_loss, decimals)}'
    return text


def _stop_loss(leg: BracketLeg, decimals: int) -> str:
    limit = "" if leg.price is None else f',"price":"{price_text(leg.price, decimals)}"'
    return f'{{"stopPrice":"{price_text(leg.trigger, decimals)}"{limit}}}'


def _with_state(terms: str, order: Order, market: Market) -> str:
    """The whole object: behind what an order asks for what became of it so far."""
    status, filled, updated = order.status, order.filled, time_text(order.updated_at)
    is_open = status not in FINAL_STATUSES
    remarks = _remarks(order, is_open)
    if not filled:
        left = quantity_text(order.quantity) if is_open else "0"
        return f'{terms}{_STATUS[status]}{_NOTHING_FILLED},"updatedAt":"{updated}","leavesQuantity":"{left}"{remarks}}}'
    average = quotient_text(order.filled_cost, filled, market.price_decimals)
    filled_text = quantity_text(order.quantity) if status is _FILLED else sum_text(filled)
    filled_at = "null" if order.filled_at is None else f'"{time_text(order.filled_at)}"'
    left = sum_text(order.quantity - filled) if is_open else "0"
    fees, quote = amount_text(order.fees), _name(market.quote)
    if order.base_fees or order.other_fees:
        paid = _fees_by_currency(order, market)
    else:
        paid = f'{quote}:"{fees}"' if order.fees else ""
    return (
        f'{terms}{_STATUS[status]},"filledQuantity":"{filled_text}","averagePrice":"{average}","filledAt":{filled_at},'
        f'"updatedAt":"{updated}","leavesQuantity":"{left}",'
        f'"fees":"{fees}","feeCurrency":{quote},"feesByCurrency":{{{paid}}}{remarks}}}'
    )


def _remarks(order: Order, is_open: bool) -> str:
    """What an open order waits for, and where; why it was refused or ended, and what the venue calls it."""
    text = ',"triggered":true' if order.triggered else ""
    if is_open:
        if order.cancel_reason is not None:
            text += ',"pendingCancel":true'
        if order.replacing is not None:
            text += ',"pendingReplace":true'
        if order.unconfirmed:
            text += ',"unconfirmed":true'
        text += _HELD[order.awaits_trigger]
    if order.reject_reason is not None:
        text += f',"rejectReason":"{order.reject_reason}"'
    if order.reject_text is not None:
        text += f',"rejectText":{quoted(order.reject_text)}'
    if order.rejected_by is not None:
        text += f',"rejectedBy":"{order.rejected_by}"'
    if order.venue_order_id is not None:
        text += f',"venueOrderId":{quoted(order.venue_order_id)}'
    return text


def _fees_by_currency(order: Order, market: Market) -> str:
    paid = {market.quote: order.fees, market.base: order.base_fees}
    for coin, fee in order.other_fees.items():
        paid[coin] = paid.get(coin, ZERO) + fee
    return ",".join(f'{_name(coin)}:"{amount_text(fee)}"' for coin, fee in paid.items() if fee)


# ---------------------------------------------------------------- positions and trades


def position_bytes(position: Position, market: Market, mark: Decimal, liquidation: Decimal | None) -> bytes:
    """The position's wire object at a mark. A closed one shows its last entry price and quantity 0."""
    decimals, held, cost = market.price_decimals, position.quantity, position.open_cost
    unrealised, realised, fees = held * mark - cost, position.realised, position.fees
    net = realised - fees
    current, realised_text, net_text = price_text(mark, decimals), amount_text(realised), amount_text(net)
    if unrealised:
        total = realised + unrealised
        open_text, share = amount_text(unrealised), percent_text(percent(unrealised, cost))
        total_text, net_total = amount_text(total), amount_text(total - fees)
        entry = quotient_text(cost, held, decimals) if held else average_text(position.entry, decimals)
    else:  # as it is right after it was opened, or closed: what is open is worth what it cost
        open_text = share = "0.00"
        total_text, net_total = realised_text, net_text
        entry = current if held else average_text(position.entry, decimals)
    text = (
        f'{{"id":"{position.id}","symbol":{_name(market.symbol)},"side":"{"long" if position.side is _BUY else "short"}",'
        f'"quantity":"{sum_text(abs(held))}","entryPrice":"{entry}","currentPrice":"{current}",'
        f'"unrealizedPnL":"{open_text}","unrealizedPnLPercent":"{share}",'
        + f'"realizedPnL":"{realised_text}","totalPnL":"{total_text}","status":"{"open" if held else "closed"}",'
        f'"openedAt":"{time_text(position.opened_at)}","feesPaid":"{amount_text(fees)}",'
        f'"netRealizedPnL":"{net_text}","netTotalPnL":"{net_total}"'
    )
    if held:
        even = average_text(break_even(held, cost, net, market.taker_fee), decimals)
        lost = "null" if liquidation is None else f'"{average_text(liquidation, decimals)}"'
        text += f',"breakEvenPrice":"{even}","liquidationPrice":{lost}'
    if position.closed_at is not None:
        text += f',"closedAt":"{time_text(position.closed_at)}"'
    return f"{text}}}".encode()


def trade_bytes(
    trade_id: str,
    order: Order,
    position_id: str,
    market: Market,
    report: FillReport,
    quantity: Decimal,
    fee: Decimal,
    fee_currency: str,
    profit: Decimal | None,
    execution_id: str,
    stamp: str,
) -> bytes:
    """One side of one execution at the time `stamp`: `quantity` of what was reported. Only an exit has a profit, and says
    it."""
    price = report.price
    kind, realised = ("entry", "") if profit is None else ("exit", f',"realizedPnL":"{amount_text(profit)}"')
    text = (
        f'{{"id":"{trade_id}","orderId":"{order.id}","symbol":{_name(market.symbol)},"side":"{order.side!s}",'
        f'"type":"{kind}","quantity":"{quantity_text(quantity)}",'
        f'"price":"{price_text(price, market.price_decimals)}","value":"{amount_text(quantity * price)}",'
        + f'"fee":"{amount_text(fee)}","executedAt":"{stamp}",'
        f'"feeCurrency":{_name(fee_currency)},"liquidity":"{report.liquidity!s}","executionId":"{execution_id}",'
        f'"venueTradeId":{quoted(report.venue_trade_id)},"positionId":"{position_id}"{realised}}}'
    )
    return text.encode()


# ---------------------------------------------------------------- money


def figures(account: Account, margin: Margin, asset: str, limits: Limits) -> tuple[bytes, bytes]:
    """(the balance: cash, what of it orders reserve, and what may still be used; the account at a glance). Sums are
    all-time and gross of fees; `limits` are those that hold for it."""
    cash, available, reserved = amount_text(account.cash), amount_text(margin.available), amount_text(margin.reserved)
    level, named = margin.level, _name(asset)
    balance = f'{{"asset":{named},"total":"{cash}","available":"{available}","reserved":"{reserved}"}}'
    text = (
        f'{{"currency":{named},"equity":"{amount_text(margin.equity)}","cash":"{cash}","available":"{available}",'
        f'"reserved":"{reserved}","marginUsed":"{amount_text(margin.margin_used)}",'
        f'"maintenanceMargin":"{amount_text(margin.maintenance)}",'
        + ('"marginLevel":null,' if level is None else f'"marginLevel":"{percent_text(level)}",')
        + f'"realizedPnL":"{amount_text(account.realised)}","unrealizedPnL":"{amount_text(margin.unrealised)}",'
        f'"feesPaid":"{amount_text(account.fees_paid)}","dayPnL":"{amount_text(margin.equity - account.day_start)}",'
        f'"deposits":"{_seldom_other(account.deposits)}","exposure":"{amount_text(margin.exposure)}","tradingState":"'
        + account.trading_state
        + ('","limits":{}' if not limits else f'","limits":{_limits(limits)}')
    )
    bound = account.day_loss_limit(limits.get("dayLossPct")) if limits else None
    if bound is not None:
        text += f',"dayLossLimit":"{amount_text(bound)}"'
    return balance.encode(), (text + _troubles(account) + "}").encode()


def _troubles(account: Account) -> str:
    """What is not as it should be, or watched over."""
    text = ""
    if account.halt is not None:
        text += f',"tradingStateReason":"{account.halt}"'
    if account.dead_man_s:
        text += f',"deadManSeconds":{account.dead_man_s}'
    if account.warnings:
        text += f',"warnings":{orjson.dumps(account.warnings).decode()}'
    if account.differences:
        text += f',"differences":{orjson.dumps(account.differences).decode()}'
    return text


def _limits(limits: Limits) -> str:
    return orjson.dumps(
        {key: quantity_text(value) if isinstance(value, Decimal) else value for key, value in limits.items()}
    ).decode()


def cause_bytes(reason: str, cause_id: str) -> bytes:
    """Why a balance is another one, to stand behind it: a word of the vocabulary, and the id of what it was."""
    return f',"reason":"{reason!s}","causeId":"{cause_id}"'.encode()


def alert_bytes(
    alert: Alert,
    decimals: int,
    status: AlertStatus = AlertStatus.WAITING,
    last: Decimal | None = None,
    at: datetime | None = None,
) -> bytes:
    """An alert; `last` and `at` say when it rang."""
    rang = ""
    if last is not None and at is not None:
        rang = f',"lastPrice":"{price_text(last, decimals)}","triggeredAt":"{time_text(at)}"'
    text = (
        f'{{"id":"{alert.id}","symbol":{_name(alert.symbol)},"condition":"{alert.condition}",'
        f'"price":"{price_text(alert.price, decimals)}","status":"{status}","createdAt":"{time_text(alert.created_at)}"{rang}}}'
    )
    return text.encode()


# An event's payload is one of these heads, the noun's object, and an end: joined without encoding anything again.
ORDER, POSITION, TRADE, BALANCE, ACCOUNT = (
    b'{"%b":' % noun for noun in (b"order", b"position", b"trade", b"balance", b"account")
)
TRADING, ALERT, DEAD_MAN = (b'{"%b":' % noun for noun in (b"trading", b"alert", b"deadMan"))


def event_end(stamp: str) -> bytes:
    """The end of the payloads of all events that were made at that time."""
    return f',"timestamp":"{stamp}"}}'.encode()


def beside(more: Mapping[str, str | None]) -> bytes:
    """What is no part of the object, to stand behind it."""
    return b"," + orjson.dumps(more)[1:-1]
