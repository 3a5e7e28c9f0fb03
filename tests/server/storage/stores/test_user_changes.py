"""Changes of users wait for the disk and for other writers, and nobody waits with them."""

import asyncio
import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.ports import DatabaseAway, SignInSession
from server.storage.backends.sqlite_file import SqliteFile
from server.storage.database import Database, open_database
from server.storage.stores.user_changes import SqlUserChanges
from tests.eventually import PATIENCE_S
from tests.fakes import START
from tradeterm.protocol.vocabulary import Role, Scope

SESSION = SignInSession("s1", "ann", Scope.TRADE, START, START.replace(year=2100))


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with contextlib.closing(open_database(f"sqlite:///{tmp_path / 'x.db'}", "paper")) as opened:
        opened.users.add("ann", Role.TRADER, "hash", START)
        yield opened


async def test_change_waits_in_its_thread_while_another_program_writes(database: Database, tmp_path: Path) -> None:
    """The loop goes on; once it is let in the change is made, and seen by who reads."""
    with contextlib.closing(sqlite3.connect(tmp_path / "x.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        change = asyncio.create_task(database.user_changes.make(lambda users: users.open_session(SESSION)))
        for _ in range(50):
            await asyncio.sleep(0.001)
        assert not change.done()
        assert await asyncio.to_thread(database.users.session, "s1") is None
        other.execute("ROLLBACK")
        async with asyncio.timeout(PATIENCE_S):
            await change
    assert await asyncio.to_thread(database.users.session, "s1") == SESSION


def test_a_disk_that_takes_nothing_is_no_fault_of_the_change(database: Database, tmp_path: Path) -> None:
    """Full, or read-only: it may be asked for again, and nothing of it is there."""
    link = SqliteFile(tmp_path / "x.db").link()
    with contextlib.closing(SqlUserChanges(link)) as changes:
        link.connection.cursor().execute("PRAGMA query_only = ON")
        for _ in range(2):
            with pytest.raises(DatabaseAway, match="the database may only be read"):
                asyncio.run(changes.make(lambda users: users.open_session(SESSION)))
        assert database.users.session("s1") is None
        link.connection.cursor().execute("PRAGMA query_only = OFF")
        asyncio.run(changes.make(lambda users: users.open_session(SESSION)))
    assert database.users.session("s1") == SESSION


async def test_change_that_has_begun_is_made_before_the_database_is_closed(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path / 'y.db'}"
    opened = await asyncio.to_thread(open_database, address, "paper")
    change = asyncio.create_task(opened.user_changes.make(lambda users: users.add("bob", Role.TRADER, "hash", START)))
    await asyncio.sleep(0)
    await asyncio.to_thread(opened.close)
    await change
    again = await asyncio.to_thread(open_database, address, "paper")
    assert await asyncio.to_thread(again.users.get, "bob") is not None
    await asyncio.to_thread(again.close)
