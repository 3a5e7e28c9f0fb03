"""When the screen is painted: as often as it is wanted, and less where hands or other programs need the machine. Pure.

Keys come first. A key is done when all that it set off is done, which under a constant rain of paints would be never.
"""

from dataclasses import dataclass
from datetime import timedelta

REFRESH_HZ = 10  # paints a second, where nothing holds them up
LATE = 2  # so many times later than wanted, a beat says that there is too much to do
OLDEST = timedelta(milliseconds=500)  # what one sees is never kept longer than this for the sake of hands


@dataclass(slots=True)
class Beat:
    """Asked by the timer, every `every`."""

    every: timedelta
    _asked: timedelta | None = None
    _painted: timedelta | None = None

    def paints(self, now: timedelta, *, has_keys: bool) -> bool:
        """Is it time to paint?"""
        asked, self._asked = self._asked, now
        is_due = self._painted is None or now - self._painted >= max(OLDEST, self.every)
        is_late = asked is not None and now - asked > LATE * self.every
        if is_due or not (has_keys or is_late):
            self._painted = now
            return True
        return False
