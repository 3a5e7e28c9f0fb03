"""A desk's own server ends with its console, unless others are on it."""

import asyncio
import os
from collections.abc import Iterator

import pytest

import server.private_pipe as module
from server.private_pipe import STAYING, PrivatePipe
from tests.eventually import in_time

pytestmark = pytest.mark.blocks("the pipe is read when there is something on it")


class House:
    """A server with this many sockets, and the console's end of its pipe."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        ours, self.theirs = os.pipe()
        self.stdin = open(ours)  # noqa: SIM115 - closed by the fixture
        monkeypatch.setattr("sys.stdin", self.stdin)
        monkeypatch.setattr(module, "ALONE_EVERY_S", 0.001)
        monkeypatch.setattr(module, "PARTING_S", 0.02)
        self.sockets, self.ended = 0, asyncio.Event()
        self.pipe = PrivatePipe(lambda: self.sockets, self.ended.set)


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    made = House(monkeypatch)
    yield made
    made.stdin.close()


async def ended(house: House) -> None:
    await in_time(house.ended.is_set)


async def test_it_ends_when_the_console_has_gone(house: House) -> None:
    """Whatever the console says on the pipe means nothing."""
    house.pipe.watch()
    os.write(house.theirs, b"hello\n")
    await asyncio.sleep(0)
    assert not house.ended.is_set()
    os.close(house.theirs)
    await ended(house)


async def test_it_stays_for_those_who_are_on_it(house: House, capfd: pytest.CaptureFixture[str]) -> None:
    """It says so, and ends with the last of them."""
    house.sockets = 2
    house.pipe.watch()
    os.close(house.theirs)
    said = ""

    def is_said() -> bool:
        nonlocal said
        said += capfd.readouterr().out
        return STAYING in said

    await in_time(is_said)
    assert not house.ended.is_set()
    house.sockets = 0
    await ended(house)


async def test_a_console_that_takes_its_sockets_along_is_not_stayed_for(
    house: House, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are closed a moment after the pipe is."""
    monkeypatch.setattr(module, "PARTING_S", 60.0)
    house.sockets = 1
    house.pipe.watch()
    os.close(house.theirs)
    await asyncio.sleep(0)
    house.sockets = 0
    await ended(house)
    assert STAYING not in capfd.readouterr().out
