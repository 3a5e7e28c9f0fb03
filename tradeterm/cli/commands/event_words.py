"""The journal's events as lines that a person reads: when, and one sentence. What a program reads is JSON."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from tradeterm.protocol.vocabulary import EventName
from tradeterm.tui.desk.event_text import event_line

Words = Callable[[Mapping[str, Any]], str]


def sentence(name: str, data: Mapping[str, Any]) -> str:
    """What happened. An event that nobody has words for, as of a server that is newer, is told by its name."""
    if (line := event_line("", name, data, _as_written)) is not None:
        return line.text
    kind, words = _OTHERS.get(name, ("", lambda _: name))
    thing = data.get(kind)
    if not isinstance(thing, dict):
        return name
    reason = data.get("reason") if name == EventName.BALANCE_UPDATED else None
    return f"{words(thing)} ({reason})" if reason else words(thing)


def _as_written(_: str) -> None:
    """Prices have the decimals that they came with."""


def _created(order: Mapping[str, Any]) -> str:
    return f"{_order(order)} is asked for: {str(order['type']).replace('_', ' ')}, {order['timeInForce']}"


def _order(order: Mapping[str, Any]) -> str:
    return f"{order['side'].upper()} {_figure(order['quantity'])} {order['symbol']}"


def _trade(trade: Mapping[str, Any]) -> str:
    fee = f"{_figure(trade['fee'])} {trade.get('feeCurrency') or ''}".rstrip()
    return f"{_order(trade)} traded @ {_figure(trade['price'])}, fee {fee}"


def _position(position: Mapping[str, Any]) -> str:
    held = f"{position['side'].upper()} {_figure(position['quantity'])} {position['symbol']}"
    return f"{held} is held, entry {_figure(position['entryPrice'])}, net {_figure(position['netTotalPnL'])}"


def _balance(balance: Mapping[str, Any]) -> str:
    return f"{balance['asset']}: {_figure(balance['total'])} in all, {_figure(balance['available'])} available"


def _account(account: Mapping[str, Any]) -> str:
    held = f"equity {_figure(account['equity'])}, available {_figure(account['available'])}"
    return f"The account: {held} {account.get('currency') or ''}".rstrip()


def _figure(text: str) -> str:
    """Thousands marked, and no more digits after the point than one reads: eight."""
    value = Decimal(text)
    places = min(8, max(0, -int(value.as_tuple().exponent)))
    return f"{value:,.{places}f}"


_OTHERS: Mapping[str, tuple[str, Words]] = {
    EventName.ORDER_CREATED: ("order", _created),
    EventName.ORDER_SUBMITTED: ("order", lambda order: f"{_order(order)} is on its way"),
    EventName.TRADE_EXECUTED: ("trade", _trade),
    EventName.POSITION_UPDATED: ("position", _position),
    EventName.BALANCE_UPDATED: ("balance", _balance),
    EventName.ACCOUNT_UPDATED: ("account", _account),
}
