"""Every message of the native WebSocket as a model: what a client may say, and what the server says.

They describe and check; the server writes its messages without them, and a test holds the two together.
"""

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, Field

from tradeterm.protocol.auth import AuthMessage, Hello
from tradeterm.protocol.balances import Account, Balance
from tradeterm.protocol.errors import ErrorMessage
from tradeterm.protocol.market import Book, Candle, Print, Ticker
from tradeterm.protocol.orders import AmendRequest, CloseRequest, OrderRequest, Symbol
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
    seq: Annotated[int, Field(ge=0)]


class CursorPlace(WireIn):
    """A monitor's place: the cursor of the last event that it has."""

    cursor: str


class Subscribe(WireIn):
    """Without `from` a snapshot first; with it everything after that place."""

    op: Literal["subscribe"]
    id: RequestId | None = None
    channel: ChannelName
    place: SeqPlace | CursorPlace | None = Field(default=None, alias="from")


class Unsubscribe(WireIn):
    op: Literal["unsubscribe"]
    id: RequestId | None = None
    channel: ChannelName


class Ack(WireIn):
    """What was taken of `trading`: at least every second or every 100 events."""

    op: Literal["ack"]
    channel: Literal["trading"]
    seq: int | None = None
    cursor: str | None = None


class Pong(WireIn):
    """The answer to a heartbeat."""

    op: Literal["pong"]


class CreateOrder(WireIn):
    """`POST /orders` over the socket. After `expiresAt` it is not carried out any more."""

    op: Literal["order.create"]
    id: RequestId | None = None
    data: OrderRequest
    expires_at: Time | None = None


class OrderAmend(AmendRequest):
    id: str


class AmendOrder(WireIn):
    op: Literal["order.amend"]
    id: RequestId | None = None
    data: OrderAmend
    expires_at: Time | None = None


class OrderId(WireIn):
    id: str


class CancelOrder(WireIn):
    op: Literal["order.cancel"]
    id: RequestId | None = None
    data: OrderId
    expires_at: Time | None = None


class CancelWhich(WireIn):
    symbol: Symbol | None = None
    include: Literal["entries", "all"] | None = None


class CancelAll(WireIn):
    op: Literal["orders.cancelAll"]
    id: RequestId | None = None
    data: CancelWhich = CancelWhich()
    expires_at: Time | None = None


class CloseWhich(CloseRequest):
    symbol: Symbol | None = None


class ClosePosition(WireIn):
    """One position, or all when no symbol is said."""

    op: Literal["position.close"]
    id: RequestId | None = None
    data: CloseWhich = CloseWhich()
    expires_at: Time | None = None


# ---------------------------------------------------------------- what the server says


class Subscribed(WireOut):
    """`reason` says why a resume became a snapshot. Epoch and head are there for `trading`."""

    op: Literal["subscribed"]
    id: RequestId | None = None
    channel: str
    epoch: str | None = None
    head: int | str | None = None
    mode: Literal["snapshot", "replay", "live"]
    reason: str | None = None


class Unsubscribed(WireOut):
    op: Literal["unsubscribed"]
    id: RequestId | None = None
    channel: str


class AccountState(WireOut):
    """One part of what an account has; lists are put together over the parts."""

    orders: list[WireOrder] = Field(default_factory=list)
    positions: list[Position] = Field(default_factory=list)
    balances: list[Balance] = Field(default_factory=list)
    account: Account | None = None


class TradingSnapshot(WireOut):
    """The state at `asOf` (for a monitor a cursor, and a name in `account`); the next event is its successor."""

    op: Literal["snapshot"]
    channel: Literal["trading"]
    as_of: int | str
    account: str | None = None
    part: int
    of: int
    data: AccountState


class MarketState(WireOut):
    """What the channel's kind names, as it is now."""

    ticker: Ticker | None = None
    book: Book | None = None
    trades: list[Print] | None = None
    candles: list[Candle] | None = None


class MarketSnapshot(WireOut):
    op: Literal["snapshot"]
    channel: str
    part: int
    of: int
    data: MarketState


class Event(WireOut):
    """One journaled fact. A monitor also learns whose it is, and its place among all accounts' events."""

    event: EventName
    channel: Literal["trading"]
    epoch: str
    seq: int
    account: str | None = None
    cursor: str | None = None
    replay: bool
    data: dict[str, Any]


class Told(WireOut):
    """A value that moved with the price: not journaled. Only for who stands at `asOf`."""

    event: Literal["position:updated", "account:updated"]
    channel: Literal["trading"]
    epoch: str
    as_of: int
    data: dict[str, Any]


class MarketEvent(WireOut):
    """`merged` says how many changes this one stands for, where the reader was slow."""

    event: Literal["ticker", "book", "trade", "candle"]
    channel: str
    merged: int | None = None
    data: dict[str, Any]


class Live(WireOut):
    """The reader has everything now; what follows happens now."""

    op: Literal["live"]
    channel: str
    seq: int | None = None
    cursor: str | None = None


class Heartbeat(WireOut):
    """`heads` says how far this socket was written to: who has less has lost something."""

    op: Literal["heartbeat"]
    time: Time
    heads: dict[str, int | str]


class Result(WireOut):
    """A command was carried out; `seq` is the account's head after it."""

    op: Literal["result"]
    id: RequestId | None = None
    ok: Literal[True]
    data: Any
    seq: int


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
