"""The world's clock and the makers of ids: the only places where real time and randomness enter the server."""

import random
import time
from datetime import UTC, datetime

_VERSION = "7"
_VARIANT = 0x8000_0000_0000_0000
_COUNTERS = 0xFFF
# Formatting a number costs more than all the rest of making an id.
_HEX = tuple(f"{number:03x}" for number in range(_COUNTERS + 1))


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


class Uuid7Ids:
    """UUIDv7 texts that sort in the order in which they were made, also within a millisecond.

    `rand_a` counts within the millisecond (RFC 9562, method 1); when it runs over, the time part is moved on by one. What
    is left to chance is drawn once a millisecond; its end goes on with the count, for people tell ids apart by their ends.
    """

    def __init__(self, bits: random.Random | None = None) -> None:
        self._random = bits or random.SystemRandom()
        # One system call for a seed instead of one an id: ids must be unique, they are no secrets.
        self._fast = random.Random(self._random.getrandbits(256))  # noqa: S311
        self._ms = 0
        self._count = 0
        self._head = self._tail = ""  # of all ids of this millisecond, before and after the count
        self._end = 0  # of the first id of it, the last three digits

    def new(self) -> str:
        ms = time.time_ns() // 1_000_000
        if ms > self._ms:
            self._begin(ms)
        elif self._count < _COUNTERS:
            self._count += 1
        else:
            self._begin(self._ms + 1)
        count = self._count
        return self._head + _HEX[count] + self._tail + _HEX[self._end + count & _COUNTERS]

    def _begin(self, ms: int) -> None:
        """A block of ids: the count tells those of one millisecond apart, chance those of two processes."""
        self._ms, self._count = ms, 0
        time_part, rest = f"{ms:012x}", f"{_VARIANT | self._fast.getrandbits(62):016x}"
        self._head, self._tail = f"{time_part[:8]}-{time_part[8:]}-{_VERSION}", f"-{rest[:4]}-{rest[4:13]}"
        self._end = int(rest[13:], 16)
