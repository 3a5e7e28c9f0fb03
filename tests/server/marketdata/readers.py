"""Stand-ins round the board: quotes that say what they are told to, a reader that keeps all it hears."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import orjson

from server.ports import Level, PrintReport
from tradeterm.protocol.vocabulary import Side


class ToldQuotes:
    """`server.ports.FlowQuotes` over books that a test sets, best first."""

    def __init__(self) -> None:
        self.bids: list[Level] = []
        self.asks: list[Level] = []
        self.looked = 0

    def best_bid(self, symbol: str) -> Decimal | None:
        return self.bids[0][0] if self.bids else None

    def best_ask(self, symbol: str) -> Decimal | None:
        return self.asks[0][0] if self.asks else None

    def depth(self, symbol: str, levels: int) -> tuple[list[Level], list[Level]]:
        self.looked += 1
        return self.bids[:levels], self.asks[:levels]

    def ahead(self, symbol: str, order_id: str) -> Decimal | None:
        return None

    def users_hold(self, symbol: str) -> Decimal:
        return Decimal(0)


@dataclass
class Heard:
    channel: str
    event: str
    key: str
    payload: dict[str, Any]

    @property
    def value(self) -> dict[str, Any]:
        found: dict[str, Any] = self.payload[self.event]
        return found


class Listener:
    """`server.ports.MarketReader` that keeps everything."""

    def __init__(self) -> None:
        self.heard: list[Heard] = []

    def market_event(self, channel: str, event: str, key: str, data: bytes) -> None:
        self.heard.append(Heard(channel, event, key, orjson.loads(data)))

    def take(self) -> list[Heard]:
        heard, self.heard = self.heard, []
        return heard


def traded(price: str, quantity: str = "1", number: int = 1, side: Side = Side.BUY) -> PrintReport:
    return PrintReport("BTC/USD", Decimal(price), Decimal(quantity), side, str(number))
