"""Changes of users and sessions made in a thread of its own: each waits for the disk, and for whoever else writes."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from server.ports import Users
from server.storage.backends import DbConnection
from server.storage.users import SqlUsers

V = TypeVar("V")


class SqlUserChanges:
    """`server.ports.UserChanges` on a connection that nothing else uses; one change at a time."""

    def __init__(self, link: DbConnection) -> None:
        self._users = SqlUsers(link)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="users")

    async def make(self, change: Callable[[Users], V]) -> V:
        """Have `change` made, and give what it gives. One that has begun is finished, whoever waits for it."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, change, self._users)

    def close(self) -> None:
        """Wait for the last change, then close the connection."""
        self._thread.shutdown()
        self._users.close()
