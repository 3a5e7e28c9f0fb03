"""The server's core says what the oracle says, byte for byte: every event, row and answer of random steps, in every
configuration. `TRADETERM_SOAK` multiplies the steps; 50 makes it half a million."""

import os
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from server.domain.commands import Command, OpenAccount
from server.domain.risk import CoreSettings
from server.gateway.commands.bodies import BadRequest
from server.marketdata.synthetic import SyntheticFeed
from server.ports import FlowStep, Place
from tests.builders import market
from tests.oracle.worlds import ORACLE, SERVER, World
from tests.server.executor.fuzz import Sender
from tests.server.executor.test_fuzz import CONFIGURATIONS, Configuration
from tradeterm.protocol.vocabulary import Side, TimeInForce

USERS = ("ann", "bob", "cat")
STEPS = 400 * int(os.environ.get("TRADETERM_SOAK", "1"))  # of each configuration
SEED = os.environ.get("TRADETERM_SEED", "1")
# Beside those that are fuzzed anyway.
MORE = (
    Configuration("as it is", {"paper_cash": Decimal(5_000), "funding_rate": Decimal("0.0001")}),
    Configuration("flatten", {"limits": {"dayLossPct": Decimal(1)}, "flatten_on_day_loss": True}),
    Configuration("dear", {"leverage": Decimal(3)}, market={"maker_fee": Decimal(0), "taker_fee": Decimal("0.00075")}),
)


@dataclass
class Walk:
    """The same random steps in both worlds."""

    configuration: Configuration
    seed: str
    flow_orders: int = 0
    steps: Iterator[tuple[float, FlowStep]] | None = None
    ids: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        one, self.chance = self.configuration, Random(f"{self.configuration.name} {self.seed}")
        terms = {"lot": Decimal("0.1"), "start_price": Decimal(sum(one.prices) // 4), **one.market}
        listed = [market(**terms), market("DOGE/USD", **terms)]
        settings = CoreSettings(**{"paper_cash": Decimal(2_000), **one.settings})
        self.server, self.oracle = (
            World(parts, settings, listed, one.latency, one.refuses) for parts in (SERVER, ORACLE)
        )
        self.sender = Sender(self.chance, USERS, one.prices)
        self._feed()

    def _feed(self) -> None:
        if self.configuration.synthetic:
            feed = SyntheticFeed(self.server.markets, self.server.paper, self.chance.randint(1, 10**6), {})
            self.steps = feed.steps()

    def both(self, act: Callable[[World], None]) -> None:
        """Have it done in both worlds, and hear the same from them."""
        act(self.oracle)
        act(self.server)
        expected, found = self.oracle.take_heard(), self.server.take_heard()
        for told, wanted in zip(found, expected, strict=False):
            assert told == wanted
        assert len(found) == len(expected)
        for row in self.server.rows.take_made():
            self.ids[row.account].append(row.id)

    def take(self, steps: int) -> None:
        for _ in range(steps):
            self.step()

    def step(self) -> None:
        self._pass(self.chance.choice((0.0, 0.01, 1.0)))
        draw = self.chance.random()
        if draw < 0.62:
            commands = self.commands(1 if draw < 0.58 else self.chance.randint(2, 6))
            self.both(lambda world: world.together(commands))
        elif draw < 0.86:
            requests = self.requests()
            self.both(lambda world: world.flow(requests))
        elif draw < 0.96:
            self._pass(self.chance.choice((0.25, 0.25, 0.25, 5, 600, 7 * 3600)))
            self.both(World.beat)
        else:
            self.rarer(draw)
        self.both(World.arrive)

    def rarer(self, draw: float) -> None:
        chance = self.chance
        if draw < 0.968:
            low, high = (Decimal(one) for one in self.configuration.prices)
            middle, wide = (low + high) / 4, (high - low) / chance.choice((2, 4, 8))
            middle += Decimal(chance.randint(-4, 4)) / 2
            symbol = chance.choice(("BTC/USD", "DOGE/USD"))
            self.both(lambda world: world.set_band(symbol, middle - wide, middle + wide))
            self.both(World.beat)
        elif draw < 0.975:
            change = timedelta(seconds=chance.choice((-3600, -1, 1, 3600, 86400)))
            for world in (self.server, self.oracle):
                world.at += change
        elif draw < 0.985:
            commands = self.commands(2)
            self.both(lambda world: world.undo(commands))
        else:
            self.both(World.start)
            self._feed()

    def _pass(self, seconds: float) -> None:
        for world in (self.server, self.oracle):
            world.advance(seconds)

    def commands(self, count: int) -> list[Command]:
        made: list[Command] = []
        for _ in range(count):
            try:
                made.append(self.sender.command(self.ids, self.server.now()))
            except BadRequest:
                continue
        return made

    def requests(self) -> list[Any]:
        if self.steps is not None:
            return [request for _ in range(5) for request in next(self.steps)[1].requests]
        chance, self.flow_orders = self.chance, self.flow_orders + 1
        price = Decimal(chance.randint(*self.configuration.prices)) / 2
        tif = chance.choice((TimeInForce.GTC, TimeInForce.IOC))
        side, symbol = chance.choice((Side.BUY, Side.SELL)), chance.choice(("BTC/USD", "DOGE/USD"))
        size = Decimal(chance.randint(1, 60)) / 10
        return [Place(f"flow-{self.flow_orders}", "", symbol, side, size, price, tif)]


@pytest.mark.parametrize("configuration", [*CONFIGURATIONS, *MORE], ids=lambda one: one.name.replace(" ", "_"))
def test_every_byte_is_the_oracle_s(configuration: Configuration) -> None:
    """Events, rows, answers, prints and books, after every step; over restarts and turns that were undone."""
    walk = Walk(configuration, SEED)
    walk.both(lambda world: world.together([OpenAccount(name) for name in USERS]))
    walk.take(STEPS)
    assert sum(1 for row in walk.server.rows.orders.values() if row.status == "filled") > STEPS / 50, "it traded"


def test_a_difference_is_heard() -> None:
    """A millionth of the fees in one world alone, and the first trade tells it."""
    walk = Walk(CONFIGURATIONS[0], SEED)
    walk.server.markets["BTC/USD"].taker_fee += Decimal("0.000001")
    with pytest.raises(AssertionError):
        walk.take(STEPS)
