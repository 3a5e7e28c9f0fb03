"""Market data to many readers, hub and board in one process, wires that only count: `python -m tests.bench marketdata`.

200 symbols, 500 subscribers of 20 symbols each, ten changes a second of every symbol. The sockets' own cost is the
server benchmark's.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from statistics import median, quantiles
from typing import Any, cast

from server.gateway.native.dialect import NATIVE
from server.gateway.streams.channels import parse_market_channel
from server.gateway.streams.epoch import Epoch
from server.gateway.streams.hub import Hub
from server.marketdata.market_board import MarketBoard
from server.marketdata.seeded_history import seed_history
from server.ports import Level, PrintReport
from tests.builders import market
from tradeterm.protocol.vocabulary import Side

SYMBOLS, READERS, EACH, RATE, SECONDS = 200, 500, 20, 10, 4


class Time:
    """A clock that the benchmark moves."""

    def __init__(self) -> None:
        self.at = datetime(2026, 1, 6, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()


class Moving:
    """`server.ports.Quotes` whose books move with a price."""

    def __init__(self, symbols: list[str]) -> None:
        self.prices = dict.fromkeys(symbols, Decimal(45_000))

    def best_bid(self, symbol: str) -> Decimal | None:
        return self.prices[symbol]

    def best_ask(self, symbol: str) -> Decimal | None:
        return self.prices[symbol] + 1

    def depth(self, symbol: str, levels: int) -> tuple[list[Level], list[Level]]:
        price, size = self.prices[symbol], Decimal("1.25")
        return [(price - n, size) for n in range(levels)], [(price + 1 + n, size) for n in range(levels)]

    def ahead(self, symbol: str, order_id: str) -> Decimal | None:
        return None


class CountingWire:
    """Takes everything."""

    address = "127.0.0.1"
    ready = True
    writes = 0
    sent = 0

    def write(self, data: bytes) -> bool:
        CountingWire.writes += 1
        CountingWire.sent += len(data)
        return True

    def send(self, message: bytes) -> None:
        self.write(message)

    def close(self, code: int, reason: str) -> None:
        """Nothing to close."""


def main() -> None:
    for kind in ("ticker", "book"):
        many_readers(kind)


def many_readers(kind: str) -> None:
    """Processor time a second of market time, and how long a value is on its way once its tick has come."""
    audience = Audience(kind)
    CountingWire.writes = CountingWire.sent = 0
    started = time.process_time()
    ages = [audience.tick(number) for number in range(SECONDS * RATE)]
    spent = (time.process_time() - started) / SECONDS
    print(
        f"{kind + 's':<8} {SYMBOLS} symbols, {READERS} readers of {EACH}, {RATE}/s: {spent:6.1%} of a core, "
        f"{CountingWire.writes / SECONDS:,.0f} writes/s, {CountingWire.sent / SECONDS / 1e6:.1f} MB/s, "
        f"a tick takes {median(ages):.1f} ms, p99 {quantiles(ages, n=100)[-1]:.1f} ms",
        flush=True,
    )


class Audience:
    """The board of all symbols, the hub on it, and everybody who reads a kind of its data."""

    def __init__(self, kind: str) -> None:
        symbols = [f"S{number:03d}/USD" for number in range(SYMBOLS)]
        self.clock, self.quotes = Time(), Moving(symbols)
        self.board = board_of(symbols, self.quotes, self.clock)
        self.soon: list[Callable[[], None]] = []
        self.hub = Hub(
            view=cast(Any, None),
            history=cast(Any, None),
            market_data=self.board,
            clock=self.clock,
            epoch=cast(Epoch, None),
            soon=self.soon.append,
        )
        chance = Random(1)
        for _ in range(READERS):
            wire = CountingWire()
            for symbol in chance.sample(symbols, EACH):
                channel = parse_market_channel(f"market:{symbol}:{kind}")
                assert channel is not None
                self.hub.join_market(channel, wire, NATIVE)

    def tick(self, number: int) -> float:
        """Milliseconds until everybody has what changed."""
        self.clock.at += timedelta(seconds=1 / RATE)
        trade_all(self.board, self.quotes, self.clock, number)
        began = time.perf_counter()
        self.board.flush(self.hub)
        for callback in self.soon:
            callback()
        self.soon.clear()
        return (time.perf_counter() - began) * 1000


def board_of(symbols: list[str], quotes: Moving, clock: Time) -> MarketBoard:
    """With a day of candles behind every symbol."""
    markets = {symbol: market(symbol) for symbol in symbols}
    board = MarketBoard(markets, quotes, clock)
    for symbol, one in markets.items():
        board.symbol(symbol).last = one.start_price
        seed_history(board.symbol(symbol).candles, one, one.start_price, int(clock.at.timestamp()), 1)
    return board


def trade_all(board: MarketBoard, quotes: Moving, clock: Time, number: int) -> None:
    prints = []
    for symbol in quotes.prices:
        quotes.prices[symbol] += 1 if number % 2 else -1
        prints.append(PrintReport(symbol, quotes.prices[symbol], Decimal("0.5"), Side.BUY, str(number)))
    board.observe(prints, quotes.prices, clock.now())


if __name__ == "__main__":
    main()
