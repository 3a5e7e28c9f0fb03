"""What every store of users must do; the one in memory, which other tests rely on, is held to it too."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from server.ports import DatabaseAway, SecondFactor, SignInSession, User, Users
from server.storage.database import open_database, open_users
from tests.contracts.databases import fresh_database
from tests.contracts.journals import START
from tests.fakes import MemoryUsers
from tradeterm.protocol.vocabulary import Role, Scope

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


def session(session_id: str, user: str) -> SignInSession:
    return SignInSession(session_id, user, Scope.TRADE, START, LATER, "192.0.2.1")


def is_live(users: Users, session_id: str, now: datetime) -> bool:
    found = users.session(session_id)
    return found is not None and found.is_live(now)


def test_user_is_found_as_they_were_added(users: Users) -> None:
    """Name, role and time come back; the hash only where it is asked for."""
    users.add("ann", Role.MONITOR, "hash", START)
    assert users.get("ann") == User("ann", Role.MONITOR, False, START)
    assert users.password_hash("ann") == "hash"
    assert users.get("bob") is None
    assert users.password_hash("bob") is None


def test_name_is_taken_once(users: Users) -> None:
    """A second user of the same name is refused, and the first keeps the password."""
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
    users.open_session(session("s-1", "ann"))
    assert is_live(users, "s-1", START)
    assert not is_live(users, "s-1", LATER)
    assert not is_live(users, "s-2", START)
    users.close_session("s-1")
    assert not is_live(users, "s-1", START)


def test_session_comes_back_as_it_was_opened_and_renewed(users: Users) -> None:
    """Whose, with which scope, from where and since when; a refresh is noted and moves no revision."""
    users.add("ann", Role.TRADER, "hash", START)
    users.open_session(session("s-1", "ann"))
    assert users.session("s-1") == session("s-1", "ann")
    before = users.revision()
    users.renew_session("s-1", 3, LATER)
    assert users.session("s-1") == replace(session("s-1", "ann"), generation=3, renewed_at=LATER)
    assert users.revision() == before


def test_sessions_of_a_user_are_listed_from_the_oldest_on(users: Users) -> None:
    """That user's alone."""
    for name in ("ann", "bob"):
        users.add(name, Role.TRADER, "hash", START)
    for number, name in enumerate(("ann", "bob", "ann")):
        users.open_session(replace(session(f"s-{number}", name), opened_at=START - timedelta(minutes=number)))
    assert [one.id for one in users.sessions("ann")] == ["s-2", "s-0"]


def test_expired_sessions_are_forgotten(users: Users) -> None:
    """Those that ended before, and no others."""
    users.add("ann", Role.TRADER, "hash", START)
    users.open_session(session("s-1", "ann"))
    users.open_session(replace(session("s-2", "ann"), expires_at=LATER + timedelta(hours=1)))
    users.forget_sessions(LATER + timedelta(minutes=1))
    assert [one.id for one in users.sessions("ann")] == ["s-2"]


def test_all_sessions_of_one_user_end_together(users: Users) -> None:
    """Closing all names the ended ones, and leaves other users' alone."""
    for name in ("ann", "bob"):
        users.add(name, Role.TRADER, "hash", START)
    for number, name in enumerate(("ann", "ann", "bob")):
        users.open_session(session(f"s-{number}", name))
    assert sorted(users.close_all_sessions("ann")) == ["s-0", "s-1"]
    assert users.close_all_sessions("ann") == []
    assert [is_live(users, f"s-{number}", START) for number in range(3)] == [False, False, True]


def test_disabled_user_has_no_live_session(users: Users) -> None:
    """From the moment on, whatever they had open."""
    users.add("ann", Role.TRADER, "hash", START)
    users.open_session(session("s-1", "ann"))
    users.set_disabled("ann", True)
    assert not is_live(users, "s-1", START)
    user = users.get("ann")
    assert user is not None
    assert user.disabled
    users.set_disabled("ann", False)
    user = users.get("ann")
    assert user is not None
    assert not user.disabled


def test_every_change_moves_the_revision(users: Users) -> None:
    """Whoever keeps what they read asks one number to know whether it still holds."""
    seen = [users.revision()]

    def moved() -> bool:
        seen.append(users.revision())
        return seen[-1] != seen[-2]

    users.add("ann", Role.TRADER, "hash", START)
    assert moved()
    users.set_password("ann", "other")
    assert moved()
    users.open_session(session("s-1", "ann"))
    users.open_session(session("s-2", "ann"))
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


def test_second_factor_is_given_used_and_taken_away(users: Users) -> None:
    """A new one begins unused; that a code was used moves no revision."""
    users.add("ann", Role.TRADER, "hash", START)
    assert users.second_factor("ann") is None
    assert users.second_factor("nobody") is None
    users.set_second_factor("ann", "ABC")
    before = users.revision()
    users.use_step("ann", 59_000_000)
    assert users.second_factor("ann") == SecondFactor("ABC", 59_000_000)
    assert users.revision() == before
    users.set_second_factor("ann", "DEF")
    assert users.second_factor("ann") == SecondFactor("DEF", 0)
    users.set_second_factor("ann", "GHI", 59_000_001)
    assert users.second_factor("ann") == SecondFactor("GHI", 59_000_001)
    users.set_second_factor("ann", None)
    assert users.second_factor("ann") is None
    assert users.revision() != before


def test_which_signing_secret_the_server_has_is_noted(users: Users) -> None:
    """The newest one counts; noting it moves no revision."""
    assert users.secret_id() is None
    before = users.revision()
    for secret_id in ("one", "other", "other"):
        users.note_secret_id(secret_id)
        assert users.secret_id() == secret_id
    assert users.revision() == before


def test_new_role_ends_every_session(users: Users) -> None:
    """They were signed in with the old one; what else is known of the user stays."""
    users.add("ann", Role.TRADER, "hash", START)
    users.add("bob", Role.TRADER, "hash", START)
    users.open_session(session("s-1", "ann"))
    users.open_session(session("s-2", "bob"))
    users.set_role("ann", Role.MONITOR)
    assert users.get("ann") == User("ann", Role.MONITOR, False, START)
    assert not is_live(users, "s-1", START)
    assert is_live(users, "s-2", START)


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


def test_a_slow_database_has_time_while_a_server_starts(postgres: str) -> None:
    """Half a second is all that anybody waits on the loop; at a start nobody is served who would wait too."""
    with (
        fresh_database(postgres) as address,
        closing(open_database(address, "paper")) as opened,
        psycopg.connect(address) as other,
    ):
        other.execute("LOCK TABLE users IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(DatabaseAway):
            opened.users.get("ann")
        opened.revive()
        letting_go = threading.Timer(1.0, other.rollback)
        letting_go.start()
        with opened.patiently():
            assert opened.users.get("ann") is None
        letting_go.join()
