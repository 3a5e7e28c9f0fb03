"""Who is behind a token, asked at every request: cheap while nothing changed, and never late when something did."""

import asyncio
from datetime import datetime

import pytest

from server.identity import authenticator as module
from server.identity.authenticator import Authenticator, Grant, Identity, PasswordRefused
from server.identity.password_queue import PasswordLine
from server.identity.proofs import SignInRefused
from server.identity.sign_in_guard import SignInGuard
from server.identity.tokens import Refusal
from server.ports import DatabaseAway
from tests.builders import CountedIds
from tests.eventually import in_time
from tests.fakes import ChangesAtOnce, ManualClock, MemoryUsers
from tradeterm.protocol.vocabulary import Role, Scope

PASSWORD, ADDRESS = "correct horse", "192.0.2.1"


class Users(MemoryUsers):
    """Users of a database that may be away."""

    is_away = False
    looks = 0
    forgot = 0

    def revision(self) -> int:
        self.looks += 1
        if self.is_away:
            raise DatabaseAway("away")
        return super().revision()

    def forget_sessions(self, expired_before: datetime) -> None:
        self.forgot += 1
        super().forget_sessions(expired_before)

    async def was_asked(self, times: int) -> None:
        """Return when so many more looks were made."""
        before = self.looks
        await in_time(lambda: self.looks >= before + times)


class House:
    """An authenticator of ann's, a trader, and what it told of ended sessions."""

    def __init__(self) -> None:
        self.clock, self.users = ManualClock(), Users()
        self.users.add("ann", Role.TRADER, PASSWORD, self.clock.now())
        self.told: list[str] = []
        self.auth = Authenticator(
            secret=b"s" * 32,
            users=self.users,
            changes=ChangesAtOnce(self.users),
            clock=self.clock,
            ids=CountedIds(),
            passwords=PasswordLine(_same, _same, self.clock, make=str),
            guard=SignInGuard(0, 60, self.clock),
            on_revoked=[self._failing, self.told.append],
        )
        self.broken = False

    def _failing(self, session_id: str) -> None:
        if self.broken:
            raise RuntimeError("this listener fails")

    async def grant(self, scope: Scope = Scope.TRADE) -> Grant:
        granted = await self.auth.sign_in("ann", PASSWORD, ADDRESS, scope)
        assert isinstance(granted, Grant)
        return granted


def _same(stored: str | None, password: str) -> bool:
    return stored == password


@pytest.fixture
def house() -> House:
    return House()


async def test_check_asks_nobody_while_nothing_changed(house: House) -> None:
    """A hundred requests cost one look at the user."""
    token = (await house.grant()).access_token
    house.auth.check(token)
    before = house.users.asked
    for _ in range(100):
        found = house.auth.check(token)
    assert isinstance(found, Identity)
    assert (found.user, found.may_trade) == ("ann", True)
    assert house.users.asked == before


async def test_change_made_elsewhere_is_seen_within_a_second(house: House) -> None:
    """The command line disables a user in the same database: the token counts until the next look, and not longer."""
    token = (await house.grant()).access_token
    assert isinstance(house.auth.check(token), Identity)
    house.users.set_disabled("ann", True)
    house.clock.advance(module.REVISION_EVERY_S)
    assert house.auth.check(token) is Refusal.REVOKED


async def test_new_role_ends_what_was_signed_for_the_old_one(house: House) -> None:
    """A monitor's rights are not those of the trader who signed in."""
    token = (await house.grant()).access_token
    assert isinstance(house.auth.check(token), Identity)
    house.users.set_role("ann", Role.MONITOR)
    house.clock.advance(module.REVISION_EVERY_S)
    assert house.auth.check(token) is Refusal.REVOKED


