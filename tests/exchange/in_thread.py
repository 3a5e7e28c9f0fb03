"""The loopback exchange in a thread of its own, for what runs a loop itself."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.eventually import PATIENCE_S
from tests.exchange.loopback import Loopback, loopback


@contextmanager
def loopback_in_thread() -> Iterator[Loopback]:
    """A running exchange; its state may be looked at and changed between requests."""
    loop, found, over = asyncio.new_event_loop(), list[Loopback](), asyncio.Event()
    is_up = threading.Event()

    async def serve() -> None:
        async with loopback() as one:
            found.append(one)
            is_up.set()
            await over.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    assert is_up.wait(PATIENCE_S)
    try:
        yield found[0]
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(PATIENCE_S)
        loop.close()
