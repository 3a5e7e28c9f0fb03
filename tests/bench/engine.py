"""The executor in one process: the core alone, durable with its journal, and whether its cost is flat."""

import gc
import tempfile
import time
from collections.abc import Callable
from decimal import Decimal, localcontext
from itertools import count

from server.clock_and_ids import SystemClock, Uuid7Ids
from server.domain.commands import AmendOrder, CancelOrder, CreateOrder, OpenAccount, OrderTerms
from server.domain.risk import CoreSettings
from server.executor import turn
from server.executor.core import Core
from server.ports import Batch, Place
from server.serving import GC_THRESHOLD
from server.storage.database import open_database
from server.venues.paper import PaperVenue
from tests.builders import market
from tradeterm.protocol.arithmetic import MONEY
from tradeterm.protocol.vocabulary import OrderType, Side, TimeInForce

ORDERS = 20_000
GROUP = 500
RESTING = (100, 100_000)
ACCOUNTS = (1, 10_000)
RICH = CoreSettings(paper_cash=Decimal(10**12), liquidation=False)


class Engine:
    """A core between two deep prices, so that every market order fills at once."""

    def __init__(self, accounts: int = 50, commit: Callable[[Batch], None] = lambda batch: None) -> None:
        self.commit = commit
        markets = {"BTC/USD": market()}
        self.venue = PaperVenue(markets)
        self.core = Core(RICH, markets, self.venue, Uuid7Ids(), lambda account, client_id: None)
        self.clock = SystemClock()
        self.names = [f"u{number}" for number in range(accounts)]
        self._numbers = count()
        for name in self.names:
            self.do(OpenAccount(name))
        for side, price in ((Side.SELL, "45000.5"), (Side.BUY, "45000.0")):
            deep = Place(f"deep-{side}", "", "BTC/USD", side, Decimal(10**9), Decimal(price), TimeInForce.GTC)
            turn.take_flow(self.core, self.venue, [deep], self.clock.now())
        self.end_turn()
        # As the server does when it is ready.
        gc.collect()
        gc.freeze()
        gc.set_threshold(*GC_THRESHOLD)

    def do(self, command: CreateOrder | OpenAccount | CancelOrder | AmendOrder) -> None:
        with localcontext(MONEY):
            turn.take_command(self.core, self.venue, command, self.clock.now())

    def end_turn(self) -> None:
        with localcontext(MONEY):
            self.core.settle()
            self.commit(self.core.take_batch()[0])

    def market_order(self) -> CreateOrder:
        number = next(self._numbers)
        side = Side.BUY if number // len(self.names) % 2 == 0 else Side.SELL
        terms = OrderTerms("BTC/USD", side, OrderType.MARKET, Decimal("0.01"))
        return CreateOrder(self.names[number % len(self.names)], terms, "")

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
        for command in commands[start : start + GROUP]:
            engine.do(command)
        engine.end_turn()
    return orders / (time.perf_counter() - began)


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
            engine.do(command)
            engine.end_turn()
            lone.append(time.perf_counter() - began)
        database.close()
    return rate, sorted(lone)[len(lone) // 2]


def resting(orders: int) -> float:
    """Seconds of placing, amending and cancelling one order with so many others open."""
    engine = Engine()
    for number in range(orders):
        engine.do(engine.limit_order())
        if number % GROUP == 0:
            engine.end_turn()
    ids = list(engine.core.ledger.orders)[:: max(1, orders // 100)][:100]
    began = time.perf_counter()
    for order_id in ids:
        account = engine.core.ledger.orders[order_id].account
        engine.do(engine.limit_order())
        engine.do(AmendOrder(account, order_id, quantity=Decimal("0.0005")))
        engine.do(CancelOrder(account, order_id))
    return (time.perf_counter() - began) / len(ids)


def main() -> None:
    alone = saturate(Engine())
    print(f"core with encoding, no journal      {alone:10,.0f} market orders/s")
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
