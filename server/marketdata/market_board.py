"""What everybody may see of the markets: tickers, books, the tape and candles, fed by what really traded.

Live events are made once a tick and once for all readers, and only of channels that somebody watches; what a slow
reader misses is the gateway's matter. Nothing here is journaled.
"""

from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

import orjson

from server.domain.markets import Market
from server.marketdata import payloads
from server.marketdata.candles import Candle, Candles
from server.marketdata.rolling_24h import Day
from server.ports import Clock, Level, MarketReader, PrintReport, Quotes
from tradeterm.protocol.market import BOOK_LEVELS

TAPE = 500
CHECKSUM_EVERY = 10
CORRECTION_S = 5
AT_ONCE = 8  # commits, or prints of one, that are taken in together: in a row they cost a third
CANDLE_EVERY = 5  # of the board's ticks: candles move half as often as they could be read


class ShownBook:
    """A symbol's book as its readers know it. Deltas and snapshots are made of this alone, so that they always agree."""

    __slots__ = ("asks", "at", "bids", "seq", "stale")

    def __init__(self) -> None:
        self.seq = 0
        self.bids: list[Level] = []
        self.asks: list[Level] = []
        self.at: datetime | None = None
        self.stale = False


class SymbolBoard:
    """All that is known of one symbol, and what of it is watched."""

    def __init__(self, market: Market) -> None:
        self.market = market
        self.last: Decimal | None = None
        self.tape: deque[tuple[PrintReport, datetime]] = deque(maxlen=TAPE)
        self.untold: list[tuple[PrintReport, datetime]] = []  # what the tape's readers have yet to hear
        self.candles = Candles()
        self.day = Day(self.candles)
        self.shown = ShownBook()
        self.moved = True
        self.stale = False
        self.at: datetime | None = None
        self.watched: set[str] = set()  # ticker, book, trades, candles:1m …
        self.closed_told: dict[str, int] = {}  # by interval, from which candle on closings are still to be told


