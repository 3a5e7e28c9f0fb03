"""A console on which everything moves, ten times a second, in whatever terminal it is started: `python -m …moving`."""

import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from random import Random

from tests.tradeterm.tui.desks import LABEL, FakeDesk, busy_desk, depth, position
from tradeterm.protocol.market import Print
from tradeterm.protocol.vocabulary import PositionSide, Side
from tradeterm.tui.app import TradeApp
from tradeterm.tui.desk.port import EVERYTHING, DeskDepth, Dirty, EventLine
from tradeterm.tui.desk.valuation import marked
from tradeterm.tui.orders.intent import Clocks
from tradeterm.tui.young_garbage import look_at_the_young_alone

D = Decimal


class MovingDesk(FakeDesk):
    """Each time it is asked what changed, all of it has: prices, books, tape, candles, positions, the account."""

    def take_dirty(self) -> Dirty:
        at, chance = datetime.now(UTC), self.__dict__.setdefault("chance", Random(7))
        self.line = self.line.__class__(self.line.state, newest=at, delay=timedelta(milliseconds=chance.randrange(9)))
        for symbol, old in self.tickers.items():
            last = (old.last or D(1)) + chance.choice((-3, -1, 1, 3)) * self.markets()[symbol].tick
            quotes = {"bid": last, "ask": last + self.markets()[symbol].tick, "last": last, "time": at}
            self.tickers[symbol] = old.model_copy(update=quotes)
        self._move_market(at, chance)
        self.held = [marked(one, self.tickers[one.symbol].last) for one in self.held]
        if self.money is not None:
            profit = sum((one.unrealized_pnl for one in self.held), D(0))
            self.money = self.money.model_copy(update={"equity": D(100_000) + profit, "unrealized_pnl": profit})
        return EVERYTHING

    def _move_market(self, at: datetime, chance: Random) -> None:
        last = self.tickers["BTC/USD"].last or D(0)
        book = depth(str(last), at=at)
        bids, asks = (
            [(price, size + D(chance.randrange(999)) / 1000) for price, size in side] for side in (book.bids, book.asks)
        )
        self.depths["BTC/USD"] = DeskDepth(bids, asks, at)
        numbers = self.__dict__.setdefault("numbers", count())
        taken = Print(symbol="BTC/USD", id=str(next(numbers)), price=last, quantity=D("0.5"), side=Side.BUY, time=at)
        self.tape = [taken, *self.tape][:100]
        newest = self.candle_list[-1]
        grown = {"close": last, "high": max(newest.high, last), "low": min(newest.low, last)}
        self.candle_list = [*self.candle_list[:-1], newest.model_copy(update=grown)]


def crash() -> Sequence[EventLine]:
    raise RuntimeError("this console is made to crash")


def moving_app(*, crashes: bool = False) -> TradeApp:
    desk, busy = MovingDesk(), busy_desk()
    desk.orders, desk.trades, desk.lines = busy.orders, busy.trades, busy.lines
    desk.candle_list, desk.tape = busy.candle_list, busy.tape
    symbols = ("AVAX/USD", "BTC/USD", "ETH/USD", "LINK/USD", "SOL/USD", "XRP/USD")
    desk.held = [position(symbol, PositionSide.LONG, "1.5") for symbol in symbols]
    if crashes:
        desk.events = crash  # type: ignore[method-assign]
    clocks = Clocks(lambda: datetime.now(UTC), lambda: timedelta(seconds=time.monotonic()), lambda: "0" * 32)
    return TradeApp(desk, clocks, LABEL, when_live=look_at_the_young_alone)


def main() -> None:
    """`crash` as a word makes it one that fails while it paints."""
    app = moving_app(crashes="crash" in sys.argv)
    app.run()
    sys.exit(app.return_code)


if __name__ == "__main__":
    main()
