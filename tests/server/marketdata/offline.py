"""The synthetic market as fast as it goes: feed and paper venue, no clock, no server."""

import math
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal, localcontext
from itertools import pairwise

from server.domain.markets import Market
from server.marketdata.markets import default_markets
from server.marketdata.synthetic import SyntheticFeed
from server.ports import Cancel, FillReport, Place, PrintReport, Report
from server.venues.paper import PaperVenue
from tradeterm.protocol.arithmetic import MONEY
from tradeterm.protocol.vocabulary import Side, TimeInForce

BTC = "BTC/USD"


def listed(count: int) -> dict[str, Market]:
    markets = default_markets(Decimal("0.001"), Decimal("0.0026"))[:count]
    return {market.symbol: market for market in markets}


class Offline:
    """A market that runs by simulated seconds. `prints` are those of the last advance, `fills` a user's until taken."""

    def __init__(self, markets: Mapping[str, Market], seed: int, saved: Mapping[str, bytes] | None = None) -> None:
        self.markets, self.now = markets, 0.0
        self.venue = PaperVenue(markets)
        self.feed = SyntheticFeed(markets, self.venue, seed, saved)
        self.prints: list[PrintReport] = []
        self.fills: list[FillReport] = []
        self._steps = self.feed.steps()

    def states(self) -> dict[str, bytes]:
        """What each market goes on from."""
        return {symbol: self.feed.state(symbol) for symbol in self.markets}

    def advance(self, seconds: float) -> None:
        """Let that much time pass."""
        self.prints = []
        until = self.now + seconds
        with localcontext(MONEY):
            while self.now < until:
                wait, step = next(self._steps)
                self.now += wait
                for request in step.requests:
                    self._keep(self.venue.execute(request))

    def order(
        self, order_id: str, side: Side, quantity: Decimal, price: Decimal | None = None, account: str = "ann"
    ) -> list[Report]:
        """A user's order: a limit when a price is given, else what the market gives at once."""
        force = TimeInForce.IOC if price is None else TimeInForce.GTC
        with localcontext(MONEY):
            reports = list(self.venue.execute(Place(order_id, account, BTC, side, quantity, price, force)))
        self._keep(reports)
        return reports

    def cancel(self, order_id: str) -> None:
        list(self.venue.execute(Cancel(order_id, BTC)))

    def _keep(self, reports: Iterable[Report]) -> None:
        for report in reports:
            if type(report) is PrintReport:
                self.prints.append(report)
            elif type(report) is FillReport and report.account:
                self.fills.append(report)

    def middle(self, symbol: str = BTC) -> float:
        bid, ask = self.venue.best_bid(symbol), self.venue.best_ask(symbol)
        assert bid is not None
        assert ask is not None
        assert bid < ask, "crossed"
        return float(bid + ask) / 2

    def spread_ticks(self, symbol: str = BTC) -> int:
        bid, ask = self.venue.best_bid(symbol), self.venue.best_ask(symbol)
        assert bid is not None
        assert ask is not None
        return int((ask - bid) / self.markets[symbol].tick)

    def cost_bp(self, quantity: Decimal) -> float:
        """What a market buy of `quantity` would pay over the middle on average, in basis points."""
        left, paid = quantity, Decimal(0)
        for price, size in self.venue.depth(BTC, 1000)[1]:
            taken = min(left, size)
            left, paid = left - taken, paid + taken * price
        return math.inf if left else (float(paid / quantity) / self.middle() - 1) * 10_000


def autocorrelation(values: list[float], lag: int) -> float:
    mean = sum(values) / len(values)
    apart = [value - mean for value in values]
    return sum(a * b for a, b in zip(apart, apart[lag:], strict=False)) / sum(value * value for value in apart)


def kurtosis(values: list[float]) -> float:
    square = sum(value**2 for value in values) / len(values)
    return sum(value**4 for value in values) / len(values) / square**2


def returns(middles: list[float], step: int = 1) -> list[float]:
    kept = middles[::step]
    return [math.log(after / before) for before, after in pairwise(kept)]


def seconds(market: Offline, count: int) -> Iterator[int]:
    for number in range(count):
        market.advance(1)
        yield number
