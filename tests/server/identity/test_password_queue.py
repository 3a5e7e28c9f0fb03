"""Checking passwords: bounded, and in nobody's way while somebody is guessing."""

import asyncio
import threading
from collections import Counter

from server.identity.password_queue import (
    ALARM_S,
    ALARMING_FAILURES,
    AT_ONCE,
    EACH,
    REST_S,
    WAITING,
    PasswordLine,
    Verify,
)
from tests.fakes import ManualClock


class Checks:
    """Two ways to ask for one password, and which of them were taken."""

    def __init__(self) -> None:
        self.ways: list[str] = []

    def by(self, way: str) -> Verify:
        def verify(stored: str | None, password: str) -> bool:
            self.ways.append(way)
            return password == stored

        return verify


async def test_flood_of_guesses_is_checked_aside() -> None:
    """After five failures in a minute, also for who knows the password; a minute later as before."""
    clock, checks = ManualClock(), Checks()
    passwords = PasswordLine(checks.by("here"), checks.by("aside"), clock)
    for _ in range(ALARMING_FAILURES + 1):
        assert not await passwords.check("right", "wrong")
    assert await passwords.check("right", "right")
    clock.advance(ALARM_S)
    assert await passwords.check("right", "right")
    assert checks.ways == ["here"] * ALARMING_FAILURES + ["aside"] * 2 + ["here"]


async def test_password_is_checked_all_the_same_when_aside_it_cannot_be() -> None:
    """As on a machine whose cores are all busy; for a minute nobody waits for that again."""
    clock, checks = ManualClock(), Checks()

    def aside(stored: str | None, password: str) -> bool:
        checks.ways.append("in vain")
        raise TimeoutError

    passwords = PasswordLine(checks.by("here"), aside, clock)
    for _ in range(ALARMING_FAILURES):
        assert not await passwords.check("right", "wrong")
    checks.ways.clear()
    assert await passwords.check("right", "right")
    assert not await passwords.check("right", "wrong")
    assert checks.ways == ["in vain", "here", "here"]
    clock.advance(REST_S)
    for _ in range(ALARMING_FAILURES):
        await passwords.check("right", "wrong")
    checks.ways.clear()
    assert await passwords.check("right", "right")
    assert checks.ways == ["in vain", "here"]


async def test_people_who_sign_in_are_no_flood() -> None:
    """However many they are."""
    checks = Checks()
    passwords = PasswordLine(checks.by("here"), checks.by("aside"), ManualClock())
    for _ in range(3 * ALARMING_FAILURES):
        assert await passwords.check("right", "right")
    assert set(checks.ways) == {"here"}


async def test_line_is_bounded_and_so_many_are_checked_at_once() -> None:
    """The rest waits; one more than may wait is told so."""
    places, go, crowded = threading.Semaphore(AT_ONCE), threading.Event(), []

    def verify(stored: str | None, password: str) -> bool:
        if not places.acquire(blocking=False):
            crowded.append(threading.get_native_id())
        go.wait()
        places.release()
        return True

    passwords = PasswordLine(verify, verify, ManualClock())
    async with asyncio.TaskGroup() as tasks:
        for number in range(WAITING):
            address = f"address {number}"
            assert passwords.may_join(address, address)
            tasks.create_task(passwords.check(None, "", address, address))
            await asyncio.sleep(0)
        assert not passwords.may_join("another", "ann")
        go.set()
    assert not crowded
    assert passwords.may_join("another", "ann")


async def test_flooded_line_has_a_place_for_others() -> None:
    """One user at one address fills a user's four, the address half of the line, six such addresses not the whole of it."""
    go = threading.Event()

    def verify(stored: str | None, password: str) -> bool:
        return go.wait()

    passwords = PasswordLine(verify, verify, ManualClock())
    taken: Counter[str] = Counter()
    async with asyncio.TaskGroup() as tasks:
        for number in range(6 * WAITING):
            address, who = f"address {number // WAITING}", f"user {number // 8}"
            if passwords.may_join(address, who):
                taken.update((address, who))
                tasks.create_task(passwords.check(None, "", address, who))
                await asyncio.sleep(0)
        assert taken["user 0"] == EACH
        assert [taken[f"address {number}"] for number in range(6)] == [32, 16, 8, 4, 2, 1]
        assert passwords.may_join("the office", "ann")
        go.set()
