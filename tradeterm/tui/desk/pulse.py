"""The console's part of the dead-man's switch: it says that it is there, as long as it is, and as often as is needed."""

import asyncio
from collections.abc import Awaitable, Callable

OFTEN = 3  # times within the silence that the server takes
AGAIN_S = 1.0  # after a beat that did not arrive


class Pulse:
    """`beat` says to the server how long a silence it shall take, and whether it has heard that."""

    def __init__(self, beat: Callable[[int], Awaitable[bool]]) -> None:
        self._beat = beat
        self._seconds = 0
        self._changed = asyncio.Event()

    @property
    def seconds(self) -> int:
        """After so long without this console its entries go; 0: they stay."""
        return self._seconds

    def want(self, seconds: int) -> None:
        """From now on this long; 0 falls silent without a word, for the server was told."""
        self._seconds = seconds
        self._changed.set()

    async def run(self) -> None:
        """Beat until cancelled; silent while nothing is wanted."""
        while True:
            self._changed.clear()
            if not self._seconds:
                await self._changed.wait()
                continue
            was_heard = await self._beat(self._seconds)
            pause = self._seconds / OFTEN if was_heard else min(AGAIN_S, self._seconds / OFTEN)
            try:
                async with asyncio.timeout(pause):
                    await self._changed.wait()
            except TimeoutError:
                continue
