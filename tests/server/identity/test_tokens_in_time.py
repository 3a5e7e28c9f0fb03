"""Tokens and clocks: what is over is over, what is bad is bad, and a clock that is set makes no good token bad."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import jwt
import pytest

from server.gateway.limits import GatewayLimits, Limits
from server.identity.authenticator import Authenticator, Grant, Identity, Lifetimes
from server.identity.password_queue import PasswordLine
from server.identity.tokens import Refusal
from tests.builders import CountedIds
from tests.fakes import ChangesAtOnce, ManualClock, MemoryUsers
from tradeterm.protocol.vocabulary import Role, Scope

SECRET = b"a secret of more than thirty-two bytes"
PASSWORD = "long enough"
ACCESS = timedelta(minutes=15)
SESSION = timedelta(days=30)


class Desk:
    """The sign-in of a server that can be started anew on the same users."""

    def __init__(self) -> None:
        self.clock, self.users = ManualClock(), MemoryUsers()
        self.users.add("ann", Role.TRADER, PASSWORD, self.clock.now())
        self.users.add("bob", Role.TRADER, PASSWORD, self.clock.now())
        self._ids = CountedIds()
        self.start()

    def start(self, lifetimes: Lifetimes | None = None, on_revoked: Sequence[Callable[[str], None]] = ()) -> None:
        verify = PasswordLine(_plain, _plain, self.clock)
        self.auth = Authenticator(
            secret=SECRET,
            users=self.users,
            changes=ChangesAtOnce(self.users),
            clock=self.clock,
            ids=self._ids,
            passwords=verify,
            guard=Limits(GatewayLimits(), self.clock).sign_in,
            lifetimes=lifetimes or Lifetimes(ACCESS, SESSION),
            on_revoked=on_revoked,
        )

    async def sign_in(self, name: str = "ann", scope: Scope = Scope.TRADE) -> Grant:
        granted = await self.auth.sign_in(name, PASSWORD, "192.0.2.1", scope)
        assert isinstance(granted, Grant)
        return granted

    async def refresh(self, token: str) -> Grant:
        granted = await self.auth.refresh(token)
        assert isinstance(granted, Grant), granted
        return granted


def _plain(stored: str | None, password: str) -> bool:
    return stored == password


def altered(token: str, **claims: Any) -> str:
    """The token with other claims, signed by whoever holds the secret."""
    said = jwt.decode(token, SECRET, algorithms=["HS256"], options={"verify_aud": False, "verify_exp": False})
    return jwt.encode({**said, **claims}, SECRET, algorithm="HS256")


def seconds(moment: datetime) -> int:
    return int(moment.timestamp())


@pytest.fixture
def desk() -> Desk:
    return Desk()


async def test_expired_is_said_to_be_expired_and_the_rest_to_be_bad(desk: Desk) -> None:
    """To the second, the first time that it is seen as well as later."""
    token = (await desk.sign_in()).access_token
    desk.clock.advance(ACCESS.total_seconds() - 1)
    assert isinstance(desk.auth.check(token), Identity)
    desk.clock.advance(1)
    assert [desk.auth.check(token) for _ in range(2)] == [Refusal.EXPIRED] * 2
    assert desk.auth.check(token[:-4]) is Refusal.BAD
    assert desk.auth.check(altered(token, typ="refresh")) is Refusal.BAD


async def test_expired_refresh_token_is_said_to_be_expired(desk: Desk) -> None:
    """Then only a password helps."""
    granted = await desk.sign_in()
    desk.clock.advance(SESSION.total_seconds())
    assert await desk.auth.refresh(granted.refresh_token) is Refusal.EXPIRED


@pytest.mark.parametrize("step", [timedelta(minutes=-1), timedelta(minutes=1)], ids=["back", "forward"])
@pytest.mark.parametrize("restarted", [False, True])
async def test_clock_set_by_a_minute_changes_nothing(desk: Desk, step: timedelta, restarted: bool) -> None:
    """Whether the token was seen before or not."""
    granted = await desk.sign_in()
    desk.clock.set_wall(step)
    if restarted:
        desk.start()
    assert isinstance(desk.auth.check(granted.access_token), Identity)
    assert isinstance(desk.auth.check((await desk.refresh(granted.refresh_token)).access_token), Identity)


@pytest.mark.parametrize("step", [timedelta(hours=-1), timedelta(days=-1), timedelta(hours=1), timedelta(days=1)])
@pytest.mark.parametrize("restarted", [False, True])
async def test_clock_set_far_is_a_matter_of_time_and_the_session_goes_on(
    desk: Desk, step: timedelta, restarted: bool
) -> None:
    """The old access token passes for expired, not for bad; a refresh gives one that is good at once."""
    granted = await desk.sign_in()
    assert isinstance(desk.auth.check(granted.access_token), Identity)
    desk.clock.set_wall(step)
    if restarted:
        desk.start()
    found = desk.auth.check(granted.access_token)
    assert isinstance(found, Refusal)
    assert found.passes
    renewed = await desk.refresh(granted.refresh_token)
    assert isinstance(desk.auth.check(renewed.access_token), Identity)
    desk.clock.set_wall(-step)
    assert isinstance(desk.auth.check((await desk.refresh(renewed.refresh_token)).access_token), Identity)


async def test_lost_answer_of_a_refresh_is_given_again_though_the_clock_was_set(desk: Desk) -> None:
    """The grace is counted in steady time while the server runs."""
    first = await desk.sign_in()
    lost = await desk.refresh(first.refresh_token)
    desk.clock.set_wall(timedelta(hours=-1))
    desk.clock.advance(29)
    again = await desk.refresh(first.refresh_token)
    assert isinstance(await desk.refresh(again.refresh_token), Grant)
    assert isinstance(desk.auth.check(lost.access_token), Refusal)


async def test_used_refresh_token_stays_used_over_a_restart_and_ends_the_family(desk: Desk) -> None:
    """After three refreshes and a restart the first token is worth nothing, and whoever holds the last one must sign in."""
    first = await desk.sign_in()
    last = first
    for _ in range(3):
        last = await desk.refresh(last.refresh_token)
    desk.start()
    assert await desk.auth.refresh(first.refresh_token) is Refusal.REVOKED
    assert await desk.auth.refresh(last.refresh_token) is Refusal.REVOKED
    assert desk.auth.check(last.access_token) is Refusal.REVOKED


async def test_last_used_refresh_token_has_its_grace_over_a_restart_too(desk: Desk) -> None:
    """The answer may have been lost with the server; half a minute later it is a thief's."""
    first = await desk.sign_in()
    await desk.refresh(first.refresh_token)
    desk.start()
    desk.clock.advance(30)
    assert isinstance(await desk.auth.refresh(first.refresh_token), Grant)
    desk.clock.advance(1)
    assert await desk.auth.refresh(first.refresh_token) is Refusal.REVOKED


