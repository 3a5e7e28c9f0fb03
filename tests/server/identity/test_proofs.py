"""Whether somebody is who they say: what is looked at in which order, and what the answer gives away."""

from datetime import timedelta

import pytest

from server.identity.password_queue import PasswordLine
from server.identity.proofs import Fault, Proofs, Proven, SignInRefused
from server.identity.sealed_secrets import SecretSeal
from server.identity.second_factor import code_at, new_secret
from server.identity.sessions import Sessions
from server.identity.sign_in_guard import SignInGuard
from tests.builders import CountedIds
from tests.fakes import ChangesAtOnce, ManualClock, MemoryUsers
from tradeterm.protocol.vocabulary import Role

PASSWORD, ADDRESS = "correct horse", "192.0.2.1"
SECRET = b"s" * 32


class Door:
    """Ann's proofs, and everything they are made of."""

    def __init__(self, failures: int = 0) -> None:
        self.clock, self.users, self.seen = ManualClock(), MemoryUsers(), list[str]()
        self.users.add("ann", Role.TRADER, PASSWORD, self.clock.now())
        changes, self.seal = ChangesAtOnce(self.users), SecretSeal(SECRET)
        sessions = Sessions(self.users, changes, self.clock, CountedIds(), timedelta(days=1))
        line = PasswordLine(self._look, self._look, self.clock, make=str)
        guard = SignInGuard(failures, 60, self.clock)
        self.proofs = Proofs(self.users, changes, line, guard, sessions, self.clock, self.seal)

    def _look(self, stored: str | None, password: str) -> bool:
        self.seen.append(password)
        return stored == password

    def want_codes(self, seal: SecretSeal | None = None) -> str:
        """Give ann a second factor; its secret."""
        secret = new_secret()
        self.users.set_second_factor("ann", (seal or self.seal).seal(secret, "ann"))
        return secret

    async def faults(self, *codes: str | None, password: str = PASSWORD) -> list[Fault | None]:
        found = [await self.proofs.of("ann", password, ADDRESS, code) for code in codes]
        return [one.fault if isinstance(one, SignInRefused) else None for one in found]


@pytest.mark.parametrize("name", ["bob", "", "Ann", "x" * 1_000, "ann\n"])
async def test_unknown_names_are_answered_like_wrong_passwords(name: str) -> None:
    """After a look at a password all the same, so that the time tells nothing either."""
    door = Door()
    assert await door.proofs.of(name, PASSWORD, ADDRESS, None) == SignInRefused()
    assert await door.proofs.of("ann", "wrong", ADDRESS, None) == SignInRefused()
    assert len(door.seen) == 2


async def test_disabled_user_is_answered_likewise() -> None:
    """Whoever knows the password hears nothing more."""
    door = Door()
    door.users.set_disabled("ann", True)
    assert await door.proofs.of("ann", PASSWORD, ADDRESS, None) == SignInRefused()


async def test_code_is_asked_for_only_behind_the_password() -> None:
    """That there is a second factor is told to nobody else; a code is good once."""
    door = Door()
    code = code_at(door.want_codes(), door.clock.now())
    assert await door.faults(code, None, password="wrong") == [Fault.WRONG] * 2
    assert await door.faults(None, "", code, code) == [Fault.CODE_MISSING, Fault.CODE_MISSING, None, Fault.CODE_WRONG]


async def test_codes_that_are_wrong_are_held_back_like_passwords() -> None:
    """Six digits would be guessed in a day."""
    door = Door(failures=3)
    code = code_at(door.want_codes(), door.clock.now())
    wrong = "000000" if code != "000000" else "111111"
    found = await door.faults(*[wrong] * 3, code)
    assert found == [Fault.CODE_WRONG] * 3 + [Fault.HELD_BACK]


async def test_codes_are_held_back_wherever_they_come_from() -> None:
    """Who knows the password and guesses the code gains nothing by another address."""
    door = Door(failures=3)
    code = code_at(door.want_codes(), door.clock.now())
    wrong = "000000" if code != "000000" else "111111"
    for address in ("192.0.2.2", "192.0.2.3", "192.0.2.4"):
        await door.proofs.of("ann", PASSWORD, address, wrong)
    held = await door.proofs.of("ann", PASSWORD, "192.0.2.5", code)
    assert isinstance(held, SignInRefused)
    assert held.fault is Fault.HELD_BACK
    assert (held.retry_after_s or 0) > 0


async def test_factor_that_was_sealed_with_another_secret_opens_to_nobody() -> None:
    """Not even to the right code: a database that was brought from elsewhere is no way round it."""
    door = Door()
    secret = door.want_codes(SecretSeal(b"t" * 32))
    assert await door.faults(code_at(secret, door.clock.now())) == [Fault.CODE_WRONG]


async def test_what_was_shown_stands_until_password_or_user_change() -> None:
    """A look takes its time, and meanwhile somebody may have been shut out."""
    door = Door()
    proven = await door.proofs.of("ann", PASSWORD, ADDRESS, None)
    assert isinstance(proven, Proven)
    assert door.proofs.stands(proven)
    door.users.set_role("ann", Role.MONITOR)
    assert not door.proofs.stands(proven)
    door.users.set_role("ann", Role.TRADER)
    door.users.set_password("ann", "another")
    assert not door.proofs.stands(proven)


async def test_attempts_beyond_the_bound_are_not_looked_at() -> None:
    """The password's own time is what a guesser wants to spend."""
    door = Door(failures=2)
    for _ in range(2):
        await door.proofs.of("ann", "wrong", ADDRESS, None)
    held = await door.proofs.of("ann", PASSWORD, ADDRESS, None)
    assert isinstance(held, SignInRefused)
    assert held.fault is Fault.HELD_BACK
    assert (held.retry_after_s or 0) > 0
    assert len(door.seen) == 2


async def test_codes_beyond_the_bound_are_not_looked_at() -> None:
    """Whoever has the password has six digits to guess: they are held back, with the right code too."""
    door = Door(failures=2)
    secret = door.want_codes()
    await door.faults("000000", "000000", "000000")
    assert await door.faults(code_at(secret, door.clock.now())) == [Fault.HELD_BACK]
