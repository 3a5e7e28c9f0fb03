"""When a desk's own server ends: with the console that started it, or with the last one that is on it."""

import asyncio
import os
import sys
from collections.abc import Callable
from contextlib import suppress

import structlog

log = structlog.get_logger("server")

PARTING_S = 0.5  # the sockets of the console that has gone are closed by then
ALONE_EVERY_S = 0.1
STAYING = "staying"  # what a private server says on standard output when its console has gone and others are on it


class PrivatePipe:
    """Standard input, of which the console holds the other end. It says nothing; when it closes, the console is gone.

    `sockets()` is how many are connected, `end` has the server stop.
    """

    def __init__(self, sockets: Callable[[], int], end: Callable[[], None]) -> None:
        self._sockets, self._end = sockets, end

    def watch(self) -> None:
        """From now on, in the running loop."""
        asyncio.get_running_loop().add_reader(sys.stdin.fileno(), self._heard)

    def _heard(self) -> None:
        if not os.read(sys.stdin.fileno(), 1024):
            loop = asyncio.get_running_loop()
            loop.remove_reader(sys.stdin.fileno())
            self._leaving = loop.create_task(self._leave_when_alone())

    async def _leave_when_alone(self) -> None:
        """Whoever started it has gone. Other consoles that are on it keep it, and with the last of them it ends."""
        with suppress(TimeoutError):
            async with asyncio.timeout(PARTING_S):
                await self._until_alone()
        if self._sockets():
            log.info("staying", sockets=self._sockets())
            sys.stdout.write(f"{STAYING}\n")
            with suppress(BrokenPipeError):
                sys.stdout.flush()
            await self._until_alone()
        self._end()

    async def _until_alone(self) -> None:
        while self._sockets():  # noqa: ASYNC110  (a socket that goes tells nobody but the hub)
            await asyncio.sleep(ALONE_EVERY_S)
