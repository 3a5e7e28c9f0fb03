"""Commits that do not hold the loop: where others wait too, or the disk is slow, or a database's server is asked, they are
waited for in a thread of its own.

A database that does not answer is waited for within a bound. When it is back, its heads say whether the commit in doubt
took place; if not, the same batch is written again. So memory never has to be undone: it waits for the journal.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Final, TypeVar

import structlog

from server.executor.disk_pace import DiskPace
from server.ports import Batch, Clock, DatabaseAway, Journal, JournalFailure, OpenState

log: Final = structlog.get_logger(__name__)

WAIT_S: Final = 60.0
AGAIN_S: Final = 0.2

V = TypeVar("V")


class Commits:
    """One commit at a time. `wait_s`: how long a database that is away is waited for."""

    def __init__(self, journal: Journal, clock: Clock, wait_s: float = WAIT_S) -> None:
        self._journal, self._clock, self._wait_s = journal, clock, wait_s
        self._thread = ThreadPoolExecutor(1, "journal")
        self._pace = DiskPace()

    async def commit(self, batch: Batch, *, is_lone: bool) -> None:
        """Return when the batch is durable. `is_lone`: it is of one command, and no other one waits. Raises BatchRefused: it
        is not, and will never be. Raises JournalFailure: it is not known whether it is, or will be."""
        try:
            await self._once(batch, is_lone)
        except DatabaseAway as away:
            await self._insist(batch, str(away))

    def load(self) -> OpenState:
        """What the last commit left; between two commits only. Raises JournalFailure, and DatabaseAway."""
        return self._journal.load()

    async def renew(self) -> None:
        """Come back to a database that did not answer a question. Raises JournalFailure when it does not come back."""
        await self._insist(None, "a question was not answered")

    async def _once(self, batch: Batch, is_lone: bool = False) -> None:
        """While many are committed the loop reads what comes after them, so that they are more the next time: a commit of
        more costs each of them less. A lone one has nobody to be read."""
        self._journal.stage(batch)
        if self._journal.is_remote or not is_lone:
            await self._apart(self._journal.seal)
            return
        began, is_quick = self._clock.monotonic(), self._pace.is_quick()
        if is_quick:
            self._journal.seal()
        else:
            await self._apart(self._journal.seal)
        took = self._clock.monotonic() - began
        (self._pace.on_loop if is_quick else self._pace.in_thread)(took)

    async def _insist(self, batch: Batch | None, why: str) -> None:
        began = self._clock.monotonic()
        log.warning("the database does not answer; waiting for it", why=why, at_most_s=self._wait_s)
        while self._clock.monotonic() - began < self._wait_s:
            await asyncio.sleep(AGAIN_S)
            with suppress(DatabaseAway):
                if not await self._apart(self._journal.resume) and batch is not None:
                    await self._once(batch)
                log.warning("the database is back", away_s=round(self._clock.monotonic() - began, 1))
                return
        raise JournalFailure(f"the database did not come back within {self._wait_s:g} s: {why}")

    async def _apart(self, work: Callable[[], V]) -> V:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def close(self) -> None:
        self._thread.shutdown(wait=False)
