"""How the venue stands: a real exchange is asked for every few seconds, paper never again once it is known."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from tradeterm.client.errors import TradetermError
from tradeterm.protocol.market import VenueStatus

EVERY_S = 2.0
PAPER = "paper"


class VenueWatch:
    """`ask` asks the server, `is_live` says whether there is a line to it."""

    def __init__(self, ask: Callable[[], Awaitable[VenueStatus]], is_live: Callable[[], bool]) -> None:
        self._ask, self._is_live = ask, is_live
        self.status: VenueStatus | None = None  # None: not known

    async def run(self) -> None:
        """Keep it fresh until cancelled; returns on paper."""
        while True:
            if await self.look():
                return
            await asyncio.sleep(EVERY_S)

    async def look(self) -> bool:
        """Ask once, if there is a line; whether it is paper. A server that does not answer leaves it unknown."""
        found = None
        if self._is_live():
            with suppress(TradetermError):
                found = await self._ask()
        self.status = found
        return found is not None and found.mode == PAPER
