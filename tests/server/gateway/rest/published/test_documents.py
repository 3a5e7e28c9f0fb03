"""Documents that take long are made once, when they are asked for, and by nobody in vain."""

import asyncio
import threading
from collections.abc import Callable

import pytest
from starlette.requests import Request

from server.gateway.rest.published.documents import Document, LateDocument

REQUEST = Request({"type": "http", "method": "GET", "path": "/", "headers": []})


def counted(made: list[str]) -> Callable[[], Document]:
    def make() -> Document:
        made.append(threading.current_thread().name)
        return Document(b"{}")

    return make


async def test_it_is_made_once_however_many_ask_and_not_in_the_loops_thread() -> None:
    made: list[str] = []
    late = LateDocument(counted(made))
    answers = await asyncio.gather(*(late(REQUEST) for _ in range(5)), late(REQUEST))
    assert [bytes(one.body) for one in answers] == [b"{}"] * 6
    assert len(made) == 1
    assert made[0] != threading.current_thread().name


async def test_who_leaves_takes_it_from_nobody() -> None:
    gate, made = threading.Event(), list[str]()

    def make() -> Document:
        gate.wait()
        return counted(made)()

    late = LateDocument(make)
    first, second = (asyncio.create_task(late(REQUEST)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    gate.set()
    assert bytes((await second).body) == b"{}"
    assert len(made) == 1


async def test_one_that_could_not_be_made_is_tried_again() -> None:
    made: list[str] = []
    faults = [MemoryError("once")]

    def make() -> Document:
        if faults:
            raise faults.pop()
        return counted(made)()

    late = LateDocument(make)
    with pytest.raises(MemoryError):
        await late(REQUEST)
    assert (await late(REQUEST)).status_code == 200
