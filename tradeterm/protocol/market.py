"""Markets and market data on the wire."""

from typing import Annotated, Literal

from pydantic import Field

from tradeterm.protocol.money import Money
from tradeterm.protocol.times import Time
from tradeterm.protocol.vocabulary import MarketState, Side
from tradeterm.protocol.wire import WireOut

INTERVALS = {"1s": 1, "1m": 60, "5m": 300, "15m": 900, "1h": 3600, "1d": 86400}  # name → seconds
BOOK_LEVELS = 20
Symbol = Annotated[str, Field(min_length=1, max_length=32)]
Level = Annotated[tuple[Money, Money], Field(description="price, quantity")]


class Market(WireOut):
    """A market and its terms."""

    symbol: Symbol
    """The market, such as `BTC/USD`."""
    base: str
    """The asset that is traded."""
    quote: str
    """The asset that it is priced in."""
    tick: Money
    """The step of prices, in the quote currency."""
    lot: Money
    """The step of quantities, in the base currency."""
    min_quantity: Money
    """The smallest order, in the base currency."""
    min_notional: Money
    """The smallest value of an order, in the quote currency."""
    price_decimals: int
    """How many decimals a price is written with."""
    maker_fee: Money
    """The fee of who rested, as a fraction: `0.001` is 0.1 %."""
    taker_fee: Money
    """The fee of who took, as a fraction."""
    state: MarketState
    """Whether orders are taken."""


class Ticker(WireOut):
    """The market at a glance; None where nothing is known yet. `mark` is what margin is computed with."""

    symbol: str
    """The market, such as `BTC/USD`."""
    bid: Money | None = None
    """The best bid, in the quote currency."""
    bid_size: Money | None = None
    """The quantity at the best bid, in the base currency."""
    ask: Money | None = None
    """The best ask, in the quote currency."""
    ask_size: Money | None = None
    """The quantity at the best ask, in the base currency."""
    last: Money | None = None
    """The price of the last trade, in the quote currency."""
    mark: Money | None = None
    """The price that margin is computed with: the last trade, kept between bid and ask. In the quote currency."""
    change_24h: Money | None = Field(default=None, alias="change24h")
    """The change of the last price in 24 hours, in the quote currency."""
    change_percent_24h: Money | None = Field(default=None, alias="changePercent24h")
    """The same in percent."""
    high_24h: Money | None = Field(default=None, alias="high24h")
    """The highest trade in 24 hours, in the quote currency."""
    low_24h: Money | None = Field(default=None, alias="low24h")
    """The lowest trade in 24 hours, in the quote currency."""
    volume_24h: Money | None = Field(default=None, alias="volume24h")
    """The quantity traded in 24 hours, in the base currency."""
    time: Time
    """When this was so, UTC."""
    stale: bool = False
    """Nothing was heard of the market for too long."""


class Book(WireOut):
    """A snapshot is the whole top of the book; a delta names the levels that changed since `prev`, quantity 0 removes."""

    symbol: str
    """The market, such as `BTC/USD`."""
    type: Literal["snapshot", "delta"]
    """`snapshot` is the whole top of the book, `delta` what changed."""
    seq: int
    """The number of this state of the book."""
    prev: int | None = None
    """The `seq` that a delta follows; another one means that some are missing."""
    bids: list[Level]
    """Price (quote currency) and quantity (base currency) of each level, best first."""
    asks: list[Level]
    """Price (quote currency) and quantity (base currency) of each level, best first."""
    time: Time
    """When this was so, UTC."""
    stale: bool = False
    """Nothing was heard of the market for too long."""
    checksum: str | None = None
    """CRC-32 of the top levels, to check a book that was kept by deltas."""


class Print(WireOut):
    """A trade on the tape; `side` is the aggressor's. Merged ones carry their number and range."""

    symbol: str
    """The market, such as `BTC/USD`."""
    id: str
    """The venue's trade id."""
    price: Money
    """In the quote currency; of merged ones the last."""
    quantity: Money
    """In the base currency; of merged ones the sum."""
    side: Side
    """The aggressor's side."""
    time: Time
    """When it happened, UTC."""
    merged: int | None = None
    """How many prints this one stands for."""
    low: Money | None = None
    """The lowest price of the merged ones, in the quote currency."""
    high: Money | None = None
    """The highest price of the merged ones, in the quote currency."""
    first_id: str | None = None
    """The trade id of the first of the merged ones."""


class Candle(WireOut):
    """One candle of one market."""

    symbol: str
    """The market, such as `BTC/USD`."""
    interval: str
    """Its length: `1s`, `1m`, `5m`, `15m`, `1h` or `1d`."""
    time: Time
    """When it opened, UTC."""
    open: Money
    """The first price, in the quote currency."""
    high: Money
    """The highest price, in the quote currency."""
    low: Money
    """The lowest price, in the quote currency."""
    close: Money
    """The last price so far, in the quote currency."""
    volume: Money
    """The quantity traded, in the base currency."""
    trades: int
    """How many trades."""
    closed: bool
    """It does not change any more."""
    seeded: bool = False
    """Invented, from before the market began."""
    hole: bool = False
    """The market was not watched for a part of it."""


class VenueStatus(WireOut):
    """Where orders trade. What follows `leverage` is a real exchange's alone."""

    venue: str
    """paper, or the name of the venue as the settings have it."""
    mode: str
    """paper, live, or test: an exchange's test money."""
    market_reach_pct: Money | None = None
    """How far past the best price a market entry goes, in percent; null: as far as the book goes."""
    leverage: Money | None = None
    """What an entry may be worth, as a multiple of what it binds, for accounts whose limits name no leverage; 1 where each pays in full."""
    weight_left: int | None = None
    """What of this minute's weight the exchange still lets through."""
    weight_limit: int | None = None
    """How much weight the exchange lets through in a minute."""
    banned_until: Time | None = None
    """UTC time until which the exchange lets nothing through."""
    stream_up: bool | None = None
    """Whether its stream of the account is up."""
    agrees: bool | None = None
    """Whether what it holds is what is known here; entries wait until it is."""
    tried: str | None = None
    """How far trading on it was tried."""
