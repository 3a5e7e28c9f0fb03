"""What everything must do that makes changes of users: the databases, and what stands for them where sign-in is tested."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from server.ports import SignInSession, UserChanges, Users
from server.storage.database import open_database
from tests.contracts.databases import fresh_database
from tests.contracts.journals import START
from tests.fakes import ChangesAtOnce, MemoryUsers
from tradeterm.protocol.vocabulary import Role, Scope

SESSION = SignInSession("s1", "ann", Scope.TRADE, START, START.replace(year=2100))


@pytest.fixture(params=["sqlite", "postgresql", "at once"])
def changes(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[UserChanges]:
    """Of users of whom there is one."""
    with ExitStack() as ends:
        if request.param == "at once":
            users = MemoryUsers()
            users.add("ann", Role.TRADER, "hash", START)
            yield ChangesAtOnce(users)
            return
        server: str = request.getfixturevalue("postgres") if request.param == "postgresql" else ""
        url = ends.enter_context(fresh_database(server)) if server else f"sqlite:///{tmp_path / 'tradeterm.db'}"
        database = ends.enter_context(closing(open_database(url, "paper")))
        database.users.add("ann", Role.TRADER, "hash", START)
        yield database.user_changes


async def test_a_change_gives_what_it_gives_and_the_next_one_sees_it(changes: UserChanges) -> None:
    await changes.make(lambda users: users.open_session(SESSION))
    assert await changes.make(lambda users: users.session("s1")) == SESSION


async def test_what_a_change_raises_is_told_and_the_next_one_is_made(changes: UserChanges) -> None:
    with pytest.raises(ValueError, match="already"):
        await changes.make(lambda users: users.add("ann", Role.TRADER, "hash", START))
    assert await changes.make(lambda users: [one.name for one in users.list()]) == ["ann"]


async def test_changes_are_made_one_after_the_other(changes: UserChanges) -> None:
    """Each whole: whoever asks for one reads what the one before has written."""

    def renew(users: Users) -> int:
        session = users.session("s1")
        assert session is not None
        users.renew_session("s1", session.generation + 1, START)
        return session.generation

    await changes.make(lambda users: users.open_session(SESSION))
    assert await asyncio.gather(*(changes.make(renew) for _ in range(20))) == list(range(20))


async def test_a_change_that_has_begun_is_made_whoever_waits_for_it(changes: UserChanges) -> None:
    """A client that goes away meanwhile leaves no half of it."""
    begun = asyncio.Event()
    loop = asyncio.get_running_loop()

    def change(users: Users) -> None:
        loop.call_soon_threadsafe(begun.set)
        users.open_session(SESSION)

    task = asyncio.create_task(changes.make(change))
    await begun.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert await changes.make(lambda users: users.session("s1")) == SESSION
