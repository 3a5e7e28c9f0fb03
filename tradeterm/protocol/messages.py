"""Every message of the native WebSocket as a model: what a client may say, and what the server says.

They describe and check; the server writes its messages without them, and a test holds the two together.
"""

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, Field

from tradeterm.protocol.alerts import AlertRequest, DeadManRequest
from tradeterm.protocol.auth import AuthMessage, Hello
from tradeterm.protocol.balances import Account, Balance
from tradeterm.protocol.errors import ErrorMessage
from tradeterm.protocol.market import Book, Candle, Print, Symbol, Ticker
from tradeterm.protocol.orders import AmendRequest, CloseRequest, OrderRequest
from tradeterm.protocol.orders import Order as WireOrder
from tradeterm.protocol.positions import Position
from tradeterm.protocol.times import Time
from tradeterm.protocol.vocabulary import EventName
from tradeterm.protocol.wire import WireIn, WireOut

RequestId = int | Annotated[str, Field(max_length=64)]
ChannelName = Annotated[str, Field(min_length=1, max_length=128, examples=["trading", "market:BTC/USD:ticker"])]

# ---------------------------------------------------------------- what a client says


class SeqPlace(WireIn):
    """The last event that one has, in the history that it belongs to."""

    epoch: str
    """The history that the seq belongs to, as `subscribed` said it."""
    seq: Annotated[int, Field(ge=0)]
    """The last event that one has; 0 for none."""


class CursorPlace(WireIn):
    """A monitor's place: the cursor of the last event that it has."""

    cursor: str
    """As the last event carried it."""


class Subscribe(WireIn):
    """Without `from` a snapshot first; with it everything after that place."""

    op: Literal["subscribe"]
    """Which message this is."""
    id: RequestId | None = None
    """Chosen by the client; the answer carries it."""
    channel: ChannelName
    """The channel, such as `trading` or `market:BTC/USD:book`."""
    place: SeqPlace | CursorPlace | None = Field(default=None, alias="from")
    """The last event that one has; absent for a snapshot."""


class Unsubscribe(WireIn):
    """Read a channel no longer."""

    op: Literal["unsubscribe"]
    """Which message this is."""
    id: RequestId | None = None
    """Chosen by the client; the answer carries it."""
    channel: ChannelName
    """The channel, such as `trading` or `market:BTC/USD:book`."""


class Ack(WireIn):
    """What was taken of `trading`: at least every second or every 100 events."""

    op: Literal["ack"]
    """Which message this is."""
    channel: Literal["trading"]
    """The channel, such as `trading` or `market:BTC/USD:book`."""
    seq: int | None = None
    """The last event that was taken."""
    cursor: str | None = None
    """For a monitor: the opaque place among all accounts' events."""


class Pong(WireIn):
    """The answer to a heartbeat."""

    op: Literal["pong"]
    """Which message this is."""


class CreateOrder(WireIn):
    """`POST /orders` over the socket. After `expiresAt` it is not carried out any more."""

    op: Literal["order.create"]
    """Which message this is."""
    id: RequestId | None = None
    """Chosen by the client; the answer carries it."""
    data: OrderRequest
    """The order, as in `POST /orders`."""
    expires_at: Time | None = None
    """Past this time the command is not carried out any more and is answered `EXPIRED`. UTC."""


class OrderAmend(AmendRequest):
    """Which order gets which new totals."""

    id: str
    """The order's id."""


class AmendOrder(WireIn):
    """`PATCH /orders/{id}` over the socket."""

    op: Literal["order.amend"]
    """Which message this is."""
    id: RequestId | None = None
    """Chosen by the client; the answer carries it."""
    data: OrderAmend
    """The order's id and its new totals."""
    expires_at: Time | None = None
    """Past this time the command is not carried out any more and is answered `EXPIRED`. UTC."""


class OrderId(WireIn):
    """Which order."""

    id: str
    """The order's id."""


class CancelOrder(WireIn):
    """`DELETE /orders/{id}` over the socket."""

    op: Literal["order.cancel"]
    """Which message this is."""
    id: RequestId | None = None
    """Chosen by the client; the answer carries it."""
    data: OrderId
    """Which order."""
    expires_at: Time | None = None
    """Past this time the command is not carried out any more and is answered `EXPIRED`. UTC."""


