"""The world's clock and the makers of ids: the only places where real time and randomness enter the server."""

import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime

_VERSION = "7"
_VARIANT = 0x8000_0000_0000_0000
_COUNTERS = 0xFFF
# Formatting a number costs more than all the rest of making an id.
_HEX = tuple(f"{number:03x}" for number in range(_COUNTERS + 1))
_ENDS = _HEX * 2  # counted on from anywhere
_MS = 1_000_000  # in nanoseconds


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
        self.new = self._ids().__next__

    def _ids(self) -> Iterator[str]:
        """One after the other: the count tells those of one millisecond apart, chance those of two processes."""
        last, now = 0, time.time_ns
        while True:
            last = max(last + 1, now() // _MS)
            over = (last + 1) * _MS
            head, tail, end = self._parts(last)
            for count, digits in enumerate(_HEX):
                yield f"{head}{digits}{tail}{_ENDS[end + count]}"
                if now() >= over:
                    break

    def _parts(self, ms: int) -> tuple[str, str, int]:
        """Of all ids of a millisecond: what stands before and after the count, and the last three digits of the first."""
        chance = self._fast.getrandbits(62)
        time_part, rest = f"{ms:012x}", f"{_VARIANT | chance:016x}"
        return f"{time_part[:8]}-{time_part[8:]}-{_VERSION}", f"-{rest[:4]}-{rest[4:13]}", chance & _COUNTERS
