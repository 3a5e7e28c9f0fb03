"""Requests of one key, one after the other, whoever's client sends them."""

import asyncio
from typing import Any

import pytest

from server.venues.exchange.ccxt.in_turn import ARRIVED_S, InTurn
from tests.exchange.virtual_time import run


class Client:
    """What is used of ccxt's. `takes_s`: until its requests are answered."""

    def __init__(self, turns: InTurn, log: list[tuple[str, int]], takes_s: float = 0.1) -> None:
        self.enableRateLimit, self.takes_s, self.log = True, takes_s, log
        self.paces: list[float] = []
        self.clock_ms = 1_000.0
        turns.bind(self)

    request: Any
    incrementing_nonce: Any

    def nonce(self) -> float:
        return self.clock_ms

    def calculate_rate_limiter_cost(self, api: Any, method: str, path: str, params: Any, config: Any) -> float:
        return float(config.get("cost", 1))

    async def throttle(self, cost: float) -> None:
        self.paces.append(cost)
        await asyncio.sleep(cost)

    async def fetch2(self, path: str, api: Any, method: str, params: Any, config: Any) -> str:
        self.log.append((path, self.incrementing_nonce()))
        await asyncio.sleep(self.takes_s)
        self.log.append((f"{path} answered", 0))
        return path


def test_each_carries_a_higher_number_than_the_last_and_waits_for_it() -> None:
    """Also when clocks differ between them; what is public waits for nobody."""

    async def work() -> None:
        turns, log = InTurn(), list[tuple[str, int]]()
        one, other = Client(turns, log), Client(turns, log)
        other.clock_ms = 500.0
        signed = [client.request(name, ["private"], "POST") for client, name in ((one, "a"), (other, "b"), (one, "c"))]
        assert await asyncio.gather(*signed) == ["a", "b", "c"]
        names = [name for name, _ in log]
        assert names == ["a", "a answered", "b", "b answered", "c", "c answered"]
        assert [number for _, number in log if number] == [1_000, 1_001, 1_002]
        log.clear()
        await asyncio.gather(one.request("d", ["private"]), other.request("e", ["public"]))
        assert {name for name, _ in log[:2]} == {"d", "e"}

    run(work())


def test_pace_is_kept_before_the_turn_so_that_nobody_waits_for_it() -> None:
    """A look-up that must wait for its own client's pace lets an order of the other one go first."""

    async def work() -> None:
        turns, log = InTurn(), list[tuple[str, int]]()
        looks, orders = Client(turns, log), Client(turns, log)
        slow = asyncio.ensure_future(looks.request("look", ["private"], "POST", {}, {"cost": 3}))
        await asyncio.sleep(0.1)
        await orders.request("order", ["private"], "POST", {}, {"cost": 0})
        assert [name for name, _ in log] == ["order", "order answered"]
        await slow

    run(work())


def test_an_answer_that_does_not_come_holds_up_nobody_for_long() -> None:
    """What was sent a second ago has arrived; and a wait that is cancelled ends its request."""

    async def work() -> None:
        turns, log = InTurn(), list[tuple[str, int]]()
        slow, quick = Client(turns, log, takes_s=30.0), Client(turns, log)
        waiting = asyncio.ensure_future(slow.request("slow", ["private"], "POST", {}, {"cost": 0}))
        await asyncio.sleep(0)
        began = asyncio.get_running_loop().time()
        await quick.request("quick", ["private"], "POST", {}, {"cost": 0})
        assert asyncio.get_running_loop().time() - began < ARRIVED_S + 1
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await asyncio.sleep(60)
        assert "slow answered" not in [name for name, _ in log]

    run(work())
