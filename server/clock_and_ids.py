"""The world's clock and the makers of ids: the only places where real time and randomness enter the server."""

import random
import time
from datetime import UTC, datetime

_VERSION = 0x7000
_VARIANT = 0x8000_0000_0000_0000
_COUNTERS = 0xFFF


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


class Uuid7Ids:
    """UUIDv7 texts that sort in the order in which they were made, also within a millisecond.

    `rand_a` counts within the millisecond (RFC 9562, method 1); when it runs over, the time part is moved on by one.
    """

    def __init__(self, bits: random.Random | None = None) -> None:
        self._random = bits or random.SystemRandom()
        # One system call for a seed instead of one an id: ids must be unique, they are no secrets.
        self._fast = random.Random(self._random.getrandbits(256))  # noqa: S311
        self._ms = 0
        self._count = 0

    def new(self) -> str:
        ms = time.time_ns() // 1_000_000
        if ms > self._ms:
            self._ms = ms
            self._count = 0
        elif self._count < _COUNTERS:
            self._count += 1
        else:
            self._ms += 1
            self._count = 0
        text = f"{(self._ms << 16) | _VERSION | self._count:016x}{_VARIANT | self._fast.getrandbits(62):016x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
