"""The synthetic market is no money machine: what simple robots earn in it, after fees, is nothing at two sigma.

Each robot trades alone for half an hour; `TRADETERM_SOAK` multiplies that (1440 makes it thirty days).
"""

import os
from collections import deque
from collections.abc import Callable
from decimal import Decimal
from itertools import count
from statistics import mean, stdev

import pytest

from tests.server.marketdata.offline import BTC, Offline, listed
from tradeterm.protocol.vocabulary import Liquidity, Side

SOAK = float(os.environ.get("TRADETERM_SOAK", "1"))
MINUTES = max(5, int(30 * SOAK))
TICK = Decimal("0.5")
BUY, SELL = Side.BUY, Side.SELL


class Robot:
    """A trader with an account of his own, who may act once a second."""

    def __init__(self, market: Offline) -> None:
        self.market = market
        self.cash, self.held = Decimal(0), Decimal(0)
        self.resting: list[str] = []
        self._numbers = count(1)

    # ------------------------------------------------------------ what robots do

    def take(self, side: Side, quantity: Decimal) -> None:
        self.market.order(self._id(), side, quantity)

    def rest(self, side: Side, quantity: Decimal, price: Decimal) -> None:
        self.resting.append(self._id())
        self.market.order(self.resting[-1], side, quantity, price)

    def withdraw(self) -> None:
        for order_id in self.resting:
            self.market.cancel(order_id)
        self.resting.clear()

    def hold(self, wanted: Decimal) -> None:
        """Trade at market to that position."""
        apart = wanted - self.held
        if apart:
            self.take(BUY if apart > 0 else SELL, abs(apart))

    def touch(self) -> tuple[Decimal, Decimal]:
        bid, ask = self.market.venue.best_bid(BTC), self.market.venue.best_ask(BTC)
        assert bid is not None
        assert ask is not None
        return bid, ask

    # ------------------------------------------------------------ the account

    def book(self) -> None:
        """Take in what was filled, at the market's fees."""
        terms = self.market.markets[BTC]
        for fill in self.market.fills:
            value = fill.price * fill.quantity
            rate = terms.maker_fee if fill.liquidity is Liquidity.MAKER else terms.taker_fee
            self.cash -= value * fill.side.sign + value * rate
            self.held += fill.quantity * fill.side.sign
        self.market.fills.clear()

    def equity(self) -> float:
        return float(self.cash) + float(self.held) * self.market.middle()

    def _id(self) -> str:
        return f"robot-{next(self._numbers)}"


Act = Callable[[Robot, int, deque[float]], None]


def quoting(improve: Decimal) -> Act:
    """Quotes both sides at the touch, or a tick better, with a bounded stock."""

    def act(robot: Robot, second: int, middles: deque[float]) -> None:
        robot.withdraw()
        bid, ask = robot.touch()
        better = improve if ask - bid > 2 * improve else Decimal(0)
        if robot.held < 1:
            robot.rest(BUY, Decimal("0.1"), bid + better)
        if robot.held > -1:
            robot.rest(SELL, Decimal("0.1"), ask - better)

    return act


def following(sign: int) -> Act:
    """Every ten seconds with the last ten seconds' move, or against it."""

    def act(robot: Robot, second: int, middles: deque[float]) -> None:
        if second % 10 == 0 and len(middles) > 10:
            move = middles[-1] - middles[-11]
            robot.hold(Decimal("0.2") * (sign if move > 0 else -sign if move < 0 else 0))

    return act


def sweep(robot: Robot, second: int, middles: deque[float]) -> None:
    """Buys through the book, waits for the others to follow, and sells."""
    if second % 20 == 0:
        robot.take(BUY, Decimal(20))
    elif second % 20 == 5:
        robot.hold(Decimal(0))


def stop_hunt(robot: Robot, second: int, middles: deque[float]) -> None:
    """Sells the price down, collects below with patience, and flattens."""
    if second % 30 == 0:
        bid, _ = robot.touch()
        robot.take(SELL, Decimal(15))
        for step in range(1, 6):
            robot.rest(BUY, Decimal(3), bid - step * 10 * TICK)
    elif second % 30 == 20:
        robot.withdraw()
        robot.hold(Decimal(0))


def grid(robot: Robot, second: int, middles: deque[float]) -> None:
    """Rests buys below and sells above at fixed distances, renewed every half minute."""
    if second % 30 == 0:
        robot.withdraw()
        bid, ask = robot.touch()
        for step in range(1, 6):
            robot.rest(BUY, Decimal("0.1"), bid - step * 6 * TICK)
            robot.rest(SELL, Decimal("0.1"), ask + step * 6 * TICK)


ROBOTS: dict[str, Act] = {
    "join the touch": quoting(Decimal(0)),
    "improve by a tick": quoting(TICK),
    "momentum": following(1),
    "reversal": following(-1),
    "sweep": sweep,
    "stop hunt": stop_hunt,
    "grid": grid,
}


def earned_by_minute(act: Act, seed: int) -> tuple[list[float], int]:
    """What a robot's account gained, minute by minute, and how often it was filled."""
    market = Offline(listed(1), seed)
    market.advance(30)
    robot, middles, fills = Robot(market), deque[float](maxlen=60), 0
    gained, before = [], 0.0
    for second in range(MINUTES * 60):
        market.advance(1)
        middles.append(market.middle())
        act(robot, second, middles)
        fills += len(market.fills)
        robot.book()
        if second % 60 == 59:
            gained.append(robot.equity() - before)
            before = robot.equity()
    return gained, fills


@pytest.mark.slow
@pytest.mark.timeout(0 if SOAK > 1 else 60)
@pytest.mark.parametrize("name", ROBOTS)
def test_a_simple_robot_earns_nothing(name: str) -> None:
    """Its mean gain a minute, after fees, is not above zero by two standard errors; and it did trade."""
    gained, fills = earned_by_minute(ROBOTS[name], seed=11)
    assert fills > MINUTES
    assert mean(gained) <= 2 * stdev(gained) / len(gained) ** 0.5
