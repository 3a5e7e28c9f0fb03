"""The synthetic market is no money machine: what robots earn in it, after fees, is nothing at two sigma.

Simple ones trade by a rule; manipulators move the price, or try to, and trade against it. Each trades alone for half an
hour; `TRADETERM_SOAK` multiplies that (1440 makes it thirty days).
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
MINUTES = max(5, int(15 * SOAK))
TICK = Decimal("0.5")
BUY, SELL = Side.BUY, Side.SELL


class Robot:
    """A trader who may act once a second, or as often as the robot is asked. Its accounts are counted as one."""

    def __init__(self, market: Offline) -> None:
        self.market = market
        self.cash, self.held = Decimal(0), Decimal(0)
        self.resting: list[str] = []
        self._numbers = count(1)

    # ------------------------------------------------------------ what robots do

    def take(self, side: Side, quantity: Decimal) -> None:
        self.market.order(self._id(), side, quantity)

    def rest(self, side: Side, quantity: Decimal, price: Decimal, account: str = "ann") -> None:
        self.resting.append(self._id())
        self.market.order(self.resting[-1], side, quantity, price, account)

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
        return float(self.cash) + (float(self.held) * self.market.middle() if self.held else 0.0)

    def _id(self) -> str:
        return f"robot-{next(self._numbers)}"


Act = Callable[[Robot, float, deque[float]], None]


def quoting(improve: Decimal) -> Act:
    """Quotes both sides at the touch, or a tick better, with a bounded stock."""

    def act(robot: Robot, second: float, middles: deque[float]) -> None:
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

    def act(robot: Robot, second: float, middles: deque[float]) -> None:
        if second % 10 == 0 and len(middles) > 10:
            move = middles[-1] - middles[-11]
            robot.hold(Decimal("0.2") * (sign if move > 0 else -sign if move < 0 else 0))

    return act


def sweep(robot: Robot, second: float, middles: deque[float]) -> None:
    """Buys through the book, waits for the others to follow, and sells."""
    if second % 20 == 0:
        robot.take(BUY, Decimal(20))
    elif second % 20 == 5:
        robot.hold(Decimal(0))


def stop_hunt(robot: Robot, second: float, middles: deque[float]) -> None:
    """Sells the price down, collects below with patience, and flattens."""
    if second % 30 == 0:
        bid, _ = robot.touch()
        robot.take(SELL, Decimal(15))
        for step in range(1, 6):
            robot.rest(BUY, Decimal(3), bid - step * 10 * TICK)
    elif second % 30 == 20:
        robot.withdraw()
        robot.hold(Decimal(0))


def grid(robot: Robot, second: float, middles: deque[float]) -> None:
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


# ---------------------------------------------------------------- manipulators

# They act every quarter of a second, in cycles after which they are flat again.
STEP_S = 0.25
GETTING_OUT_S = 30


def ramp(robot: Robot, second: float, middles: deque[float]) -> None:
    """Bids a wall ten ticks above the market, again and again, then sells what it got in small clips."""
    bid, ask = robot.market.venue.best_bid(BTC), robot.market.venue.best_ask(BTC)
    robot.withdraw()
    if second < 25:
        if ask is not None:
            robot.rest(BUY, Decimal(100), ask + 10 * TICK)
    elif second % 0.5 == 0 and robot.held > 0 and bid is not None:
        robot.take(SELL, min(robot.held, Decimal("0.75")))


def wall(robot: Robot, second: float, middles: deque[float]) -> None:
    """Buys a little, stands a wall of bids close under the offers, which lifts the book's middle, and sells above."""
    robot.withdraw()
    _, ask = robot.touch()
    if second < 5:
        robot.hold(Decimal(2))
    elif robot.held < 20:
        robot.rest(BUY, Decimal(100), ask - TICK)
    if robot.held > 0:
        robot.rest(SELL, Decimal("0.5"), ask + TICK)


def layers(robot: Robot, second: float, middles: deque[float]) -> None:
    """Twenty bids close behind the touch and a small sale; then the same the other way round."""
    if second % 1:
        return
    robot.withdraw()
    bid, ask = robot.touch()
    side = BUY if second % 60 < 30 else SELL
    for number in range(20):
        robot.rest(side, Decimal(5), (bid if side is BUY else ask) - number * TICK * side.sign)
    robot.rest(side.opposite, Decimal(1), ask if side is BUY else bid)


