"""Markets and market data on the wire."""

from typing import Annotated, Literal

from pydantic import Field

from tradeterm.protocol.money import Money
from tradeterm.protocol.times import Time
from tradeterm.protocol.vocabulary import MarketState, Side
from tradeterm.protocol.wire import WireOut

INTERVALS = {"1s": 1, "1m": 60, "5m": 300, "15m": 900, "1h": 3600, "1d": 86400}  # name → seconds
BOOK_LEVELS = 20
Level = Annotated[tuple[Money, Money], Field(description="price, quantity")]


class Market(WireOut):
    symbol: str
    base: str
    quote: str
    tick: Money
    lot: Money
    min_quantity: Money
    min_notional: Money
    price_decimals: int
    maker_fee: Money
    taker_fee: Money
    state: MarketState


class Ticker(WireOut):
    """The market at a glance; None where nothing is known yet. `mark` is what margin is computed with."""

    symbol: str
    bid: Money | None = None
    bid_size: Money | None = None
    ask: Money | None = None
    ask_size: Money | None = None
    last: Money | None = None
    mark: Money | None = None
    change_24h: Money | None = Field(default=None, alias="change24h")
    change_percent_24h: Money | None = Field(default=None, alias="changePercent24h")
    high_24h: Money | None = Field(default=None, alias="high24h")
    low_24h: Money | None = Field(default=None, alias="low24h")
    volume_24h: Money | None = Field(default=None, alias="volume24h")
    time: Time
    stale: bool = False


class Book(WireOut):
    """A snapshot is the whole top of the book; a delta names the levels that changed since `prev`, quantity 0 removes."""

    symbol: str
    type: Literal["snapshot", "delta"]
    seq: int
    prev: int | None = None
    bids: list[Level]
    asks: list[Level]
    time: Time
    stale: bool = False
    checksum: str | None = None


class Print(WireOut):
    """A trade on the tape; `side` is the aggressor's. Merged ones carry their number and range."""

    symbol: str
    id: str
    price: Money
    quantity: Money
    side: Side
    time: Time
    merged: int | None = None
    low: Money | None = None
    high: Money | None = None
    first_id: str | None = None


class Candle(WireOut):
    symbol: str
    interval: str
    time: Time
    open: Money
    high: Money
    low: Money
    close: Money
    volume: Money
    trades: int
    closed: bool
    seeded: bool = False
    hole: bool = False