class CancelWhich(WireIn):
    """Which orders to cancel."""

    symbol: Symbol | None = None
    """Of this market alone; absent for all."""
    include: Literal["entries", "all"] | None = None
    """`entries` keeps what protects positions, `all` does not."""


class CancelAll(WireIn):
    """`DELETE /orders` over the socket."""

    op: Literal["orders.cancelAll"]
    """Which message this is."""
    id: RequestId | None = None
    """Chosen by the client; the answer carries it."""
    data: CancelWhich = CancelWhich()
    """Which orders."""
    expires_at: Time | None = None
    """Past this time the command is not carried out any more and is answered `EXPIRED`. UTC."""


class CloseWhich(CloseRequest):
    """Which position to close."""

    symbol: Symbol | None = None
    """The market; absent closes all positions."""


class ClosePosition(WireIn):
    """One position, or all when no symbol is said."""

    op: Literal["position.close"]
    """Which message this is."""
    id: RequestId | None = None
    """Chosen by the client; the answer carries it."""
    data: CloseWhich = CloseWhich()
    """Which position."""
    expires_at: Time | None = None
    """Past this time the command is not carried out any more and is answered `EXPIRED`. UTC."""


class CreateAlert(WireIn):
    """`POST /alerts` over the socket."""

    op: Literal["alert.create"]
    """Which message this is."""
    id: RequestId | None = None
    """Chosen by the client; the answer carries it."""
    data: AlertRequest
    """Which price to be told of."""
    expires_at: Time | None = None
    """Past this time the command is not carried out any more and is answered `EXPIRED`. UTC."""


class AlertId(WireIn):
    """Which alert."""

    id: str
    """The alert's id."""


class DeleteAlert(WireIn):
    """`DELETE /alerts/{id}` over the socket."""

    op: Literal["alert.delete"]
    """Which message this is."""
    id: RequestId | None = None
    """Chosen by the client; the answer carries it."""
    data: AlertId
    """Which alert."""
    expires_at: Time | None = None
    """Past this time the command is not carried out any more and is answered `EXPIRED`. UTC."""


class SetDeadMan(WireIn):
    """`PUT /dead-man` over the socket."""

    op: Literal["deadMan.set"]
    """Which message this is."""
    id: RequestId | None = None
    """Chosen by the client; the answer carries it."""
    data: DeadManRequest
    """How long silence is taken."""
    expires_at: Time | None = None
    """Past this time the command is not carried out any more and is answered `EXPIRED`. UTC."""


# ---------------------------------------------------------------- what the server says


class Subscribed(WireOut):
    """`reason` says why a resume became a snapshot. Epoch and head are there for `trading`."""

    op: Literal["subscribed"]
    """Which message this is."""
    id: RequestId | None = None
    """Chosen by the client; the answer carries it."""
    channel: str
    """The channel, such as `trading` or `market:BTC/USD:book`."""
    epoch: str | None = None
    """The history that seqs belong to; another one means that yours are void."""
    head: int | str | None = None
    """The newest event there is: a seq, for a monitor a cursor."""
    mode: Literal["snapshot", "replay", "live"]
    """What comes first: a `snapshot`, a `replay` of what was missed, or nothing (`live`)."""
    reason: str | None = None
    """Why a resume became a snapshot."""


class Unsubscribed(WireOut):
    """The channel is read no longer."""

    op: Literal["unsubscribed"]
    """Which message this is."""
    id: RequestId | None = None
    """Chosen by the client; the answer carries it."""
    channel: str
    """The channel, such as `trading` or `market:BTC/USD:book`."""


class AccountState(WireOut):
    """One part of what an account has; lists are put together over the parts."""

    orders: list[WireOrder] = Field(default_factory=list)
    """The open orders."""
    positions: list[Position] = Field(default_factory=list)
    """The open positions."""
    balances: list[Balance] = Field(default_factory=list)
    """The balances; never there for a monitor."""
    account: Account | None = None
    """The account at a glance, in the first part; never there for a monitor."""


