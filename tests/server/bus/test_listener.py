"""Listeners inside the server: in order, at their own pace, out of each other's way."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from server.bus.listener import PAGE, Listener, internal_name
from server.bus.local import LocalBus
from server.ports import StoredEvent
from tests.eventually import PATIENCE_S
from tests.server.gateway.rig import MemoryJournal
from tradeterm.protocol.vocabulary import EventName


class Ear:
    """Remembers what it was told, and says when it has heard enough."""

    def __init__(self, enough: int) -> None:
        self.heard: list[tuple[str, str, int]] = []
        self.has_enough = asyncio.Event()
        self._enough = enough

    async def handle(self, name: str, event: StoredEvent) -> None:
        self.heard.append((name, event.account, event.seq))
        if len(self.heard) == self._enough:
            self.has_enough.set()

    async def wait(self) -> None:
        await asyncio.wait_for(self.has_enough.wait(), PATIENCE_S)


@asynccontextmanager
async def running(*listeners: Listener) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(listener.run()) for listener in listeners]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def commit(bus: LocalBus, journal: MemoryJournal, account: str = "ann") -> None:
    bus.publish([journal.append(account)])


def listener(
    journal: MemoryJournal, handle: Callable[[str, StoredEvent], Awaitable[None]], patience_s: float = PATIENCE_S
) -> Listener:
    return Listener("one", journal, handle, patience_s=patience_s)


@pytest.mark.parametrize(
    ("event", "name"),
    [
        (EventName.ORDER_CREATED, "trading.order.created"),
        (EventName.POSITION_CLOSED, "trading.position.closed"),
        (EventName.ORDER_CANCEL_REJECTED, "trading.order.cancel_rejected"),
        (EventName.TRADING_STATE, "trading.state"),
    ],
)
def test_internal_name_is_the_wire_name_with_dots(event: EventName, name: str) -> None:
    """Inside the server events are named trading.order.created and so on."""
    assert internal_name(event) == name


async def test_listener_hears_every_event_in_order() -> None:
    """More than one page, of two accounts, in the order of the commits, and nothing from before it was made."""
    journal, ear = MemoryJournal(), Ear(2 * PAGE)
    commit(LocalBus(), journal)
    hearing = listener(journal, ear.handle)
    bus = LocalBus(hearing)
    async with running(hearing):
        for _ in range(PAGE):
            commit(bus, journal)
            commit(bus, journal, "bob")
        await ear.wait()
    assert ear.heard == [("trading.order.created", row.account, row.seq) for row in journal.rows[1:]]


async def test_stalled_listener_holds_nobody_up() -> None:
    """One that never comes back holds neither the bus nor another listener, and keeps nothing in memory."""
    journal, ear = MemoryJournal(), Ear(10)

    async def stall(name: str, event: StoredEvent) -> None:
        await asyncio.Event().wait()

    stalled, hearing = listener(journal, stall), listener(journal, ear.handle)
    bus = LocalBus(stalled, hearing)
    async with running(stalled, hearing):
        for _ in range(10):
            commit(bus, journal)
        await ear.wait()
    assert len(ear.heard) == 10


async def test_listener_that_takes_too_long_is_given_up_for_that_event() -> None:
    """After its patience the next event is handed over: a stall is not for ever."""
    journal, ear = MemoryJournal(), Ear(1)

    async def stall_once(name: str, event: StoredEvent) -> None:
        if event.seq == 1:
            await asyncio.Event().wait()
        await ear.handle(name, event)

    hasty = listener(journal, stall_once, patience_s=0)
    bus = LocalBus(hasty)
    async with running(hasty):
        commit(bus, journal)
        commit(bus, journal)
        await ear.wait()
    assert ear.heard == [("trading.order.created", "ann", 2)]


async def test_failing_listener_goes_on_with_the_next_event() -> None:
    """A handler that raises is logged, and misses nothing else."""
    journal, ear = MemoryJournal(), Ear(1)

    async def fail_once(name: str, event: StoredEvent) -> None:
        if event.seq == 1:
            raise RuntimeError("this handler fails")
        await ear.handle(name, event)

    failing = listener(journal, fail_once)
    bus = LocalBus(failing)
    async with running(failing):
        commit(bus, journal)
        commit(bus, journal)
        await ear.wait()
    assert ear.heard == [("trading.order.created", "ann", 2)]
