"""A listener with a place of its own in the journal: what it is told reaches it in order, at its own pace, and nobody waits.

For what only looks on inside the server (the debug log, an extension). Sockets are the hub's. Nothing is queued here: the
bus only wakes a listener, and it reads on from where it was, so one that stalls holds back and loses nothing but time.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import structlog

from server.ports import EventRow, History, StoredEvent
from tradeterm.protocol.vocabulary import EventName

log = structlog.get_logger(__name__)

PAGE: Final = 256  # events read at once
PATIENCE_S: Final = 5.0

Handler = Callable[[str, StoredEvent], Awaitable[None]]


def internal_name(event: str) -> str:
    """The name of an event inside the server: `order:created` is `trading.order.created`, `trading:state` `trading.state`."""
    return f"trading.{event.removeprefix('trading:').replace(':', '.')}"


class Listener:
    """Hands every committed event to `handle(internal name, event)`, one after the other; `ports.Subscriber` for the bus."""

    def __init__(self, name: str, history: History, handle: Handler, *, patience_s: float = PATIENCE_S) -> None:
        """It begins after what is in the journal now. An event that is not handled in `patience_s` is given up, and said."""
        self.name = name
        self._history, self._handle, self._patience_s = history, handle, patience_s
        self._place = history.head_cursor()
        self._woken = asyncio.Event()

    def deliver(self, events: Sequence[EventRow]) -> None:
        self._woken.set()

    def tell(self, account: str, event: EventName, data: bytes, as_of: int) -> None:
        """What is not journaled is not for listeners."""

    def hears(self, account: str) -> bool:
        return False

    async def run(self) -> None:
        """Read on whenever something was committed: for the server's task group."""
        while True:
            await self._woken.wait()
            self._woken.clear()
            while page := self._history.all_events(self._place, PAGE):
                for event in page:
                    await self._one(event)
                    self._place = event.cursor
                await asyncio.sleep(0)

    async def _one(self, event: StoredEvent) -> None:
        try:
            async with asyncio.timeout(self._patience_s):
                await self._handle(internal_name(event.event), event)
        except TimeoutError:
            log.warning("listener_stalled", listener=self.name, cursor=event.cursor, after_s=self._patience_s)
        except Exception:
            log.exception("listener_failed", listener=self.name, cursor=event.cursor)
