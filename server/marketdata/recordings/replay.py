"""Plays a recording through the paper venue: at its own speed, faster, or as fast as it goes; pausing; once or for ever.

Recorded trades go through the queue at their price, with a modest book invented round them (`ladder`). Of recorded
quotes the touch is shown; whatever the touch loses at a price counts as traded there, because a file of quotes tells
no trades and without them nobody who rests would ever fill.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import cast

from server.domain.markets import Market
from server.marketdata.book_mirror import Mirror
from server.marketdata.candles import Candles
from server.marketdata.invented_book import InventedBook
from server.marketdata.recordings.layouts import LayoutKind
from server.marketdata.recordings.recording import Recording
from server.marketdata.recordings.rows import QuoteRow, TradeRow
from server.ports import FlowStep, Request
from tradeterm.protocol.vocabulary import Side

GRAIN_S = 0.02  # what falls within this time goes in one step
LARGEST_STEP = 200  # requests
PAUSE_S = 0.05
HOLE_S = 3_600.0
# A step without anything in it: after so many rows, or so many seconds, in which nothing changes. Others want the loop too.
QUIET_ROWS, QUIET_S = 5_000, 60.0


class RecordedFeed:
    """ports.Feed of one market. `speed` 1 is real time, 10 ten times as fast, None as fast as it goes.

    It plays from `begin` (seconds since 1970) on; what comes before is the past.
    """

    def __init__(
        self,
        recording: Recording,
        market: Market,
        speed: float | None = 1.0,
        loop: bool = False,
        begin: float = 0.0,
    ) -> None:
        """Raises ValueError where the recording has nothing at `begin` or later."""
        self._recording, self._market, self._begin = recording, market, begin
        self._coming = recording.since(begin) if begin else None
        if begin and self._coming is None:
            raise ValueError("the recording has nothing from that time on")
        self._speed, self._loop = speed, loop
        self._mirror = Mirror(market)
        self._ladder, self._touch = InventedBook(market, self._mirror), SeenTouch(self._mirror)
        self.is_paused = False

    def opening(self) -> Mapping[str, Decimal]:
        return {self._market.symbol: self._recording.opening}

    def past(self, symbol: str, candles: Candles, now: int, price: Decimal | None) -> Decimal | None:
        """The trades before the beginning, moved in time so that they end now."""
        if symbol != self._market.symbol:
            return price
        if not self._begin or self._recording.kind is not LayoutKind.TRADES:
            candles.advance_from(self._recording.opening, now)
            return self._recording.opening
        shift, last = now - int(self._begin), self._recording.opening
        for time, _, traded, quantity in self._recording.trades():
            if time >= self._begin:
                break
            candles.trade(traded, quantity, int(time) + shift)
            last = traded
        candles.advance(now)
        return last

    def state(self, symbol: str) -> bytes:
        """A recording begins anew at each start."""
        return b""

    def pause(self) -> None:
        self.is_paused = True

    def resume(self) -> None:
        self.is_paused = False

    def steps(self) -> Iterator[tuple[float, FlowStep]]:
        """(seconds to wait, what happens) to the end of the file, or for ever."""
        while True:
            empty = True
            for wait, step in self._once():
                empty = False
                while self.is_paused:
                    yield PAUSE_S, FlowStep()
                yield wait, step
            if empty or not self._loop:
                return
            yield PAUSE_S, FlowStep()  # a file of one row would leave nobody else any time

    def _once(self) -> Iterator[tuple[float, FlowStep]]:
        """The file once: what changes within one grain is one step, at the time of the first of it.

        Time passes from row to row, also where a row changes nothing; a hole in the file takes none.
        """
        grain = GRAIN_S * self._speed if self._speed else float("inf")
        requests: list[Request] = []
        played = at = passed = 0.0  # seconds of the file: of the last step, of the one that is gathered, of this row
        before: float | None = None
        quiet = 0
        for time, made in self._moves():
            passed += 0.0 if before is None or time is None else _apart(before, time)
            before = time
            quiet = 0 if made else quiet + 1
            if requests and (passed - at >= grain or len(requests) >= LARGEST_STEP or quiet >= QUIET_ROWS):
                yield self._wait(at - played), FlowStep(requests)
                played, requests = at, []
            if quiet >= QUIET_ROWS or (quiet and not requests and self._wait(passed - played) >= QUIET_S):
                yield max(PAUSE_S, self._wait(passed - played)), FlowStep()
                played, quiet = passed, 0
            if made and not requests:
                at = passed
            requests += made
        if requests:
            yield self._wait(at - played), FlowStep(requests)

    def _wait(self, seconds: float) -> float:
        return seconds / self._speed if self._speed else 0.0

    def _moves(self) -> Iterator[tuple[float | None, list[Request]]]:
        """(when, what changes) row by row; no time for a row before the beginning."""
        rows, self._coming = self._coming or self._rows(), None
        if self._recording.kind is LayoutKind.TRADES:
            for time, taker, price, quantity in cast(Iterator[TradeRow], rows):
                yield (None, []) if time < self._begin else (time, self._ladder.trade(taker, price, quantity))
        else:
            for time, bid, bid_size, ask, ask_size in cast(Iterator[QuoteRow], rows):
                yield (None, []) if time < self._begin else (time, self._touch.quote(bid, bid_size, ask, ask_size))

    def _rows(self) -> Iterator[TradeRow | QuoteRow]:
        return self._recording.trades() if self._recording.kind is LayoutKind.TRADES else self._recording.quotes()


def _apart(before: float, time: float) -> float:
    """The seconds between two rows. What is longer than any market's silence is a hole, where files were joined or a
    machine was off: nobody waits for it, nor for a piece that lies further back."""
    return time - before if 0 <= time - before <= HOLE_S else 0.0


class SeenTouch:
    """Recorded best bid and ask in a mirror."""

    def __init__(self, mirror: Mirror) -> None:
        self._mirror = mirror
        self._last: dict[Side, tuple[Decimal, Decimal]] = {}

    def quote(self, bid: Decimal, bid_size: Decimal, ask: Decimal, ask_size: Decimal) -> list[Request]:
        """The touch is this now. First what it lost trades, then both sides stand where they are."""
        now = {Side.BUY: (bid, bid_size), Side.SELL: (ask, ask_size)}
        requests: list[Request] = []
        for side, (price, size) in now.items():
            lost = self._lost(side, price, size)
            if lost > 0:
                requests += self._mirror.trade(side.opposite, self._last[side][0], lost)
        for side, (price, size) in now.items():
            requests += self._mirror.best(side, price, size)
        self._last = now
        return requests

    def _lost(self, side: Side, price: Decimal, size: Decimal) -> Decimal:
        """What is gone of the touch since the last quote: a part at the same price, all when the price fell back."""
        if side not in self._last:
            return Decimal(0)
        last_price, last_size = self._last[side]
        if price == last_price:
            return last_size - size
        return last_size if (price - last_price) * side.sign < 0 else Decimal(0)
