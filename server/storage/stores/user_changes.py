"""Changes of users and sessions made in a thread of its own: each waits for the disk, and for whoever else writes."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import structlog

from server.ports import DatabaseAway, Users
from server.storage.backends.backend import DbConnection
from server.storage.stores.users import SqlUsers

log = structlog.get_logger(__name__)

V = TypeVar("V")


class SqlUserChanges:
    """`server.ports.UserChanges` on a connection that nothing else uses; one change at a time."""

    def __init__(self, link: DbConnection) -> None:
        self._link, self._users = link, SqlUsers(link)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="users")

    async def make(self, change: Callable[[Users], V]) -> V:
        """Have `change` made, and give what it gives. One that has begun is finished, whoever waits for it.

        Raises DatabaseAway where it cannot be written now: on a disk that is full, or has become read-only.
        """
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._made, change)

    def _made(self, change: Callable[[Users], V]) -> V:
        try:
            return change(self._users)
        except self._link.errors as error:
            if isinstance(error, self._link.refusals):
                raise
            log.error("a change of users cannot be written", reason=self._link.explain(error))
            raise DatabaseAway(self._link.explain(error)) from error

    def close(self) -> None:
        """Wait for the last change, then close the connection."""
        self._thread.shutdown()
        self._users.close()
