"""What everybody may see of the markets: tickers, books, the tape and candles, fed by what really traded.

Live events are made once a tick and once for all readers, and only of channels that somebody watches; what a slow
reader misses is the gateway's matter. Nothing here is journaled.
"""

import zlib
from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import orjson

from server.domain.markets import Market
from server.marketdata.candles import Candle, Candles
from server.ports import Clock, Level, MarketReader, PrintReport, Quotes
from tradeterm.protocol.arithmetic import HUNDRED, ZERO, divide
from tradeterm.protocol.market import BOOK_LEVELS
from tradeterm.protocol.money import percent_text, price_text, quantity_text
from tradeterm.protocol.times import time_text

TAPE = 500
CHECKSUM_EVERY = 10
CHECKSUM_LEVELS = 10
CANDLE_EVERY = 5  # of the board's ticks: candles move half as often as they could be read
MINUTES_A_DAY = 1440


class Shown:
    """One symbol as the readers of its book know it."""

    def __init__(self) -> None:
        self.seq = 0
        self.bids: dict[Decimal, Decimal] = {}
        self.asks: dict[Decimal, Decimal] = {}


class SymbolBoard:
    """All that is known of one symbol."""

    def __init__(self, market: Market) -> None:
        self.market = market
        self.last: Decimal | None = None
        self.tape: deque[bytes] = deque(maxlen=TAPE)
        self.fresh: list[bytes] = []
        self.candles = Candles()
        self.shown = Shown()
        self.moved = True
        self.stale = False
        self.at: datetime | None = None


