"""What the settings ask for is there when the server starts, whatever was in the database before."""

from datetime import timedelta

from server.assembly import prepare_users
from server.clock_and_ids import SystemClock
from server.config import Settings
from server.identity.passwords import verify_password
from server.ports import SignInSession, User
from tests.fakes import START, MemoryUsers
from tradeterm.config import LOCAL_USER
from tradeterm.protocol.vocabulary import Role, Scope

SECRET = "of the console's pipe"


def test_the_consoles_own_user_is_its_own_again_at_each_start() -> None:
    """Somebody has made one of that name, with another role and a second factor, and is signed in: all of that ends."""
    users = MemoryUsers()
    users.add(LOCAL_USER, Role.MONITOR, "somebody's hash", START)
    users.set_second_factor(LOCAL_USER, "ABC")
    users.set_disabled(LOCAL_USER, True)
    prepare_users(users, Settings(), SECRET, SystemClock())
    assert users.get(LOCAL_USER) == User(LOCAL_USER, Role.TRADER, disabled=False, created_at=START)
    assert verify_password(users.password_hash(LOCAL_USER), SECRET)
    assert users.second_factor(LOCAL_USER) is None


def test_sign_ins_under_another_secret_are_ended() -> None:
    """Their tokens were signed by the same key, and would still count; a server that is started again keeps its own."""
    users = MemoryUsers()
    prepare_users(users, Settings(), SECRET, SystemClock())
    users.open_session(session_of(LOCAL_USER))
    prepare_users(users, Settings(), SECRET, SystemClock())
    assert users.sessions(LOCAL_USER)
    prepare_users(users, Settings(), "another", SystemClock())
    assert not users.sessions(LOCAL_USER)
    assert not verify_password(users.password_hash(LOCAL_USER), SECRET)


def test_a_server_that_is_nobodys_own_leaves_users_as_they_are() -> None:
    users = MemoryUsers()
    users.add(LOCAL_USER, Role.TRADER, "hash", START)
    users.open_session(session_of(LOCAL_USER))
    prepare_users(users, Settings(), None, SystemClock())
    assert users.password_hash(LOCAL_USER) == "hash"
    assert users.sessions(LOCAL_USER)


def session_of(user: str) -> SignInSession:
    return SignInSession("s1", user, Scope.TRADE, START, START + timedelta(days=1), "127.0.0.1")
