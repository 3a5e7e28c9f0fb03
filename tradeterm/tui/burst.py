"""Keys that no hand typed: a paste without brackets, or noise on the line. Pure; time is an argument."""

from collections import deque
from collections.abc import Iterable
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

    def is_noise(self, key: str, at: timedelta, coming: Iterable[tuple[str, timedelta]] = ()) -> bool:
        """Is this key to be dropped? Once a burst is noticed, all is until it has been silent for a while.

        `coming` are the keys that were typed after it already, as far as they are known: the first of a paste is noticed too.
        """
        if self._dropping_since is not None and at - self._dropping_since < SILENCE:
            self._dropping_since = at
            return True
        self._dropping_since = None
        if key != self._last_key:
            self._recent.append(at)
        self._last_key = key
        if (len(self._recent) > MOST and at - self._recent[0] <= WINDOW) or self._begins_burst(key, at, coming):
            self._recent.clear()
            self._dropping_since = at
            return True
        return False

    @staticmethod
    def _begins_burst(key: str, at: timedelta, coming: Iterable[tuple[str, timedelta]]) -> bool:
        changes, last = 1, key
        for following, typed_at in coming:
            if typed_at - at > WINDOW:
                break
            changes, last = changes + (following != last), following
        return changes > MOST
