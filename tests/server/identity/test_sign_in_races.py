"""What two do at once with one password, code or token ends as if one had been first: writing it down takes its time."""

import asyncio
from collections.abc import Coroutine
from datetime import timedelta
from typing import Any, TypeVar

import pytest

from server.identity.authenticator import Authenticator, Grant, Identity
from server.identity.password_queue import PasswordLine
from server.identity.proofs import SignInRefused
from server.identity.second_factor import STEP_S, code_at, new_secret
from server.identity.sign_in_guard import SignInGuard
from server.identity.tokens import Refusal
from tests.builders import CountedIds
from tests.eventually import in_time
from tests.fakes import ChangesAtOnce, ManualClock, MemoryUsers
from tradeterm.protocol.vocabulary import Role

PASSWORD, NEW, ADDRESS = "correct horse", "battery staple", "192.0.2.1"
V = TypeVar("V")


class Desk:
    """A sign-in whose writes wait until everybody has begun."""

    def __init__(self) -> None:
        self.clock, self.users = ManualClock(), MemoryUsers()
        self.users.add("ann", Role.TRADER, PASSWORD, self.clock.now())
        self.changes = ChangesAtOnce(self.users)
        self.passwords_seen = 0
        self.auth = Authenticator(
            secret=b"s" * 32,
            users=self.users,
            changes=self.changes,
            clock=self.clock,
            ids=CountedIds(),
            passwords=PasswordLine(self._verify, self._verify, self.clock, make=str),
            guard=SignInGuard(0, 60, self.clock),
        )

    async def sign_in(self, password: str = PASSWORD, code: str | None = None) -> Grant | SignInRefused:
        return await self.auth.sign_in("ann", password, ADDRESS, code=code)

    async def grant(self) -> Grant:
        granted = await self.sign_in()
        assert isinstance(granted, Grant)
        return granted

    def _verify(self, stored: str | None, password: str) -> bool:
        self.passwords_seen += 1
        return stored == password

    async def at_once(self, *asked: Coroutine[Any, Any, V], passwords: int = 0) -> list[V]:
        """All of them begun, so many passwords looked at, and as far as they come before the first write is made."""
        self.changes.hold, seen = asyncio.Event(), self.passwords_seen
        begun = [asyncio.create_task(one) for one in asked]
        await in_time(lambda: self.changes.waiting > 0 and self.passwords_seen - seen == passwords)
        for _ in range(20):
            await asyncio.sleep(0)
        self.changes.hold.set()
        return await asyncio.gather(*begun)


@pytest.fixture
def desk() -> Desk:
    return Desk()


async def test_a_code_lets_one_of_two_in(desk: Desk) -> None:
    secret = new_secret()
    desk.users.set_second_factor("ann", secret)
    code = code_at(secret, desk.clock.now())
    answers = await desk.at_once(desk.sign_in(code=code), desk.sign_in(code=code), passwords=2)
    assert sorted(type(one).__name__ for one in answers) == ["Grant", "SignInRefused"]
    assert len(desk.users.sessions("ann")) == 1


@pytest.mark.parametrize("back_s", [31, 61, 3_600])
async def test_a_code_that_was_used_stays_so_however_the_clock_is_set(desk: Desk, back_s: int) -> None:
    """Put back, so that its time comes once more, and on again: nobody who saw it gets in, and its owner does."""
    secret = new_secret()
    desk.users.set_second_factor("ann", secret)
    back, codes = timedelta(seconds=back_s), []
    for _ in range(4):
        codes.append(code_at(secret, desk.clock.now()))
        assert isinstance(await desk.sign_in(code=codes[-1]), Grant)
        desk.clock.advance(STEP_S)
    for wall in (-back, back):
        desk.clock.set_wall(wall)
        for code in codes:
            assert isinstance(await desk.sign_in(code=code), SignInRefused)
    desk.clock.set_wall(-back)
    desk.clock.advance(back_s)
    assert isinstance(await desk.sign_in(code=code_at(secret, desk.clock.now())), Grant)


async def test_a_refresh_token_that_is_sent_twice_ends_nothing(desk: Desk) -> None:
    """A client that was not answered asks again: both answers are good, and the next one is."""
    first = await desk.grant()
    answers = await desk.at_once(desk.auth.refresh(first.refresh_token), desk.auth.refresh(first.refresh_token))
    for granted in answers:
        assert isinstance(granted, Grant)
        assert isinstance(desk.auth.check(granted.access_token), Identity)
    last = answers[-1]
    assert isinstance(last, Grant)
    assert isinstance(await desk.auth.refresh(last.refresh_token), Grant)


async def test_a_session_that_ends_while_it_is_refreshed_has_ended(desk: Desk) -> None:
    granted = await desk.grant()
    session_id = granted.identity.session_id

    async def end() -> None:
        await desk.auth.logout(session_id)

    renewed, _ = await desk.at_once(desk.auth.refresh(granted.refresh_token), end())
    assert desk.auth.check(granted.access_token) is Refusal.REVOKED
    if isinstance(renewed, Grant):
        assert desk.auth.check(renewed.access_token) is Refusal.REVOKED
        assert await desk.auth.refresh(renewed.refresh_token) is Refusal.REVOKED


async def test_one_of_two_new_passwords_is_taken(desk: Desk) -> None:
    """The other was asked for with a password that is none any more."""
    identity = (await desk.grant()).identity
    answers = await desk.at_once(
        desk.auth.change_password(identity, PASSWORD, NEW, ADDRESS),
        desk.auth.change_password(identity, PASSWORD, f"{NEW} too", ADDRESS),
        passwords=2,
    )
    assert sorted(type(one).__name__ for one in answers) == ["NoneType", "SignInRefused"]
    assert desk.users.password_hash("ann") == (NEW if answers[0] is None else f"{NEW} too")


async def test_a_password_that_is_changed_while_it_is_looked_at_lets_nobody_in(desk: Desk) -> None:
    """Whoever changes it ends what was opened with it: also what was about to be."""
    identity = (await desk.grant()).identity

    async def change() -> None:
        assert await desk.auth.change_password(identity, PASSWORD, NEW, ADDRESS) is None

    answers = await desk.at_once(change(), desk.sign_in(), desk.sign_in(), passwords=3)
    assert isinstance(desk.auth.check((await desk.auth.sign_in("ann", NEW, ADDRESS)).access_token), Identity)  # type: ignore[union-attr]
    alive = {one.id for one in desk.users.sessions("ann")}
    assert identity.session_id in alive
    for granted in answers:
        assert not isinstance(granted, Grant) or granted.identity.session_id not in alive


async def test_a_user_who_is_disabled_while_they_sign_in_is_not_in(desk: Desk) -> None:
    async def disable() -> None:
        await desk.auth.set_disabled("ann", disabled=True)

    _, granted = await desk.at_once(disable(), desk.sign_in(), passwords=1)
    assert not desk.users.sessions("ann")
    assert not isinstance(granted, Grant) or desk.auth.check(granted.access_token) is Refusal.REVOKED
