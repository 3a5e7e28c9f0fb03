"""What the events carry: one payload a noun, and which event carries which. How they are sent is in `messages`."""

from typing import Final

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
    timestamp: Time
    reject_reason: str | None = None  # of `order:amend_rejected`: the order is as it was
    reject_text: str | None = None


class PositionPayload(WireOut):
    position: Position
    timestamp: Time


class TradePayload(WireOut):
    trade: Trade
    timestamp: Time


class BalancePayload(WireOut):
    balance: Balance
    timestamp: Time


class AccountPayload(WireOut):
    account: Account
    timestamp: Time


class TradingStateChange(WireOut):
    """What the account may do from now on, and what made it so."""

    state: TradingState
    reason: str | None = None


class TradingStatePayload(WireOut):
    trading: TradingStateChange
    timestamp: Time


class TickerPayload(WireOut):
    ticker: Ticker
    timestamp: Time


class BookPayload(WireOut):
    book: Book
    timestamp: Time


class PrintPayload(WireOut):
    trade: Print
    timestamp: Time


class CandlePayload(WireOut):
    candle: Candle
    timestamp: Time


_BY_NOUN: Final[dict[str, type[WireOut]]] = {
    "order": OrderPayload,
    "position": PositionPayload,
    "trade": TradePayload,
    "balance": BalancePayload,
    "account": AccountPayload,
    "trading": TradingStatePayload,
}
EVENTS: Final[dict[str, type[WireOut]]] = {name.value: _BY_NOUN[name.value.partition(":")[0]] for name in EventName}
MARKET_EVENTS: Final[dict[str, type[WireOut]]] = {
    "ticker": TickerPayload,
    "book": BookPayload,
    "trade": PrintPayload,
    "candle": CandlePayload,
}
