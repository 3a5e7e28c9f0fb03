"""Where own orders stand in the queue: asked for a little more often than a hand looks, and only while one rests."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from decimal import Decimal

from tradeterm.client.errors import TradetermError
from tradeterm.protocol.orders import QueuePlace

EVERY_S = 1.0


class QueueWatch:
    """`ask` asks the server, `wants` says whether anything rests that could have a place."""

    def __init__(self, ask: Callable[[], Awaitable[Sequence[QueuePlace]]], wants: Callable[[], bool]) -> None:
        self._ask, self._wants = ask, wants
        self.places: Mapping[str, Decimal] = {}
        self._has_moved = False

    def take_moved(self) -> bool:
        """Did a place change since this was asked last?"""
        moved, self._has_moved = self._has_moved, False
        return moved

    async def run(self) -> None:
        """Keep the places fresh until cancelled; a server that does not answer, or knows no queues, leaves them empty."""
        while True:
            await self.look()
            await asyncio.sleep(EVERY_S)

    async def look(self) -> None:
        """Ask once, if there is anything to ask."""
        try:
            found = {one.order_id: one.ahead for one in await self._ask()} if self._wants() else {}
        except TradetermError:
            found = {}
        self._has_moved |= found != self.places
        self.places = found
