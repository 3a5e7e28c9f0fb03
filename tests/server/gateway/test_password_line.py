"""Checking passwords: bounded, and in nobody's way while somebody is guessing."""

import asyncio
import os
import threading

import pytest

from server.gateway.password_line import ALARM_S, ALARMING_FAILURES, AT_ONCE, WAITING, PasswordLine
from tests.fakes import ManualClock


class Checks:
    """A `verify` that knows one password, and under which scheduling policy it ran."""

    def __init__(self) -> None:
        self.policies: list[int] = []

    def __call__(self, stored: str | None, password: str) -> bool:
        self.policies.append(os.sched_getscheduler(threading.get_native_id()))
        return password == stored


@pytest.mark.skipif(not hasattr(os, "SCHED_IDLE"), reason="only Linux has threads that yield to everything else")
async def test_flood_of_guesses_runs_only_where_nothing_else_does() -> None:
    """After ten failures in a minute, also for who knows his password; a minute later as before."""
    clock, verify = ManualClock(), Checks()
    passwords = PasswordLine(verify, clock)
    for _ in range(ALARMING_FAILURES + 1):
        assert not await passwords.check("right", "wrong")
    assert await passwords.check("right", "right")
    clock.advance(ALARM_S)
    assert await passwords.check("right", "right")
    assert verify.policies == [os.SCHED_OTHER] * ALARMING_FAILURES + [os.SCHED_IDLE] * 2 + [os.SCHED_OTHER]


@pytest.mark.skipif(not hasattr(os, "SCHED_IDLE"), reason="only Linux has threads that yield to everything else")
async def test_people_who_sign_in_are_no_flood() -> None:
    """However many they are."""
    verify = Checks()
    passwords = PasswordLine(verify, ManualClock())
    for _ in range(3 * ALARMING_FAILURES):
        assert await passwords.check("right", "right")
    assert set(verify.policies) == {os.SCHED_OTHER}


async def test_line_is_bounded_and_so_many_are_checked_at_once() -> None:
    """The rest waits; one more than may wait is told so."""
    places, go, crowded = threading.Semaphore(AT_ONCE), threading.Event(), []

    def verify(stored: str | None, password: str) -> bool:
        if not places.acquire(blocking=False):
            crowded.append(threading.get_native_id())
        go.wait()
        places.release()
        return True

    passwords = PasswordLine(verify, ManualClock())
    async with asyncio.TaskGroup() as tasks:
        for _ in range(WAITING - 1):
            tasks.create_task(passwords.check(None, ""))
        await asyncio.sleep(0)
        assert not passwords.is_full
        tasks.create_task(passwords.check(None, ""))
        await asyncio.sleep(0)
        assert passwords.is_full
        go.set()
    assert not crowded
    assert not passwords.is_full
