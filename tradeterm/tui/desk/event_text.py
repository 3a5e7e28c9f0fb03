"""The journal's events as sentences for the Events pane. What others already say (balances, single fills) is left out."""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from tradeterm.protocol.times import parse_time
from tradeterm.protocol.vocabulary import BalanceReason, EventName, Reason, TradingState
from tradeterm.tui.desk.port import EventLine, News
from tradeterm.tui.format import counted, fixed, money, readable, signed_money, size_text

# The decimals a symbol's prices are written with; None where the market is not known.
Decimals = Callable[[str], int | None]


def event_line(line_id: str, name: str, data: Mapping[str, Any], decimals: Decimals) -> EventLine | None:
    """One event as a full sentence; None for an event that needs none."""
    words = _sentence(name, data, decimals)
    if words is None:
        return None
    news = _NEWS.get(name)
    return EventLine(line_id, _time_of(data), words, news is not None, news)


_NEWS: Mapping[str, News] = {
    EventName.ORDER_REJECTED: News.REJECT,
    EventName.ORDER_UNCONFIRMED: News.REJECT,
    EventName.ORDER_CANCEL_REJECTED: News.REJECT,
    EventName.ORDER_AMEND_REJECTED: News.REJECT,
    EventName.TRADING_STATE: News.ALERT,
    EventName.POSITION_UNPROTECTED: News.ALERT,
    EventName.ALERT_TRIGGERED: News.ALERT,
    EventName.DEAD_MAN_FIRED: News.ALERT,
}


def _time_of(data: Mapping[str, Any]) -> datetime:
    return parse_time(data["timestamp"])


def _sentence(name: str, data: Mapping[str, Any], decimals: Decimals) -> str | None:
    if name in _ORDERS and "order" in data:
        order = data["order"]
        before = "Amended to " if name == EventName.ORDER_AMENDED else ""
        return f"{before}{_order(order, decimals)}{_ORDERS[EventName(name)](order, decimals)}"
    if name == EventName.POSITION_UNPROTECTED and "position" in data:
        position = data["position"]
        return f"{position['side'].upper()} {_size(position['quantity'])} {position['symbol']} has no stop any more"
    if name in (EventName.POSITION_OPENED, EventName.POSITION_CLOSED) and "position" in data:
        return _position(name, data["position"], decimals)
    if name == EventName.TRADING_STATE:
        return _trading(data.get("trading") or data)
    if name == EventName.BALANCE_UPDATED and data.get("reason") in _MONEY:
        balance = data["balance"]
        return f"{_MONEY[data['reason']]}: {money(Decimal(balance['total']))} {balance['asset']} in all"
    if name in _ALERTS and "alert" in data:
        return _alert(data["alert"], _ALERTS[EventName(name)], decimals)
    if name == EventName.DEAD_MAN_FIRED and "deadMan" in data:
        return _dead_man(data["deadMan"])
    return None


_ALERTS: Mapping[EventName, str] = {
    EventName.ALERT_CREATED: "Alert set",
    EventName.ALERT_DELETED: "Alert deleted",
    EventName.ALERT_TRIGGERED: "ALERT",
}


# What moves money without an order; trades and reservations are told by the orders' lines.
_MONEY: Mapping[str, str] = {
    BalanceReason.DEPOSIT: "Deposit",
    BalanceReason.WITHDRAWAL: "Withdrawal",
    BalanceReason.RESET: "The account begins anew",
    BalanceReason.FUNDING: "Funding is settled",
    BalanceReason.INSURANCE: "The insurance paid what was owed",
}


def _alert(alert: Mapping[str, Any], word: str, decimals: Decimals) -> str:
    last = alert.get("lastPrice")
    at = f", last {_price(last, alert, decimals)}" if last else ""
    return f"{word}: {alert['symbol']} {alert['condition']} {_price(alert['price'], alert, decimals)}{at}"


def _dead_man(fired: Mapping[str, Any]) -> str:
    count = len(fired.get("cancelled", ()))
    entries = "no entry worked" if not count else f"{counted(count, 'entry')} cancelled"
    return f"DEAD MAN: nothing was heard for {fired['seconds']} s, {entries}; exits stay"


