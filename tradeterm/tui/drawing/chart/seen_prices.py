"""The last prices that were seen, as one-second candles: what the chart shows while the server has no candles."""

from collections import deque
from datetime import datetime
from decimal import Decimal

from tradeterm.protocol.market import Candle, Ticker

LENGTH = 300


class SeenPrices:
    """Of one symbol at a time; another symbol starts anew."""

    def __init__(self) -> None:
        self._symbol = ""
        self._candles: deque[Candle] = deque(maxlen=LENGTH)

    def see(self, ticker: Ticker) -> None:
        if ticker.symbol != self._symbol:
            self._symbol = ticker.symbol
            self._candles.clear()
        if ticker.last is not None:
            self._add(ticker.last, ticker.time.replace(microsecond=0))

    def candles(self, symbol: str) -> list[Candle]:
        return list(self._candles) if symbol == self._symbol else []

    def _add(self, last: Decimal, second: datetime) -> None:
        newest = self._candles[-1] if self._candles else None
        if newest is not None and second <= newest.time:
            grown = {"high": max(newest.high, last), "low": min(newest.low, last), "close": last}
            self._candles[-1] = newest.model_copy(update=grown)
            return
        before = last if newest is None else newest.close
        self._candles.append(
            Candle(
                symbol=self._symbol,
                interval="1s",
                time=second,
                open=before,
                high=max(before, last),
                low=min(before, last),
                close=last,
                volume=Decimal(0),
                trades=0,
                closed=False,
            )
        )