def spoof(robot: Robot, second: float, middles: deque[float]) -> None:
    """A large bid that nobody is to meet, gone a quarter of a second later, and a sale to whom it drew."""
    robot.withdraw()
    if robot.held < -3:
        robot.hold(Decimal(0))
    elif second % 0.5 == 0:
        bid, _ = robot.touch()
        robot.rest(BUY, Decimal(60), bid - 3 * TICK)
    else:
        robot.take(SELL, Decimal("0.2"))


def wash(robot: Robot, second: float, middles: deque[float]) -> None:
    """Two accounts print with each other far above the market, once its offers there are bought, and sell what they hold."""
    if second % 1:
        return
    robot.withdraw()
    if second < 10:
        high = robot.touch()[1] + 15 * TICK
        robot.rest(BUY, Decimal(8), high)
        robot.rest(SELL, Decimal(3), high + TICK)
        robot.rest(BUY, Decimal(3), high + TICK, account="bob")
    elif robot.held > 0:
        robot.take(SELL, min(robot.held, Decimal(1)))


def ignite(robot: Robot, second: float, middles: deque[float]) -> None:
    """A burst of buying for others to follow, offers above it for them, and out."""
    within = second % 30
    if within < 3:
        robot.take(BUY, Decimal(2))
    elif within == 3:
        _, ask = robot.touch()
        for number in range(1, 9):
            robot.rest(SELL, Decimal(3), ask + number * 2 * TICK)
    elif within == 25:
        robot.withdraw()
        robot.hold(Decimal(0))


# What it does, and the seconds that a cycle of it takes.
MANIPULATORS: dict[str, tuple[Act, int]] = {
    "ramp": (ramp, 720),
    "wall": (wall, 120),
    "layers": (layers, 120),
    "spoof and cancel": (spoof, 120),
    "wash": (wash, 120),
    "momentum ignition": (ignite, 120),
}


def flat_at_the_end(act: Act, cycle_s: int) -> Act:
    """A cycle of it, of which the last half minute is to get out: first in clips, then with all that is left."""

    def within(robot: Robot, second: float, middles: deque[float]) -> None:
        left = cycle_s - second % cycle_s
        if left > GETTING_OUT_S:
            act(robot, second % cycle_s, middles)
            return
        robot.withdraw()
        clip = Decimal(1) if left > 1 else abs(robot.held)
        robot.hold(robot.held - max(-clip, min(clip, robot.held)))

    return within


# ---------------------------------------------------------------- what they earn


def earned(act: Act, seed: int, periods: int, step_s: float = 1.0, every_s: int = 60) -> tuple[list[float], int]:
    """What a robot's account gained in each period of `every_s` seconds, and how often it was filled."""
    market = Offline(listed(1), seed)
    market.advance(30)
    robot, middles, fills = Robot(market), deque[float](maxlen=60), 0
    gained, before = [], 0.0
    for number in range(int(periods * every_s / step_s)):
        market.advance(step_s)
        if step_s == 1:
            middles.append(market.middle())
        act(robot, number * step_s, middles)
        fills += len(market.fills)
        robot.book()
        if (number + 1) * step_s % every_s == 0:
            gained.append(robot.equity() - before)
            before = robot.equity()
    return gained, fills


def assert_nothing_earned(gained: list[float]) -> None:
    """The mean is not above zero by two standard errors."""
    assert mean(gained) <= 2 * stdev(gained) / len(gained) ** 0.5


@pytest.mark.slow
@pytest.mark.no_cover  # hours of a market: traced they take minutes, and reach nothing that others do not
@pytest.mark.timeout(0 if SOAK > 1 else 300)
@pytest.mark.parametrize("name", ROBOTS)
def test_a_simple_robot_earns_nothing(name: str) -> None:
    """Its mean gain a minute, after fees, is not above zero; and it did trade."""
    gained, fills = earned(ROBOTS[name], 11, MINUTES)
    assert fills > MINUTES
    assert_nothing_earned(gained)


@pytest.mark.slow
@pytest.mark.no_cover
@pytest.mark.timeout(0 if SOAK > 1 else 300)
@pytest.mark.parametrize("name", MANIPULATORS)
def test_pushing_the_price_earns_nothing(name: str) -> None:
    """Nor is its mean gain a cycle, however it moves the book or the tape."""
    act, cycle_s = MANIPULATORS[name]
    cycles = max(3, MINUTES * 60 // cycle_s // 2)
    gained, fills = earned(flat_at_the_end(act, cycle_s), 11, cycles, STEP_S, cycle_s)
    assert fills > MINUTES
    assert_nothing_earned(gained)
