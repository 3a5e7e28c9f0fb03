"""Where passwords wait to be checked: a few at once, and out of everybody's way while somebody is guessing."""

import asyncio
from collections import Counter, deque
from collections.abc import Callable

import structlog

from server.identity.passwords import hash_password
from server.ports import Clock

log = structlog.get_logger(__name__)

Verify = Callable[[str | None, str], bool]

# Hashing is slow on purpose: so many at once, and so many more may wait for their turn.
AT_ONCE = 2
WAITING = 64
EACH = 4  # of one user from one address
# More wrong passwords in a minute, for whomever and from wherever, than people make by mistyping.
ALARMING_FAILURES = 5
ALARM_S = 60.0
REST_S = 60.0  # for so long `aside` is not asked again when it could not answer


class PasswordLine:
    """Asks `verify(hash or None, password)` in a thread; None must cost as much as a hash.

    A hash keeps a core busy for some milliseconds at a stretch, which the event loop feels when it wants that core. One
    sign-in now and then does not matter; while there is a flood of guesses `aside` is asked instead, which must yield to
    everything else, and may raise OSError when it is given no time.
    """

    def __init__(self, verify: Verify, aside: Verify, clock: Clock, make: Callable[[str], str] = hash_password) -> None:
        self._verify, self._aside, self._make = verify, aside, make
        self._clock = clock
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._in_line: Counter[str] = Counter()  # by address and by who
        self._asked_again_at = 0.0  # when `aside` may be asked
        self._failed_at: deque[float] = deque(maxlen=ALARMING_FAILURES)

    def may_join(self, address: str, who: str) -> bool:
        """Whether there is a place for one more of `who` (a user at an address).

        An address may have as many places as it leaves free: the first one half of them, the next one half of the rest,
        and so on. So nobody who floods the line keeps the others out of it.
        """
        free = WAITING - self._in_line.total() // 2
        return self._in_line[address] < free and self._in_line[f"user {who}"] < EACH

    async def check(self, stored: str | None, password: str, address: str = "", who: str = "") -> bool:
        """Whether the password is the one, once it is its turn."""
        keys = (address, f"user {who}")
        self._in_line.update(keys)
        try:
            async with self._turns:
                matches = await self._ask(stored, password)
        finally:
            self._in_line.subtract(keys)
            self._in_line = +self._in_line
        if not matches:
            self._failed_at.append(self._clock.monotonic())
        return matches

    async def hash(self, password: str) -> str:
        """The hash of a new password, once it is its turn."""
        async with self._turns:
            return await asyncio.to_thread(self._make, password)

    async def _ask(self, stored: str | None, password: str) -> bool:
        now = self._clock.monotonic()
        if self._is_guessed_at() and now >= self._asked_again_at:
            try:
                return await asyncio.to_thread(self._aside, stored, password)
            except OSError as error:
                log.warning("passwords cannot be checked aside", error=str(error))
                self._asked_again_at = now + REST_S
        return await asyncio.to_thread(self._verify, stored, password)

    def _is_guessed_at(self) -> bool:
        failed = self._failed_at
        return len(failed) == failed.maxlen and self._clock.monotonic() - failed[0] < ALARM_S
