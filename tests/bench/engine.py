"""The executor in one process: the core alone, beside the slow and clear one of the tests, durable with its journal, and
whether its cost is flat."""

import gc
import tempfile
import time
from collections.abc import Callable, Iterable
from decimal import Decimal, localcontext
from itertools import count
from typing import Any

import tests.oracle.venues.paper
from server.clock_and_ids import SystemClock, Uuid7Ids
from server.domain.commands import AmendOrder, CancelOrder, CreateOrder, OpenAccount, OrderTerms
from server.domain.risk import CoreSettings
from server.ports import Place
from server.serving import GC_THRESHOLD
from server.storage.database import open_database
from server.venues.paper import PaperVenue
from tests.builders import market
from tests.oracle.worlds import ORACLE, SERVER, Parts
from tradeterm.protocol.arithmetic import MONEY
from tradeterm.protocol.vocabulary import OrderType, Side, TimeInForce

ORDERS = 10_000
ROUNDS = 5
GROUP = 50
RESTING = (100, 100_000)
ACCOUNTS = (1, 10_000)
RICH = CoreSettings(paper_cash=Decimal(10**12), liquidation=False)


class Engine:
    """A core between two deep prices, so that every market order fills at once."""

    def __init__(
        self,
        accounts: int = 50,
        commit: Callable[[Any], None] = lambda batch: None,
        parts: Parts = SERVER,
        venue: Callable[[Any], Any] = PaperVenue,
    ) -> None:
        self.commit, self.parts = commit, parts
        markets = {"BTC/USD": parts.own(market())}
        self.venue = venue(markets)
        self.core = parts.core.Core(parts.own(RICH), markets, self.venue, Uuid7Ids(), lambda account, client_id: None)
        self.clock = SystemClock()
        self.names = [f"u{number}" for number in range(accounts)]
        self._numbers = count()
        self.turn(parts.own(OpenAccount(name)) for name in self.names)
        for side, price in ((Side.SELL, "45000.5"), (Side.BUY, "45000.0")):
            deep = Place(f"deep-{side}", "", "BTC/USD", side, Decimal(10**9), Decimal(price), TimeInForce.GTC)
            parts.turn.take_flow(self.core, self.venue, [parts.own(deep)], self.clock.now())
        self.turn([])
        # As the server does when it is ready.
        gc.collect()
        gc.freeze()
        gc.set_threshold(*GC_THRESHOLD)

    def turn(self, commands: Iterable[Any]) -> None:
        """Commands that came together: they have one moment and one commit, as in the server."""
        now, take = self.clock.now(), self.parts.turn.take_command
        with localcontext(MONEY):
            for command in commands:
                take(self.core, self.venue, command, now)
            self.core.settle()
            batch, _ = self.core.take_batch()
        self.commit(batch)
        self.core.keep()
        self.venue.keep()

    def market_order(self) -> Any:
        """A command in the core's own types."""
        number = next(self._numbers)
        side = Side.BUY if number // len(self.names) % 2 == 0 else Side.SELL
        terms = OrderTerms("BTC/USD", side, OrderType.MARKET, Decimal("0.01"))
        return self.parts.own(CreateOrder(self.names[number % len(self.names)], terms, ""))

    def limit_order(self) -> CreateOrder:
        number = next(self._numbers)
        price = Decimal(44_000) - Decimal(number % 2_000) / 2
        terms = OrderTerms("BTC/USD", Side.BUY, OrderType.LIMIT, Decimal("0.001"), price)
        return CreateOrder(self.names[number % len(self.names)], terms, "")


def saturate(engine: Engine, orders: int = ORDERS) -> float:
    """Orders a second, a commit every GROUP orders."""
    commands = [engine.market_order() for _ in range(orders)]
    began = time.perf_counter()
    for start in range(0, orders, GROUP):
        engine.turn(commands[start : start + GROUP])
    return orders / (time.perf_counter() - began)


def beside_oracle() -> tuple[float, float]:
    """Orders/s of the server's core and of the slow and clear one, in turns, the best of each."""
    server, oracle = Engine(), Engine(parts=ORACLE, venue=tests.oracle.venues.paper.PaperVenue)
    rates = [(saturate(server, ORDERS // ROUNDS), saturate(oracle, ORDERS // ROUNDS)) for _ in range(ROUNDS)]
    return max(one for one, _ in rates), max(one for _, one in rates)


def durable() -> tuple[float, float]:
    """(orders/s in groups, seconds of one lone order) with every commit synced to disk."""
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(f"sqlite:///{folder}/bench.db", "paper")
        engine = Engine(commit=database.journal.commit)
        rate = saturate(engine)
        lone = []
        for _ in range(300):
            command = engine.market_order()
            began = time.perf_counter()
            engine.turn([command])
            lone.append(time.perf_counter() - began)
        database.close()
    return rate, sorted(lone)[len(lone) // 2]


def resting(orders: int) -> float:
    """Seconds of placing, amending and cancelling one order with so many others open."""
    engine = Engine()
    for start in range(0, orders, GROUP):
        engine.turn(engine.limit_order() for _ in range(start, min(orders, start + GROUP)))
    ids = list(engine.core.ledger.orders)[:: max(1, orders // 100)][:100]
    began = time.perf_counter()
    for order_id in ids:
        account = engine.core.ledger.orders[order_id].account
        amend, cancel = AmendOrder(account, order_id, quantity=Decimal("0.0005")), CancelOrder(account, order_id)
        engine.turn([engine.limit_order(), amend, cancel])
    return (time.perf_counter() - began) / len(ids)


def main() -> None:
    alone, oracle = beside_oracle()
    print(f"core with encoding, no journal      {alone:10,.0f} market orders/s, groups of {GROUP}")
    print(f"the slow and clear core of the tests{oracle:10,.0f} market orders/s, x{alone / oracle:.2f}")
    rate, lone = durable()
    print(f"core and journal, durable, groups   {rate:10,.0f} market orders/s")
    print(f"one lone order, durable, p50        {lone * 1e3:10.2f} ms")
    few, many = (resting(number) for number in RESTING)
    print(
        f"place+amend+cancel, {RESTING[0]:,} / {RESTING[1]:,} resting: {few * 1e6:.0f} / {many * 1e6:.0f} µs, x{many / few:.2f}"
    )
    one, thousands = (saturate(Engine(number), ORDERS) for number in ACCOUNTS)
    print(
        f"market orders, {ACCOUNTS[0]} / {ACCOUNTS[1]:,} accounts: {one:,.0f} / {thousands:,.0f} a second, x{one / thousands:.2f}"
    )


if __name__ == "__main__":
    main()