def _trading(trading: Mapping[str, Any]) -> str:
    """What an account may do from now on, and why."""
    state, reason = trading.get("state"), trading.get("reason")
    why = f"{str(reason).replace('_', ' ')}: " if reason else ""
    match state:
        case TradingState.ACTIVE:
            return "Trading is on: every order is taken again"
        case TradingState.REDUCING:
            until = " until 00:00Z" if reason == Reason.DAY_LOSS_LIMIT else ""
            return f"{why}only reducing orders{until}"
        case TradingState.HALTED:
            return f"{why}halted, only cancels are taken: :unlock ends it"
    return "Trading has changed: the first row shows how"


def _order(order: Mapping[str, Any], decimals: Decimals) -> str:
    stop, limit = order.get("stopPrice"), order.get("price")
    word = str(order.get("type", "")).removesuffix("_limit").replace("_", " ")
    trigger = f" {word} {_price(stop, order, decimals)}" if stop else ""
    price = f" @ {_price(limit, order, decimals)}" if limit else ""
    return f"{order['side'].upper()} {_size(order['quantity'])} {order['symbol']}{trigger}{price}"


def _filled(order: Mapping[str, Any], decimals: Decimals) -> str:
    return f" filled @ {_price(order['averagePrice'], order, decimals)}"


def _partly(order: Mapping[str, Any], decimals: Decimals) -> str:
    return f": {_size(order['filledQuantity'])} filled @ {_price(order['averagePrice'], order, decimals)}"


def _ended(word: str) -> Callable[[Mapping[str, Any], Decimals], str]:
    def tail(order: Mapping[str, Any], decimals: Decimals) -> str:
        filled = "" if order["filledQuantity"] == "0" else f", {_size(order['filledQuantity'])} had filled"
        return f" {word}{filled}{_why(order)}"

    return tail


def _why(order: Mapping[str, Any]) -> str:
    reason = order.get("rejectReason") or ""
    if reason == Reason.USER_REQUEST:
        return ""
    text = order.get("rejectText") or _WHY.get(reason) or reason.lower().replace("_", " ")
    return f": {readable(text)}" if text else ""


# Reasons whose names alone say little.
_WHY: Mapping[str, str] = {
    Reason.TRIMMED: "other exits close all of the position already",
    Reason.OCO_SIBLING: "the other of its pair came first",
    Reason.POSITION_CLOSED: "its position is closed",
    Reason.EXIT_FILLED: "an exit of its position has filled",
    Reason.REPLACED: "a new protection is in its place",
    Reason.AMENDED_TO_FILLED: "amended to what had filled",
    Reason.IOC_REMAINDER: "what did not fill at once does not wait",
    Reason.FOK_NOT_FILLABLE: "not all of it could fill at once",
    Reason.SLIPPAGE_LIMIT: "the rest would have traded too far from the touch",
}


_ORDERS: Mapping[EventName, Callable[[Mapping[str, Any], Decimals], str]] = {
    EventName.ORDER_ACCEPTED: lambda order, decimals: " is set" if order.get("stopPrice") else " is working",
    EventName.ORDER_PARTIALLY_FILLED: _partly,
    EventName.ORDER_FILLED: _filled,
    EventName.ORDER_TRIGGERED: lambda order, decimals: " was triggered",
    EventName.ORDER_AMENDED: lambda order, decimals: "",
    EventName.ORDER_CANCELLED: _ended("cancelled"),
    EventName.ORDER_REJECTED: _ended("rejected"),
    EventName.ORDER_EXPIRED: _ended("expired"),
    EventName.ORDER_UNCONFIRMED: lambda order, decimals: ": the venue has not confirmed it, its outcome is unknown",
    EventName.ORDER_CANCEL_REJECTED: _ended("could not be cancelled"),
    EventName.ORDER_AMEND_REJECTED: _ended("could not be amended"),
}


def _position(name: str, position: Mapping[str, Any], decimals: Decimals) -> str:
    side, symbol = position["side"].upper(), position["symbol"]
    if name == EventName.POSITION_OPENED:
        entry = _price(position["entryPrice"], position, decimals)
        return f"{side} {_size(position['quantity'])} {symbol} opened @ {entry}"
    return f"{side} {symbol} closed, net {signed_money(Decimal(position['netTotalPnL']))}"


def _price(text: str, of: Mapping[str, Any], decimals: Decimals) -> str:
    places = decimals(of["symbol"])
    try:
        value = Decimal(text)
    except InvalidOperation:
        return text
    return f"{value:,}" if places is None else fixed(value, places)


def _size(text: str) -> str:
    return size_text(Decimal(text))
