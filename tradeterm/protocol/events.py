"""What the events carry: one payload a noun, and which event carries which. How they are sent is in `messages`."""

from typing import Final

from tradeterm.protocol.alerts import Alert, DeadMan
from tradeterm.protocol.balances import Account, Balance
from tradeterm.protocol.market import Book, Candle, Print, Ticker
from tradeterm.protocol.orders import Order
from tradeterm.protocol.positions import Position
from tradeterm.protocol.times import Time
from tradeterm.protocol.trades import Trade
from tradeterm.protocol.vocabulary import EventName, TradingState
from tradeterm.protocol.wire import WireOut


class OrderPayload(WireOut):
    """The order after the fact. `timestamp` is when the event was made, and does not change when it is replayed."""

    order: Order
    """The order as it was after the fact."""
    timestamp: Time
    """When the event was made, UTC; a replay does not change it."""
    reject_reason: str | None = None
    """Of `order:amend_rejected`: why the amend was refused, as a code such as `MARKET_PAUSED`; the order is as it was."""
    reject_text: str | None = None
    """The same in one sentence for people."""


class PositionPayload(WireOut):
    """The position after the fact."""

    position: Position
    """The position as it was after the fact."""
    timestamp: Time
    """When the event was made, UTC; a replay does not change it."""


class TradePayload(WireOut):
    """An execution."""

    trade: Trade
    """The execution, as its owner sees it."""
    timestamp: Time
    """When the event was made, UTC; a replay does not change it."""


class BalancePayload(WireOut):
    """A balance after the fact."""

    balance: Balance
    """The balance as it was after the fact."""
    timestamp: Time
    """When the event was made, UTC; a replay does not change it."""
    reason: str | None = None
    """What moved it last: `trade` (its fee included), `liquidation`, `funding`, `deposit`, `withdrawal`, `reset`,
    `insurance`; `order` where only what orders reserve has changed; absent where the terms of the account have."""
    cause_id: str | None = None
    """The id of the trade, of the transfer, or of the order."""


class AccountPayload(WireOut):
    """The account after the fact."""

    account: Account
    """The account as it was after the fact."""
    timestamp: Time
    """When the event was made, UTC; a replay does not change it."""


class TradingStateChange(WireOut):
    """What the account may do from now on, and what made it so."""

    state: TradingState
    """`active`, `reducing` or `halted`."""
    reason: str | None = None
    """What made it so."""


class TradingStatePayload(WireOut):
    """The account may trade, only reduce, or is halted."""

    trading: TradingStateChange
    """The new state, and why."""
    timestamp: Time
    """When the event was made, UTC; a replay does not change it."""


class AlertPayload(WireOut):
    """An alert was set, rang, or was taken away."""

    alert: Alert
    """The alert after the fact."""
    timestamp: Time
    """When the event was made, UTC; a replay does not change it."""


class DeadManPayload(WireOut):
    """Nothing was heard for too long: the entries were cancelled, and the switch is off."""

    dead_man: DeadMan
    """How long the silence was, and what it cancelled."""
    timestamp: Time
    """When the event was made, UTC; a replay does not change it."""


class TickerPayload(WireOut):
    """The newest ticker of a market."""

    ticker: Ticker
    """The market at a glance."""
    timestamp: Time
    """When the event was made, UTC; a replay does not change it."""


class BookPayload(WireOut):
    """A state or a change of a book."""

    book: Book
    """A snapshot or a delta."""
    timestamp: Time
    """When the event was made, UTC; a replay does not change it."""


class PrintPayload(WireOut):
    """A trade on the tape."""

    trade: Print
    """The print, or several merged ones."""
    timestamp: Time
    """When the event was made, UTC; a replay does not change it."""


class CandlePayload(WireOut):
    """A candle that moved or closed."""

    candle: Candle
    """The candle as it is now."""
    timestamp: Time
    """When the event was made, UTC; a replay does not change it."""


_BY_NOUN: Final[dict[str, type[WireOut]]] = {
    "order": OrderPayload,
    "position": PositionPayload,
    "trade": TradePayload,
    "balance": BalancePayload,
    "account": AccountPayload,
    "trading": TradingStatePayload,
    "alert": AlertPayload,
    "dead_man": DeadManPayload,
}
EVENTS: Final[dict[str, type[WireOut]]] = {name.value: _BY_NOUN[name.value.partition(":")[0]] for name in EventName}
MARKET_EVENTS: Final[dict[str, type[WireOut]]] = {
    "ticker": TickerPayload,
    "book": BookPayload,
    "trade": PrintPayload,
    "candle": CandlePayload,
}
