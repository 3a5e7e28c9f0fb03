"""Where passwords wait to be checked: in threads, a few at once, and out of everybody's way while somebody is guessing."""

import asyncio
import contextlib
import os
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from server.ports import Clock

# Hashing is slow on purpose: so many at once, and so many more may wait for their turn.
AT_ONCE = 2
WAITING = 64
# More wrong passwords in a minute, for whomever and from wherever, than people make by mistyping.
ALARMING_FAILURES = 10
ALARM_S = 60.0


class PasswordLine:
    """Asks `verify(hash or None, password)` in a thread; None must cost as much as a hash.

    A hash keeps a core busy for some milliseconds at a stretch, which the event loop feels when it wants that core. One
    sign-in now and then does not matter; a flood of guesses is worked off only where nothing else wants to run.
    """

    def __init__(self, verify: Callable[[str | None, str], bool], clock: Clock) -> None:
        self._verify = verify
        self._clock = clock
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._in_line = 0
        self._failed_at: deque[float] = deque(maxlen=ALARMING_FAILURES)
        self._yielding = ThreadPoolExecutor(AT_ONCE, "passwords", initializer=_yield_to_everything)

    @property
    def is_full(self) -> bool:
        return self._in_line >= WAITING

    async def check(self, stored: str | None, password: str) -> bool:
        """Whether the password is the one, once it is its turn."""
        self._in_line += 1
        try:
            async with self._turns:
                threads = self._yielding if self._is_guessed_at() else None
                matches = await asyncio.get_running_loop().run_in_executor(threads, self._verify, stored, password)
        finally:
            self._in_line -= 1
        if not matches:
            self._failed_at.append(self._clock.monotonic())
        return matches

    def _is_guessed_at(self) -> bool:
        failed = self._failed_at
        return len(failed) == failed.maxlen and self._clock.monotonic() - failed[0] < ALARM_S


def _yield_to_everything() -> None:
    """Let this thread run only on a core that nothing else wants. A low priority is not enough: on today's Linux it
    still keeps a core to the end of its slice, three milliseconds. Where there is no such policy, nothing changes."""
    if hasattr(os, "SCHED_IDLE"):
        with contextlib.suppress(OSError):
            os.sched_setscheduler(threading.get_native_id(), os.SCHED_IDLE, os.sched_param(0))
