"""The sessions that sign-ins open: what a refresh leads to, and how little of it is remembered."""

from datetime import timedelta

from server.identity.sessions import KEPT_RENEWALS, REUSE_GRACE_S, Sessions
from server.ports import SignInSession
from tests.builders import CountedIds
from tests.fakes import START, ChangesAtOnce, ManualClock, MemoryUsers
from tradeterm.protocol.vocabulary import Role, Scope


class Book:
    """Sessions of ann's, on a manual clock."""

    def __init__(self) -> None:
        self.clock, self.users = ManualClock(), MemoryUsers()
        self.users.add("ann", Role.TRADER, "hash", START)
        self.sessions = Sessions(self.users, ChangesAtOnce(self.users), self.clock, CountedIds(), timedelta(days=1))

    def opened(self, session_id: str = "s") -> SignInSession:
        self.users.open_session(
            SignInSession(session_id, "ann", Scope.TRADE, START, START + timedelta(days=1), "192.0.2.1")
        )
        return self.now(session_id)

    def now(self, session_id: str = "s") -> SignInSession:
        found = self.users.session(session_id)
        assert found is not None
        return found


async def test_the_last_token_leads_on_and_one_before_it_for_a_moment() -> None:
    """An answer that was lost on the way is given again; later the same token is a thief's."""
    book = Book()
    assert await book.sessions.next_generation(book.opened(), 0) == 1
    assert await book.sessions.next_generation(book.now(), 0) == 1
    book.clock.advance(REUSE_GRACE_S + 0.1)
    assert await book.sessions.next_generation(book.now(), 0) is None
    assert await book.sessions.next_generation(book.now(), 1) == 2


async def test_a_token_that_was_never_given_out_leads_nowhere() -> None:
    """Nor does one that is older than the one before the last."""
    book = Book()
    book.opened()
    for used in (0, 1, 2):
        await book.sessions.next_generation(book.now(), used)
    assert [await book.sessions.next_generation(book.now(), used) for used in (0, 1, 4)] == [None] * 3


async def test_what_is_remembered_of_refreshes_is_bounded() -> None:
    """Of the oldest only the row's own time is left, which is as good while nobody sets the clock."""
    book = Book()
    for number in range(KEPT_RENEWALS + 2):
        await book.sessions.next_generation(book.opened(f"s-{number}"), 0)
    assert await book.sessions.next_generation(book.now("s-0"), 0) == 1
    book.clock.set_wall(timedelta(hours=1))
    assert await book.sessions.next_generation(book.now("s-0"), 0) is None
    assert await book.sessions.next_generation(book.now("s-5"), 0) == 1


async def test_what_ended_by_itself_is_dropped_some_time_after() -> None:
    """So that who comes back with it still hears why."""
    book = Book()
    book.opened()
    await book.sessions.forget_ended()
    assert book.users.session("s") is not None
    book.clock.advance(timedelta(days=60).total_seconds())
    await book.sessions.forget_ended()
    assert book.users.session("s") is None