class TradingSnapshot(WireOut):
    """The state at `asOf` (for a monitor a cursor, and a name in `account`); the next event is its successor."""

    op: Literal["snapshot"]
    """Which message this is."""
    channel: Literal["trading"]
    """The channel, such as `trading` or `market:BTC/USD:book`."""
    as_of: int | str
    """The head that it was taken at: a seq, for a monitor a cursor."""
    account: str | None = None
    """For a monitor: whose it is."""
    part: int
    """Which part this is, from 1."""
    of: int
    """How many parts there are."""
    data: AccountState
    """A part of the state."""


class MarketContents(WireOut):
    """What the channel's kind names, as it is now."""

    ticker: Ticker | None = None
    """The market at a glance."""
    book: Book | None = None
    """The top of the book."""
    trades: list[Print] | None = None
    """The newest prints, newest first."""
    candles: list[Candle] | None = None
    """The newest candles, oldest first."""


class MarketSnapshot(WireOut):
    """Where a new reader of a market channel begins."""

    op: Literal["snapshot"]
    """Which message this is."""
    channel: str
    """The channel, such as `trading` or `market:BTC/USD:book`."""
    part: int
    """Always 1."""
    of: int
    """Always 1."""
    data: MarketContents
    """What the channel's kind names."""


class TradingEvent(WireOut):
    """One journaled fact. A monitor also learns whose it is, and its place among all accounts' events."""

    event: EventName
    """What happened."""
    channel: Literal["trading"]
    """The channel, such as `trading` or `market:BTC/USD:book`."""
    epoch: str
    """The history that `seq` belongs to."""
    seq: int
    """The event's number in its account: from 1, without gaps."""
    account: str | None = None
    """For a monitor: whose it is."""
    cursor: str | None = None
    """For a monitor: the opaque place among all accounts' events."""
    replay: bool
    """It happened before the reader was live."""
    data: dict[str, Any]
    """The payload of the event, as AsyncAPI lists it by name."""


class Told(WireOut):
    """A value that moved with the price: not journaled. Only for who stands at `asOf`."""

    event: Literal["position:updated", "account:updated"]
    """What moved."""
    channel: Literal["trading"]
    """The channel, such as `trading` or `market:BTC/USD:book`."""
    epoch: str
    """The history that `asOf` belongs to."""
    as_of: int
    """The head that the value was computed at; ignore it when yours is another."""
    data: dict[str, Any]
    """The payload of the event."""


class MarketEvent(WireOut):
    """`merged` says how many changes this one stands for, where the reader was slow."""

    event: Literal["ticker", "book", "trade", "candle"]
    """What changed."""
    channel: str
    """The channel, such as `trading` or `market:BTC/USD:book`."""
    merged: int | None = None
    """How many changes this one stands for, where the reader was slow."""
    data: dict[str, Any]
    """The payload of the event."""


class Live(WireOut):
    """The reader has everything now; what follows happens now."""

    op: Literal["live"]
    """Which message this is."""
    channel: str
    """The channel, such as `trading` or `market:BTC/USD:book`."""
    seq: int | None = None
    """The last event that was written."""
    cursor: str | None = None
    """For a monitor: the opaque place among all accounts' events."""


class Heartbeat(WireOut):
    """`heads` says how far this socket was written to: who has less has lost something."""

    op: Literal["heartbeat"]
    """Which message this is."""
    time: Time
    """The server's time, UTC."""
    heads: dict[str, int | str]
    """How far each stream was written to this socket: a seq, for a monitor a cursor."""


class Result(WireOut):
    """A command was carried out; `seq` is the account's head after it."""

    op: Literal["result"]
    """Which message this is."""
    id: RequestId | None = None
    """Chosen by the client; the answer carries it."""
    ok: Literal[True]
    """Always true; a refusal is an `error`."""
    data: Any
    """What REST would have answered."""
    seq: int
    """The account's head after the command."""


CLIENT_MESSAGES: Final[tuple[type[BaseModel], ...]] = (
    AuthMessage,
    Subscribe,
    Unsubscribe,
    Ack,
    Pong,
    CreateOrder,
    AmendOrder,
    CancelOrder,
    CancelAll,
    ClosePosition,
    CreateAlert,
    DeleteAlert,
    SetDeadMan,
)
SERVER_MESSAGES: Final[dict[str, type[BaseModel]]] = {
    "hello": Hello,
    "subscribed": Subscribed,
    "unsubscribed": Unsubscribed,
    "live": Live,
    "heartbeat": Heartbeat,
    "result": Result,
    "error": ErrorMessage,
}