class Board:
    """ports.MarketSink for the runner, ports.MarketData for the gateway; `flush` is called ten times a second."""

    def __init__(self, markets: Mapping[str, Market], quotes: Quotes, clock: Clock) -> None:
        self._symbols = {symbol: SymbolBoard(market) for symbol, market in markets.items()}
        self._quotes, self._clock = quotes, clock
        self._watched: Counter[str] = Counter()
        self._reader: MarketReader | None = None
        self._ticks = 0
        self._closed_sent: dict[str, int] = {}

    def tell(self, reader: MarketReader) -> None:
        """Send live events to `reader` from now on."""
        self._reader = reader

    def symbol(self, symbol: str) -> SymbolBoard:
        return self._symbols[symbol]

    # ------------------------------------------------------------ what happens

    def observe(self, prints: Sequence[PrintReport], touched: Iterable[str], at: datetime) -> None:
        second = int(at.timestamp())
        for one in prints:
            board = self._symbols[one.symbol]
            board.last = one.price
            board.candles.trade(one.price, one.quantity, second)
            encoded = _print(one, board.market, at)
            board.tape.append(encoded)
            if self._watched[f"market:{one.symbol}:trades"]:
                board.fresh.append(encoded)
        for symbol in touched:
            board = self._symbols[symbol]
            board.moved, board.at = True, at

    def set_stale(self, symbol: str, stale: bool) -> None:
        """The feed of a symbol fell silent, or is back: both are shown."""
        board = self._symbols[symbol]
        if board.stale != stale:
            board.stale, board.moved = stale, True

    def flush(self) -> None:
        """Send what changed to whoever watches."""
        self._ticks += 1
        now = self._clock.now()
        second = int(now.timestamp())
        for symbol, board in self._symbols.items():
            board.candles.advance(second)
            if self._reader is not None:
                self._flush_symbol(symbol, board, now)

    def _flush_symbol(self, symbol: str, board: SymbolBoard, now: datetime) -> None:
        for encoded in board.fresh:
            self._send(f"market:{symbol}:trades", "trade", symbol, encoded, now)
        board.fresh.clear()
        if board.moved:
            board.moved = False
            if self._watched[f"market:{symbol}:ticker"]:
                self._send(f"market:{symbol}:ticker", "ticker", symbol, self.ticker(symbol), now)
            if self._watched[f"market:{symbol}:book"]:
                self._flush_book(symbol, board, now)
        if self._ticks % CANDLE_EVERY == 0:
            for interval in board.candles.series:
                channel = f"market:{symbol}:candles:{interval}"
                if self._watched[channel]:
                    self._flush_candles(channel, board, interval, now)

    def _flush_book(self, symbol: str, board: SymbolBoard, now: datetime) -> None:
        bids, asks = self._quotes.depth(symbol, BOOK_LEVELS)
        shown = board.shown
        changed = _changed(shown.bids, bids), _changed(shown.asks, asks)
        if not changed[0] and not changed[1]:
            return
        shown.seq += 1
        shown.bids, shown.asks = dict(bids), dict(asks)
        value = _book(board, "delta", shown.seq, shown.seq - 1, changed[0], changed[1], board.at or now)
        if shown.seq % CHECKSUM_EVERY == 0:
            value["checksum"] = _checksum(board.market, bids, asks)
        self._send(f"market:{symbol}:book", "book", symbol, orjson.dumps(value), now)

    def _flush_candles(self, channel: str, board: SymbolBoard, interval: str, now: datetime) -> None:
        running = board.candles.now(interval)
        if running is None:
            return
        sent = self._closed_sent.get(channel, running.time)
        for candle in reversed(list(_newer(board.candles.series[interval].closed, sent))):
            self._send(channel, "candle", interval, _candle(candle, board.market, interval, closed=True), now)
        self._closed_sent[channel] = running.time
        self._send(channel, "candle", interval, _candle(running, board.market, interval, closed=False), now)

    def _send(self, channel: str, event: str, key: str, value: bytes, now: datetime) -> None:
        assert self._reader is not None
        self._reader.market_event(channel, event, key, _payload(event, value, now))

    # ------------------------------------------------------------ who watches

    def watch(self, channel: str) -> None:
        self._watched[channel] += 1
        symbol, kind = _parts(channel)
        if kind == "book" and self._watched[channel] == 1:
            # Nobody kept up with this book: what its readers are shown begins here.
            bids, asks = self._quotes.depth(symbol, BOOK_LEVELS)
            shown = self._symbols[symbol].shown
            shown.seq += 1
            shown.bids, shown.asks = dict(bids), dict(asks)

    def unwatch(self, channel: str) -> None:
        self._watched[channel] -= 1
        if self._watched[channel] <= 0:
            del self._watched[channel]
            self._closed_sent.pop(channel, None)

    def snapshot(self, channel: str) -> list[bytes]:
        """Payloads that bring a new reader of a watched channel to where its live events go on."""
        symbol, kind = _parts(channel)
        board, now = self._symbols[symbol], self._clock.now()
        match kind:
            case "ticker":
                return [_payload("ticker", self.ticker(symbol), now)]
            case "book":
                shown = board.shown
                bids, asks = sorted(shown.bids.items(), reverse=True), sorted(shown.asks.items())
                value = _book(board, "snapshot", shown.seq, None, bids, asks, board.at or now)
                return [_payload("book", orjson.dumps(value), now)]
            case "trades":
                return [_payload("trade", encoded, now) for encoded in board.tape]
        interval = channel.rsplit(":", 1)[1]
        running = board.candles.now(interval)
        if running is None:
            return []
        return [_payload("candle", _candle(running, board.market, interval, closed=False), now)]

    # ------------------------------------------------------------ what REST asks for

    def ticker(self, symbol: str) -> bytes:
        board, decimals = self._symbols[symbol], self._symbols[symbol].market.price_decimals
        bids, asks = self._quotes.depth(symbol, 1)
        last = board.last
        wire: dict[str, Any] = {
            "symbol": symbol,
            "bid": price_text(bids[0][0], decimals) if bids else None,
            "bidSize": quantity_text(bids[0][1]) if bids else None,
            "ask": price_text(asks[0][0], decimals) if asks else None,
            "askSize": quantity_text(asks[0][1]) if asks else None,
            "last": None if last is None else price_text(last, decimals),
            "mark": None,
            **_day(board, decimals),
            "time": time_text(board.at or self._clock.now()),
            "stale": board.stale,
        }
        if last is not None:
            mark = max(last, bids[0][0]) if bids else last
            wire["mark"] = price_text(min(mark, asks[0][0]) if asks else mark, decimals)
        return orjson.dumps(wire)

    def book(self, symbol: str, depth: int) -> bytes:
        board = self._symbols[symbol]
        bids, asks = self._quotes.depth(symbol, depth)
        return orjson.dumps(_book(board, "snapshot", board.shown.seq, None, bids, asks, board.at or self._clock.now()))

    def trades(self, symbol: str, limit: int) -> list[bytes]:
        """Newest first."""
        return list(reversed(self._symbols[symbol].tape))[:limit]

    def candles(self, symbol: str, interval: str, limit: int) -> list[bytes]:
        """Oldest first; the last one is still running."""
        board = self._symbols[symbol]
        found = board.candles.last(interval, limit)
        running = board.candles.series[interval].running
        return [
            _candle(one, board.market, interval, closed=running is None or one.time != running.time) for one in found
        ]


