"""Big answers in slices: of all of them one slice in a turn of the loop, and then everybody else."""

import asyncio
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Final

from server.ports import Page

ITEMS_A_SLICE: Final = 50
ROWS_A_SLICE: Final = 100


class Turns:
    """Big answers are made a slice at a time: of all of them one slice in a turn of the loop, then everybody else."""

    def __init__(self) -> None:
        self._one = asyncio.Lock()

    async def slices(self, items: Iterable[bytes]) -> list[bytes]:
        """All the items, made as they are taken."""
        left, made = iter(items), list[bytes]()
        while True:
            async with self._one:
                part = list(islice(left, ITEMS_A_SLICE))
                await asyncio.sleep(0)
            made += part
            if len(part) < ITEMS_A_SLICE:
                return made

    async def page(self, ask: Callable[[int, str | None], Page], limit: int, cursor: str | None) -> Page:
        """A page of history, from as many smaller ones as it takes. `ask(limit, cursor)` reads one."""
        items: list[bytes] = []
        lost: int | None = None
        while True:
            async with self._one:
                page = ask(min(ROWS_A_SLICE, limit - len(items)), cursor)
                await asyncio.sleep(0)
            items += page.items
            lost = lost or page.lost_through
            cursor = page.next_cursor
            if cursor is None or len(items) >= limit:
                return Page(items, cursor, lost)