async def test_who_was_known_stays_known_while_the_database_is_away(house: House) -> None:
    """A cancel must get through then."""
    token = (await house.grant()).access_token
    assert isinstance(house.auth.check(token), Identity)
    assert not house.auth.is_away
    house.users.is_away = True
    house.clock.advance(60)
    assert isinstance(house.auth.check(token), Identity)
    assert house.auth.is_away
    house.users.is_away = False
    house.clock.advance(60)
    assert isinstance(house.auth.check(token), Identity)
    assert not house.auth.is_away


async def test_logout_counts_at_once_and_tells_the_sockets(house: House) -> None:
    """Of that session alone."""
    one, other = await house.grant(), await house.grant()
    for granted in (one, other):
        house.auth.check(granted.access_token)
    await house.auth.logout(one.identity.session_id)
    assert house.told == [one.identity.session_id]
    assert house.auth.check(one.access_token) is Refusal.REVOKED
    assert isinstance(house.auth.check(other.access_token), Identity)
    assert [session.id for session in house.auth.sessions("ann")] == [other.identity.session_id]


async def test_sweep_tells_of_sessions_that_others_ended(house: House) -> None:
    """Once each, and of those alone that are in use here."""
    used, never_seen = await house.grant(), await house.grant()
    house.auth.check(used.access_token)
    house.users.close_session(used.identity.session_id)
    house.users.close_session(never_seen.identity.session_id)
    await house.auth.sweep()
    await house.auth.sweep()
    assert house.told == [used.identity.session_id]


async def test_sweep_leaves_those_alone_who_still_count(house: House) -> None:
    """Whoever moved the users' revision; a session that ends later is told of then."""
    ended, stays = await house.grant(), await house.grant()
    for one in (ended, stays):
        house.auth.check(one.access_token)
    house.users.close_session(ended.identity.session_id)
    await house.auth.sweep()
    assert house.told == [ended.identity.session_id]
    house.users.close_session(stays.identity.session_id)
    await house.auth.sweep()
    assert house.told == [ended.identity.session_id, stays.identity.session_id]


async def test_sweep_of_many_gives_others_a_turn(house: House) -> None:
    """A session that ends while the sweep waits is told of once."""
    granted = [await house.grant() for _ in range(90)] + [await house.grant(Scope.READ) for _ in range(90)]
    for one in granted:
        house.auth.check(one.access_token)
    last = granted[-1].identity.session_id
    module_slice, module._SLICE = module._SLICE, 10
    try:
        house.users.set_disabled("ann", True)
        sweeping = asyncio.create_task(house.auth.sweep())
        await asyncio.sleep(0)
        assert 0 < len(house.told) < len(granted)
        await house.auth.logout(last)
        await sweeping
    finally:
        module._SLICE = module_slice
    assert sorted(house.told) == sorted(one.identity.session_id for one in granted)


async def test_session_whose_token_ran_out_is_forgotten_without_a_word(house: House) -> None:
    """Its socket is closed by its own clock, as expired and not as revoked."""
    granted = await house.grant()
    house.auth.check(granted.access_token)
    house.clock.advance(granted.expires_in_s)
    await house.grant()  # the users' revision moves
    await house.auth.sweep()
    house.users.close_session(granted.identity.session_id)
    await house.auth.sweep()
    assert house.told == []


async def test_session_lasts_as_long_as_its_longest_token(house: House) -> None:
    """A socket holds the fresh token; the old one, shown once more elsewhere, does not have it forgotten when it runs out."""
    old = await house.grant()
    house.clock.advance(old.expires_in_s - 60)
    fresh = await house.auth.refresh(old.refresh_token)
    assert isinstance(fresh, Grant)
    for token in (fresh.access_token, old.access_token):
        assert isinstance(house.auth.check(token), Identity)
    house.clock.advance(60)
    await house.grant()  # the users' revision moves
    await house.auth.sweep()
    house.users.set_disabled("ann", True)
    await house.auth.sweep()
    assert old.identity.session_id in house.told