def _parts(channel: str) -> tuple[str, str]:
    parts = channel.split(":")
    return parts[1], parts[2]


def _payload(event: str, value: bytes, now: datetime) -> bytes:
    return b'{"%b":%b,"timestamp":"%b"}' % (event.encode(), value, time_text(now).encode())


def _print(one: PrintReport, market: Market, at: datetime) -> bytes:
    return orjson.dumps(
        {
            "symbol": one.symbol,
            "id": one.venue_trade_id,
            "price": price_text(one.price, market.price_decimals),
            "quantity": quantity_text(one.quantity),
            "side": one.side,
            "time": time_text(at),
        }
    )


def _candle(candle: Candle, market: Market, interval: str, *, closed: bool) -> bytes:
    decimals = market.price_decimals
    wire: dict[str, Any] = {
        "symbol": market.symbol,
        "interval": interval,
        "time": time_text(datetime.fromtimestamp(candle.time, UTC)),
        "open": price_text(candle.open, decimals),
        "high": price_text(candle.high, decimals),
        "low": price_text(candle.low, decimals),
        "close": price_text(candle.close, decimals),
        "volume": quantity_text(candle.volume),
        "trades": candle.trades,
        "closed": closed,
    }
    if candle.seeded:
        wire["seeded"] = True
    if candle.hole:
        wire["hole"] = True
    return orjson.dumps(wire)


def _book(
    board: SymbolBoard,
    kind: str,
    seq: int,
    prev: int | None,
    bids: Sequence[Level],
    asks: Sequence[Level],
    at: datetime,
) -> dict[str, Any]:
    decimals = board.market.price_decimals
    return {
        "symbol": board.market.symbol,
        "type": kind,
        "seq": seq,
        "prev": prev,
        "bids": [[price_text(price, decimals), quantity_text(size)] for price, size in bids],
        "asks": [[price_text(price, decimals), quantity_text(size)] for price, size in asks],
        "time": time_text(at),
        "stale": board.stale,
    }


def _changed(shown: dict[Decimal, Decimal], levels: Sequence[Level]) -> list[Level]:
    now = dict(levels)
    changed = [(price, size) for price, size in levels if shown.get(price) != size]
    return changed + [(price, ZERO) for price in shown if price not in now]


def _checksum(market: Market, bids: Sequence[Level], asks: Sequence[Level]) -> str:
    levels = [*bids[:CHECKSUM_LEVELS], *asks[:CHECKSUM_LEVELS]]
    text = "|".join(f"{price_text(price, market.price_decimals)}:{quantity_text(size)}" for price, size in levels)
    return str(zlib.crc32(text.encode()))


def _newer(closed: Iterable[Candle], since: int) -> Iterable[Candle]:
    for candle in reversed(list(closed)):
        if candle.time < since:
            return
        yield candle


def _day(board: SymbolBoard, decimals: int) -> dict[str, str | None]:
    """The last 24 hours, from minutes."""
    names = ("change24h", "changePercent24h", "high24h", "low24h", "volume24h")
    minutes = board.candles.last("1m", MINUTES_A_DAY)
    if not minutes or board.last is None:
        return dict.fromkeys(names)
    change = board.last - minutes[0].open
    return {
        "change24h": price_text(change, decimals),
        "changePercent24h": percent_text(divide(change * HUNDRED, minutes[0].open)),
        "high24h": price_text(max(one.high for one in minutes), decimals),
        "low24h": price_text(min(one.low for one in minutes), decimals),
        "volume24h": quantity_text(sum((one.volume for one in minutes), ZERO)),
    }
