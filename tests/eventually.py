"""Waiting for what another thread or process does: a condition is polled, no length of time is guessed."""

import asyncio
import time
from collections.abc import Callable

PATIENCE_S = 60.0  # nothing takes so long; a machine may be busy


def eventually(is_so: Callable[[], object], within_s: float = PATIENCE_S) -> None:
    """Return as soon as it is so; fails when it is not within the time."""
    until = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < until, "it never came"
        time.sleep(0.01)


async def turns(count: int = 100) -> None:
    """Let everything go on that waits for nothing but its turn of the event loop."""
    for _ in range(count):
        await asyncio.sleep(0)


async def in_time(is_so: Callable[[], object], within_s: float = PATIENCE_S) -> None:
    """The same while the event loop goes on."""
    async with asyncio.timeout(within_s):
        while not is_so():  # noqa: ASYNC110 - nothing that could set an event
            await asyncio.sleep(0.001)
