"""The minute's weight and who may use it up."""

import asyncio

import pytest

from server.venues.exchange.ccxt.weights import Banned, Budget, Urgency
from tests.exchange.virtual_time import run
from tests.server.venues.exchange.fake_exchange import LoopClock


def test_orders_go_on_when_look_ups_must_wait() -> None:
    """Market data first, then look-ups wait until the minute has passed; an order uses up the last of it."""

    async def work() -> None:
        budget = Budget(LoopClock(), asyncio.sleep, 100)
        began = asyncio.get_running_loop().time()
        await budget.spend(50, Urgency.MARKET)
        look = asyncio.ensure_future(budget.spend(26, Urgency.LOOK))
        await asyncio.sleep(1)
        assert not look.done()
        await budget.spend(50, Urgency.ORDER)
        assert (budget.left, asyncio.get_running_loop().time() - began) == (0, 1.0)
        await look
        assert asyncio.get_running_loop().time() - began >= 60

    run(work())


def test_what_others_used_up_is_not_ours_to_spend() -> None:
    """The exchange's own count is heard."""

    async def work() -> None:
        budget = Budget(LoopClock(), asyncio.sleep, 100)
        budget.heard(99)
        assert budget.left == 1
        budget.heard(10)
        assert budget.left == 1
        await asyncio.sleep(61)
        assert budget.left == 100

    run(work())


def test_a_ban_stops_all_and_too_often_all_but_proofs() -> None:
    """An order does not wait for its end: it is refused, with until when."""

    async def work() -> None:
        loop, budget = asyncio.get_running_loop(), Budget(LoopClock(), asyncio.sleep, 100)
        budget.ban(30, is_whole=False)
        await budget.spend(1, Urgency.PROOF)
        assert loop.time() == 0
        with pytest.raises(Banned, match="30 s"):
            await budget.spend(1, Urgency.ORDER)
        budget.ban(60, is_whole=True)
        budget.ban(10, is_whole=False)
        assert budget.banned_for() == 60
        await budget.spend(1, Urgency.PROOF)
        assert loop.time() >= 60

    run(work())
