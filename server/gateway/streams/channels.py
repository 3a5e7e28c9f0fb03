"""Names of channels: what a client may write, parsed strictly. Whether it may read one is decided in `session`."""

from dataclasses import dataclass
from enum import StrEnum

from tradeterm.protocol.market import INTERVALS

TRADING = "trading"


class MarketKind(StrEnum):
    TICKER = "ticker"
    BOOK = "book"
    TRADES = "trades"
    CANDLES = "candles"


@dataclass(frozen=True, slots=True)
class MarketChannel:
    """`market:{symbol}:{kind}`, for candles with `:{interval}`."""

    name: str
    symbol: str
    kind: MarketKind
    interval: str = ""


def parse_market_channel(name: str) -> MarketChannel | None:
    """The market channel of exactly that name; None when it is none. The symbol is not looked up."""
    match name.split(":"):
        case ["market", symbol, ("ticker" | "book" | "trades") as kind]:
            return MarketChannel(name, symbol, MarketKind(kind))
        case ["market", symbol, "candles", interval] if interval in INTERVALS:
            return MarketChannel(name, symbol, MarketKind.CANDLES, interval)
        case _:
            return None
