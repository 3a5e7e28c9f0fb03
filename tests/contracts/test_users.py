"""What every store of users must do; the one in memory, which other tests rely on, is held to it too."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from server.ports import User, Users
from server.storage.database import open_users
from tests.contracts.databases import fresh_database
from tests.contracts.journals import START
from tests.fakes import MemoryUsers
from tradeterm.protocol.vocabulary import Role

LATER = START + timedelta(hours=1)


@pytest.fixture(params=["sqlite", "postgresql", "memory"])
def users(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Users]:
    """An empty store."""
    with ExitStack() as ends:
        if request.param == "memory":
            yield MemoryUsers()
        elif request.param == "sqlite":
            stored = open_users(f"sqlite:///{tmp_path / 'tradeterm.db'}")
            ends.callback(stored.close)
            yield stored
        else:
            server: str = request.getfixturevalue("postgres")
            stored = open_users(ends.enter_context(fresh_database(server)))
            ends.callback(stored.close)
            yield stored


def test_added_user_is_found_as_he_was_added(users: Users) -> None:
    """Name, role and time come back; the hash only where it is asked for."""
    users.add("ann", Role.MONITOR, "hash", START)
    assert users.get("ann") == User("ann", Role.MONITOR, False, START)
    assert users.password_hash("ann") == "hash"
    assert users.get("bob") is None
    assert users.password_hash("bob") is None


def test_name_is_taken_once(users: Users) -> None:
    """A second user of the same name is refused, and the first keeps his password."""
    users.add("ann", Role.TRADER, "hash", START)
    with pytest.raises(ValueError, match="ann"):
        users.add("ann", Role.ADMIN, "other", START)
    assert users.password_hash("ann") == "hash"


def test_users_are_listed_by_name(users: Users) -> None:
    """The list is in the order of the names, whoever came first."""
    for name in ("zoe", "ann", "bob"):
        users.add(name, Role.TRADER, "hash", START)
    assert [user.name for user in users.list()] == ["ann", "bob", "zoe"]


def test_session_lives_until_it_is_closed_or_expires(users: Users) -> None:
    """Live before its end and not at it; closed, it is dead; one that was never opened is dead."""
    users.add("ann", Role.TRADER, "hash", START)
    users.open_session("s-1", "ann", "trade", LATER)
    assert users.session_is_live("s-1", START)
    assert not users.session_is_live("s-1", LATER)
    assert not users.session_is_live("s-2", START)
    users.close_session("s-1")
    assert not users.session_is_live("s-1", START)


def test_all_sessions_of_one_user_end_together(users: Users) -> None:
    """Closing all names the ended ones, and leaves other users' alone."""
    for name in ("ann", "bob"):
        users.add(name, Role.TRADER, "hash", START)
    for number, name in enumerate(("ann", "ann", "bob")):
        users.open_session(f"s-{number}", name, "trade", LATER)
    assert sorted(users.close_all_sessions("ann")) == ["s-0", "s-1"]
    assert users.close_all_sessions("ann") == []
    assert [users.session_is_live(f"s-{number}", START) for number in range(3)] == [False, False, True]


def test_disabled_user_has_no_live_session(users: Users) -> None:
    """From the moment on, whatever he had open."""
    users.add("ann", Role.TRADER, "hash", START)
    users.open_session("s-1", "ann", "trade", LATER)
    users.set_disabled("ann", True)
    assert not users.session_is_live("s-1", START)
    user = users.get("ann")
    assert user is not None
    assert user.disabled
    users.set_disabled("ann", False)
    user = users.get("ann")
    assert user is not None
    assert not user.disabled


def test_every_change_moves_the_revision(users: Users) -> None:
    """Whoever keeps what he read asks one number to know whether it still holds."""
    seen = [users.revision()]

    def moved() -> bool:
        seen.append(users.revision())
        return seen[-1] != seen[-2]

    users.add("ann", Role.TRADER, "hash", START)
    assert moved()
    users.set_password("ann", "other")
    assert moved()
    users.open_session("s-1", "ann", "trade", LATER)
    users.open_session("s-2", "ann", "trade", LATER)
    assert moved()
    users.close_session("s-1")
    assert moved()
    users.close_all_sessions("ann")
    assert moved()
    users.set_disabled("ann", True)
    assert moved()
    users.set_role("ann", Role.MONITOR)
    assert moved()
    users.get("ann")
    users.list()
    assert not moved()


def test_new_role_ends_every_session(users: Users) -> None:
    """They were signed in with the old one; what else is known of the user stays."""
    users.add("ann", Role.TRADER, "hash", START)
    users.add("bob", Role.TRADER, "hash", START)
    users.open_session("s-1", "ann", "trade", LATER)
    users.open_session("s-2", "bob", "trade", LATER)
    users.set_role("ann", Role.MONITOR)
    assert users.get("ann") == User("ann", Role.MONITOR, False, START)
    assert not users.session_is_live("s-1", START)
    assert users.session_is_live("s-2", START)


def test_password_changes(users: Users) -> None:
    """The new hash stands in the old one's place."""
    users.add("ann", Role.TRADER, "hash", START)
    users.set_password("ann", "other")
    assert users.password_hash("ann") == "other"


def test_change_by_another_process_is_seen(url: str) -> None:
    """Two programs on one database: each sees what the other has changed, and that it has."""
    here, there = open_users(url), open_users(url)
    try:
        before = here.revision()
        there.add("ann", Role.TRADER, "hash", START)
        assert here.revision() != before
        assert here.get("ann") is not None
    finally:
        here.close()
        there.close()