async def test_listener_that_fails_keeps_nobody_from_being_told(house: House) -> None:
    """One socket's fault is not another's."""

    house.broken = True
    granted = await house.grant()
    await house.auth.logout(granted.identity.session_id)
    assert house.told == [granted.identity.session_id]


async def test_disabled_user_is_out_everywhere_and_may_come_back(house: House) -> None:
    """Sockets are told at once; let in again, they sign in anew."""
    granted = await house.grant()
    house.auth.check(granted.access_token)
    await house.auth.set_disabled("ann", disabled=True)
    assert house.told == [granted.identity.session_id]
    assert isinstance(await house.auth.sign_in("ann", PASSWORD, ADDRESS), SignInRefused)
    assert await house.auth.refresh(granted.refresh_token) is Refusal.REVOKED
    await house.auth.set_disabled("ann", disabled=False)
    assert isinstance(await house.auth.sign_in("ann", PASSWORD, ADDRESS), Grant)


async def test_reading_token_has_a_budget_of_its_own(house: House) -> None:
    """A dashboard that asks too much takes nothing from who trades."""
    trader, reader = (await house.grant()).identity, (await house.grant(Scope.READ)).identity
    assert (trader.budget, reader.budget) == ("ann", "ann:read")
    assert (trader.may_trade, reader.may_trade) == (True, False)


async def test_new_password_must_be_new_and_good_and_ends_the_others(house: House) -> None:
    """The session that changed it goes on."""
    mine, other = await house.grant(), await house.grant()

    async def change(old: str, new: str) -> SignInRefused | PasswordRefused | None:
        return await house.auth.change_password(mine.identity, old, new, ADDRESS)

    assert isinstance(await change("wrong", "battery staple"), SignInRefused)
    same, weak = await change(PASSWORD, PASSWORD), await change(PASSWORD, "password")
    assert isinstance(same, PasswordRefused)
    assert isinstance(weak, PasswordRefused)
    assert "old one" in same.why
    assert len(house.auth.sessions("ann")) == 2
    assert await change(PASSWORD, "battery staple") is None
    assert [one.id for one in house.auth.sessions("ann")] == [mine.identity.session_id]
    assert house.auth.check(other.access_token) is Refusal.REVOKED


async def test_nonsense_is_bad_and_keeps_nothing(house: House) -> None:
    """Whatever its length."""
    for token in ("", "nonsense", "a.b.c", "x" * 100_000):
        assert house.auth.check(token) is Refusal.BAD
        assert await house.auth.refresh(token) is Refusal.BAD
    refresh = (await house.grant()).refresh_token
    assert house.auth.check(refresh) is Refusal.BAD, "one kind of token is not the other"


async def test_tokens_at_hand_are_bounded(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one that was used longest ago is read anew when it comes back, and still counts."""
    monkeypatch.setattr(module, "MAX_TOKENS", 2)
    granted = [await house.grant() for _ in range(4)]
    for one in granted:
        assert isinstance(house.auth.check(one.access_token), Identity)
    assert len(house.auth._checked) == 2
    assert isinstance(house.auth.check(granted[0].access_token), Identity)


async def test_the_watch_goes_on_while_the_database_is_away(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who was shut out meanwhile is told of when it is back; what has ended by itself is dropped once an hour."""
    monkeypatch.setattr(module, "WATCH_EVERY_S", 0)
    granted = await house.grant()
    house.auth.check(granted.access_token)
    house.users.is_away = True
    house.clock.advance(module.FORGET_EVERY_S + 1)
    watching = asyncio.create_task(house.auth.watch())
    try:
        await house.users.was_asked(5)
        house.users.set_disabled("ann", True)
        house.users.is_away = False
        await in_time(lambda: house.told)
        assert house.told == [granted.identity.session_id]
        await in_time(lambda: house.users.forgot)
        await house.users.was_asked(5)
        assert house.users.forgot == 1
    finally:
        watching.cancel()
