"""One queue from the terminal to what a key does: the next key is heard when all that the last one set off is done.

Textual hands a key on from one widget's queue to the next, so two keys of one packet can overtake each other: a
character is inserted while the Tab before it still bubbles up. Here each key waits for the one before it, and for the
field or the dialog that it opens.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence

from textual._queue import Queue
from textual.events import Event
from textual.message import Message
from textual.message_pump import MessagePump

SETTLE_LIMIT_S = 5.0  # a widget that hangs must not take the keyboard with it


class KeyQueue:
    """Keys, pastes and clicks in the order in which the terminal sent them, one at a time.

    `deliver` hears one event; `pumps` are all that may still be busy with it afterwards; `lay_out` gives panes their places
    where the event moved them, and says whether it did: the next key may act on how tall one is.
    """

    def __init__(
        self,
        deliver: Callable[[Event], Awaitable[None]],
        pumps: Callable[[], Iterable[MessagePump]],
        lay_out: Callable[[], bool],
    ) -> None:
        self._deliver = deliver
        self._pumps = pumps
        self._lay_out = lay_out
        self._waiting: deque[Event] = deque()
        self._has_some = asyncio.Event()
        self._is_done = asyncio.Event()
        self._is_done.set()

    def put(self, event: Event) -> None:
        self._waiting.append(event)
        self._is_done.clear()
        self._has_some.set()

    def drop(self) -> None:
        """Forget what waits: nobody meant it."""
        self._waiting.clear()

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def coming(self) -> Sequence[Event]:
        """What waits for its turn, the next first."""
        return tuple(self._waiting)

    @property
    def is_busy(self) -> bool:
        """Does a key wait, or for what the last one set off?"""
        return not self._is_done.is_set()

    async def done(self) -> None:
        """Until nothing waits and the last key has had its whole effect."""
        await self._is_done.wait()

    async def run(self) -> None:
        """Deliver for as long as there is a console; whoever waits for what comes of it is let go when that ends."""
        try:
            while True:
                await self._has_some.wait()
                while self._waiting:
                    await self._deliver(self._waiting.popleft())
                    await self._settled()
                self._has_some.clear()
                self._is_done.set()
        finally:
            self._is_done.set()

    async def _settled(self) -> None:
        """Until no message is queued or being handled anywhere, and whatever was opened or moved is in its place."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + SETTLE_LIMIT_S
        while loop.time() < deadline:
            await asyncio.sleep(0)
            if not any(_is_busy(pump) for pump in self._pumps()) and not self._lay_out():
                return


def _is_busy(pump: MessagePump) -> bool:
    """Is a message queued or being handled? Whoever has none stands waiting at the queue."""
    if pump._closing or pump._closed:
        return False
    queue: Queue[Message | None] = pump._message_queue
    is_waiting = bool(queue.ready_event._waiters)
    return not (pump._is_mounted and queue.empty() and is_waiting)