async def test_generation_that_was_never_given_is_no_generation(desk: Desk) -> None:
    """Not even from the holder of the secret."""
    granted = await desk.sign_in()
    assert await desk.auth.refresh(altered(granted.refresh_token, gen=7)) is Refusal.REVOKED


@pytest.mark.parametrize("claim", [{"sub": "bob"}, {"scope": "trade"}], ids=["user", "scope"])
async def test_token_is_held_against_the_owner_of_its_session(desk: Desk, claim: dict[str, str]) -> None:
    """A session opened by ann for reading is neither bob's nor good for trading, whatever a signed token says."""
    granted = await desk.sign_in(scope=Scope.READ)
    assert desk.auth.check(altered(granted.access_token, **claim)) is Refusal.REVOKED
    assert await desk.auth.refresh(altered(granted.refresh_token, **claim)) is Refusal.REVOKED


async def test_token_of_the_future_and_of_a_lifetime_count_for_nothing(desk: Desk) -> None:
    """Two hours ahead, ten years long: refused, and a refresh token outlives its session by nothing."""
    granted, now = await desk.sign_in(), desk.clock.now()
    soon, late = seconds(now + timedelta(hours=2)), seconds(now + timedelta(days=3650))
    assert desk.auth.check(altered(granted.access_token, iat=soon, nbf=soon, exp=soon + 60)) is Refusal.EARLY
    assert desk.auth.check(altered(granted.access_token, nbf=soon, exp=soon + 60)) is Refusal.BAD
    assert desk.auth.check(altered(granted.access_token, exp=late)) is Refusal.BAD
    assert await desk.auth.refresh(altered(granted.refresh_token, exp=late)) is Refusal.BAD


async def test_shorter_life_holds_for_tokens_that_are_out_already(desk: Desk) -> None:
    """The server was started anew with another setting: theirs have expired, not gone bad."""
    granted = await desk.sign_in()
    desk.start(Lifetimes(timedelta(seconds=10), SESSION))
    desk.clock.advance(9)
    assert isinstance(desk.auth.check(granted.access_token), Identity)
    desk.clock.advance(1)
    assert desk.auth.check(granted.access_token) is Refusal.EXPIRED


async def test_sessions_of_a_user_are_bounded_and_the_oldest_makes_room(desk: Desk) -> None:
    """A hundred of a scope; whoever holds the first one is told that it has ended."""
    told: list[str] = []
    desk.start(on_revoked=[told.append])
    reader, first = await desk.sign_in(scope=Scope.READ), await desk.sign_in()
    for _ in range(100):
        desk.clock.advance(60)
        await desk.sign_in()
    assert len(desk.users.sessions("ann")) == 101
    assert reader.identity.session_id not in told
    assert told == [first.identity.session_id]


async def test_ended_sessions_are_swept(desk: Desk) -> None:
    """Nothing of them stays in the store a day later."""
    await desk.sign_in()
    desk.clock.advance((SESSION + timedelta(days=1, seconds=1)).total_seconds())
    await desk.auth.forget_ended()
    assert desk.users.sessions("ann") == []
