"""Keys that no hand typed: a paste without brackets, or noise on the line. Pure; time is an argument."""

from collections import deque
from dataclasses import dataclass, field
from datetime import timedelta

WINDOW = timedelta(milliseconds=30)
MOST = 6  # different keys in a row, in that time
SILENCE = timedelta(milliseconds=300)
MOST_WAITING = 200  # keys that came while the last one was still at work


@dataclass(slots=True)
class BurstGuard:
    """Counts the keys that are commands. One key held down is no burst, however its repeats are delivered."""

    _recent: deque[timedelta] = field(default_factory=lambda: deque(maxlen=MOST + 1))
    _last_key: str = ""
    _dropping_since: timedelta | None = None

    def is_noise(self, key: str, at: timedelta) -> bool:
        """Is this key to be dropped? Once a burst is noticed, all is until it has been silent for a while."""
        if self._dropping_since is not None and at - self._dropping_since < SILENCE:
            self._dropping_since = at
            return True
        self._dropping_since = None
        if key != self._last_key:
            self._recent.append(at)
        self._last_key = key
        if len(self._recent) > MOST and at - self._recent[0] <= WINDOW:
            self._recent.clear()
            self._dropping_since = at
            return True
        return False
