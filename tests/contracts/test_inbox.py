"""What every inbox must do that takes commands: the runner's, and the one that stands for it where the gateway is tested."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, Protocol

import pytest

from server.domain.commands import OpenAccount
from server.ports import Answer, JournalFailure, Orders, OutcomeUnknown, Stopping
from tests.eventually import in_time, turns
from tests.server.executor.test_runner import Running, buy
from tests.server.gateway.rest.rig import RecordingOrders

ANN = OpenAccount("ann")


class House(Protocol):
    """An inbox, and what can befall it."""

    @property
    def orders(self) -> Orders: ...

    async def stop(self) -> None: ...

    def lose(self) -> None:
        """Nobody will know whether what comes now is kept."""
        ...


class RunnerHouse:
    """The executor at work."""

    def __init__(self, running: Running) -> None:
        self._running, self.orders = running, running.runner

    async def stop(self) -> None:
        await self._running.runner.stop()

    def lose(self) -> None:
        self._running.commits.failure = JournalFailure("the disk is gone")


class RecordingHouse:
    def __init__(self) -> None:
        self.orders = RecordingOrders()

    async def stop(self) -> None:
        self.orders.failure = Stopping()

    def lose(self) -> None:
        self.orders.late_failure = OutcomeUnknown()


@asynccontextmanager
async def runner_house() -> AsyncIterator[House]:
    running = Running()
    yield RunnerHouse(running)
    running.task.cancel()
    with suppress(asyncio.CancelledError, JournalFailure):
        await running.task


@asynccontextmanager
async def recording_house() -> AsyncIterator[House]:
    yield RecordingHouse()


@pytest.fixture(params=[runner_house, recording_house], ids=["runner", "recording"])
async def house(request: pytest.FixtureRequest) -> AsyncIterator[House]:
    async with request.param() as made:
        yield made


async def test_an_answer_comes_once_and_not_before_the_command_is_taken(house: House) -> None:
    """Who is called back is never called within their own call."""
    told: list[Answer | Exception] = []
    house.orders.offer(ANN, told.append)
    assert told == []
    await in_time(lambda: told)
    await turns()
    (answer,) = told
    assert isinstance(answer, Answer)
    assert (answer.code, answer.status) == (None, 200)


async def test_who_waits_and_who_is_called_back_are_told_the_same(house: House) -> None:
    told: list[Answer | Exception] = []
    house.orders.offer(ANN, told.append)
    waited = await house.orders.submit(ANN)
    (called,) = told
    assert isinstance(called, Answer)
    assert (waited.status, waited.code) == (called.status, called.code)


async def test_what_is_not_taken_is_said_at_once(house: House) -> None:
    """And to nobody again: it was not done."""
    await house.stop()
    told: list[Answer | Exception] = []
    with pytest.raises(Stopping):
        house.orders.offer(ANN, told.append)
    with pytest.raises(Stopping):
        house.orders.submit(ANN)
    await turns()
    assert told == []


async def test_a_command_whose_end_nobody_knows_is_told_so(house: House) -> None:
    """By the error that who waits would get."""
    await house.orders.submit(ANN)
    house.lose()
    told: list[Answer | Exception] = []
    house.orders.offer(buy(), told.append)
    await in_time(lambda: told)
    assert [type(one) for one in told] == [OutcomeUnknown]


async def test_who_waits_no_more_is_missed_by_nobody(house: House) -> None:
    """The command goes its way, and nothing fails for want of them."""
    failures: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: failures.append(context))
    waiting = asyncio.ensure_future(house.orders.submit(ANN))
    waiting.cancel()
    await turns()
    assert (await house.orders.submit(OpenAccount("bob"))).status == 200
    assert failures == []