class MarketBoard:
    """ports.MarketSink for the runner, ports.MarketData for the gateway; `flush` is called ten times a second."""

    def __init__(self, markets: Mapping[str, Market], quotes: Quotes, clock: Clock) -> None:
        self._symbols = {symbol: SymbolBoard(market) for symbol, market in markets.items()}
        self._quotes, self._clock = quotes, clock
        self._observed: list[tuple[Sequence[PrintReport], Iterable[str], datetime]] = []  # and not taken in
        self._watchers: Counter[str] = Counter()
        self._ticks = 0

    def symbol(self, symbol: str) -> SymbolBoard:
        """As it is now."""
        self._take_in()
        return self._symbols[symbol]

    def symbols(self) -> Iterable[str]:
        return self._symbols

    # ------------------------------------------------------------ what happens

    def observe(self, prints: Sequence[PrintReport], touched: Iterable[str], at: datetime) -> None:
        """Nobody who traded waits until it is taken in: that is done before anybody looks."""
        self._observed.append((prints, touched, at))
        if len(self._observed) >= AT_ONCE or len(prints) >= AT_ONCE:
            self._take_in()

    def _take_in(self) -> None:
        if self._observed:
            observed, self._observed = self._observed, []
            for one in observed:
                self._take_in_one(*one)

    def _take_in_one(self, prints: Sequence[PrintReport], touched: Iterable[str], at: datetime) -> None:
        second = int(at.timestamp())
        for one in prints:
            board = self._symbols[one.symbol]
            board.last = one.price
            _put_right(board.candles, second)
            board.candles.trade(one.price, one.quantity, second)
            board.tape.append((one, at))
            if "trades" in board.watched:
                board.untold.append((one, at))
        for symbol in touched:
            board = self._symbols[symbol]
            board.moved, board.at = True, at

    def set_stale(self, symbol: str, stale: bool) -> None:
        """The feed of a symbol fell silent, or is back: both are shown."""
        board = self._symbols[symbol]
        if board.stale != stale:
            board.stale, board.moved = stale, True

    # ------------------------------------------------------------ what is sent

    def flush(self, reader: MarketReader) -> None:
        """Send what changed, of what is watched, to `reader`."""
        self._take_in()
        self._ticks += 1
        now = self._clock.now()
        second = int(now.timestamp())
        for board in self._symbols.values():
            _put_right(board.candles, second)
            board.candles.advance(second)
            if board.watched:
                self._flush_symbol(reader, board, now)

    def _flush_symbol(self, reader: MarketReader, board: SymbolBoard, now: datetime) -> None:
        symbol, watched = board.market.symbol, board.watched
        if board.untold:
            self._flush_tape(reader, board, now)
        if board.moved:
            board.moved = False
            if "ticker" in watched:
                encoded = self.ticker(symbol)
                reader.market_event(
                    f"market:{symbol}:ticker", "ticker", symbol, payloads.payload("ticker", encoded, now)
                )
            if "book" in watched:
                self._flush_book(reader, board, now)
        if self._ticks % CANDLE_EVERY == 0 and board.closed_told:
            for interval in board.closed_told:
                self._flush_candles(reader, board, interval, now)

    def _flush_tape(self, reader: MarketReader, board: SymbolBoard, now: datetime) -> None:
        """Print by print; in a flood the older ones as one range, which says how many it stands for."""
        untold, board.untold = board.untold, []
        symbol, market = board.market.symbol, board.market
        encoded = [payloads.print_bytes(one, market, at) for one, at in untold[-TAPE:]]
        if len(untold) > TAPE:
            encoded.insert(0, payloads.range_bytes(untold[:-TAPE], market))
        for one in encoded:
            reader.market_event(f"market:{symbol}:trades", "trade", symbol, payloads.payload("trade", one, now))

    def _flush_book(self, reader: MarketReader, board: SymbolBoard, now: datetime) -> None:
        symbol, was = board.market.symbol, board.shown
        old_bids, old_asks, was_stale = was.bids, was.asks, was.stale
        self._look(board, now)
        bids, asks = (
            payloads.changed_levels(dict(old_bids), was.bids),
            payloads.changed_levels(dict(old_asks), was.asks),
        )
        if not bids and not asks and was_stale == was.stale:
            return
        was.seq += 1
        value = payloads.book_wire(
            board.market, bids, asks, seq=was.seq, prev=was.seq - 1, at=board.at or now, stale=was.stale
        )
        if was.seq % CHECKSUM_EVERY == 0:
            value["checksum"] = payloads.checksum(board.market, was.bids, was.asks)
        encoded = orjson.dumps(value)
        reader.market_event(f"market:{symbol}:book", "book", symbol, payloads.payload("book", encoded, now))

    def _look(self, board: SymbolBoard, now: datetime) -> None:
        """What is shown of a book is what it is now."""
        board.shown.bids, board.shown.asks = self._quotes.depth(board.market.symbol, BOOK_LEVELS)
        board.shown.at, board.shown.stale = board.at or now, board.stale

    def _flush_candles(self, reader: MarketReader, board: SymbolBoard, interval: str, now: datetime) -> None:
        running = board.candles.now(interval)
        if running is None:
            return
        for candle in _closed_since(board.candles, interval, board.closed_told[interval]):
            self._send_candle(reader, board, interval, candle, now, closed=True)
        board.closed_told[interval] = running.time
        self._send_candle(reader, board, interval, running, now, closed=False)

    def _send_candle(
        self, reader: MarketReader, board: SymbolBoard, interval: str, candle: Candle, now: datetime, *, closed: bool
    ) -> None:
        """Each candle is a key of its own: for a slow reader the next one does not take the place of how this one ended."""
        symbol = board.market.symbol
        encoded = payloads.candle_bytes(candle, board.market, interval, closed=closed)
        value = payloads.payload("candle", encoded, now)
        reader.market_event(f"market:{symbol}:candles:{interval}", "candle", f"{interval}:{candle.time}", value)

    # ------------------------------------------------------------ who watches

    def watched_symbols(self) -> set[str]:
        """Those of which somebody reads something now."""
        return {symbol for symbol, board in self._symbols.items() if board.watched}

    def watch(self, channel: str) -> None:
        self._watchers[channel] += 1
        if self._watchers[channel] > 1:
            return
        board, what = self._channel(channel)
        board.watched.add(what)
        if what == "book":
            # Nobody kept up with this book: what its readers are shown begins here.
            self._look(board, self._clock.now())
            board.shown.seq += 1
        elif what.startswith("candles:"):
            interval = what.removeprefix("candles:")
            running = board.candles.now(interval)
            board.closed_told[interval] = running.time if running else 0

    def unwatch(self, channel: str) -> None:
        self._watchers[channel] -= 1
        if self._watchers[channel] > 0:
            return
        del self._watchers[channel]
        board, what = self._channel(channel)
        board.watched.discard(what)
        if what == "trades":
            board.untold.clear()
        board.closed_told.pop(what.removeprefix("candles:"), None)

    def _channel(self, channel: str) -> tuple[SymbolBoard, str]:
        _, symbol, what = channel.split(":", 2)
        return self.symbol(symbol), what

    # ------------------------------------------------------------ what REST asks for, and who joins

    def ticker(self, symbol: str) -> bytes:
        board = self.symbol(symbol)
        bids, asks = self._quotes.depth(symbol, 1)
        return payloads.ticker_bytes(
            board.market,
            bids[0] if bids else None,
            asks[0] if asks else None,
            board.last,
            board.day.statistics(),
            at=board.at or self._clock.now(),
            stale=board.stale,
        )

    def book(self, symbol: str, depth: int) -> bytes:
        """While the book is watched, its top is what the readers of its deltas were told: a joiner goes on from it."""
        board = self.symbol(symbol)
        was, now = board.shown, self._clock.now()
        if "book" in board.watched and depth <= BOOK_LEVELS:
            bids, asks, at = was.bids[:depth], was.asks[:depth], was.at or now
        else:
            (bids, asks), at = self._quotes.depth(symbol, depth), board.at or now
        return orjson.dumps(
            payloads.book_wire(board.market, bids, asks, seq=was.seq, prev=None, at=at, stale=board.stale)
        )

    def trades(self, symbol: str, limit: int) -> list[bytes]:
        """Newest first. What the tape's readers are about to be told is left out, so that a joiner hears it once."""
        board = self.symbol(symbol)
        told = list(board.tape)
        if board.untold:
            del told[-len(board.untold) :]
        return [payloads.print_bytes(one, board.market, at) for one, at in reversed(told[-limit:])]

    def candles(self, symbol: str, interval: str, limit: int) -> Iterable[bytes]:
        """Oldest first; the last one is still running. Those of now, encoded as they are taken."""
        board = self.symbol(symbol)
        found = board.candles.last(interval, limit)
        running = board.candles.series[interval].running
        last = None if running is None else running.time
        return (
            payloads.candle_bytes(one, board.market, interval, closed=one.time != last)  # a candle of now
            for one in found
        )


def _put_right(candles: Candles, second: int) -> None:
    """Where the clock was set back the chart goes back with it, or it would stand still until it is as late again. The few
    seconds of a correction are not worth it."""
    if candles.is_ahead(second + CORRECTION_S):
        candles.rewind(second)


def _closed_since(candles: Candles, interval: str, since: int) -> list[Candle]:
    """Oldest first."""
    found: list[Candle] = []
    for candle in reversed(candles.series[interval].closed):
        if candle.time < since:
            break
        found.append(candle)
    found.reverse()
    return found
