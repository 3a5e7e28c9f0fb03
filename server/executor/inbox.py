"""What waits for the executor: everything that came since it looked last is handed over at once.

Only commands are bounded. What the server itself puts in is bounded by those who do: a feed waits for its step, and
beats are turned away while nothing is committed.
"""

import asyncio
from collections import deque

from server.executor.items import Item
from server.ports import Busy

SIZE = 10_000
TURN_SIZE = 500


class Inbox:
    """First in, first out. One task drains it."""

    def __init__(self, size: int = SIZE, turn_size: int = TURN_SIZE) -> None:
        """`turn_size`: the most that is handed over at once."""
        self._size, self._turn_size = size, turn_size
        self._items: deque[Item] = deque()
        self._taken = 0  # handed over and not done
        self._something = asyncio.Event()
        self._nothing = asyncio.Event()
        self._nothing.set()

    def __len__(self) -> int:
        return len(self._items)

    def offer(self, item: Item) -> None:
        """Put a command in. Raises Busy when it is full."""
        if len(self._items) >= self._size:
            raise Busy
        self.put(item)

    def put(self, item: Item) -> None:
        if not self._items:
            self._something.set()
            self._nothing.clear()
        self._items.append(item)

    async def drain(self) -> list[Item]:
        """All that waits, once something does; its receiver says `done` when it is."""
        await self._something.wait()
        items = self._items
        if len(items) <= self._turn_size:
            taken = list(items)
            items.clear()
            self._something.clear()
        else:
            taken = [items.popleft() for _ in range(self._turn_size)]
        self._taken = len(taken)
        return taken

    async def gather(self, answered: int) -> None:
        """Of so many who were answered together most ask again at once: let them come beside those who wait, for as long as
        each look at the sockets brings more. One turn of many is less work than two; whoever is alone is not waited for."""
        before, crowd = -1, answered + len(self._items)
        while crowd > 1 and before < len(self._items) < crowd:
            before = len(self._items)
            await asyncio.sleep(0)

    def done(self) -> None:
        """What was handed over is done."""
        self._taken = 0
        if not self._items:
            self._nothing.set()

    def emptied(self) -> list[Item]:
        """All that waits, for who does something else with it than work."""
        items = list(self._items)
        self._items.clear()
        self._something.clear()
        if not self._taken:
            self._nothing.set()
        return items

    async def finished(self) -> None:
        """Wait until nothing waits and nothing is under way."""
        await self._nothing.wait()
