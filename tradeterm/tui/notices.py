"""What the console has to say, one line at a time: it stands over the hints, and covers no pane. Pure; time is an argument."""

from collections import deque
from dataclasses import dataclass, field
from datetime import timedelta

KEPT = 100
STANDS = timedelta(seconds=4)
ALERT_STANDS = timedelta(seconds=12)


@dataclass(frozen=True, slots=True)
class Notice:
    text: str
    is_alert: bool
    until: timedelta
    about: str | None  # what it says the state of; None for what only happened


@dataclass(slots=True)
class Notices:
    """The newest is shown until its time is over; an alert gives way to another alert, and to what is true of the same thing
    by now. All are kept to read."""

    _told: deque[Notice] = field(default_factory=lambda: deque(maxlen=KEPT))
    _shown: Notice | None = None

    def tell(self, text: str, now: timedelta, *, is_alert: bool = False, about: str | None = None) -> None:
        notice = Notice(text, is_alert, now + (ALERT_STANDS if is_alert else STANDS), about)
        self._told.append(notice)
        current = self.current(now)
        if current is None or is_alert or not current.is_alert or (about is not None and about == current.about):
            self._shown = notice

    def current(self, now: timedelta) -> Notice | None:
        """What is to be read now."""
        return self._shown if self._shown is not None and now < self._shown.until else None

    def read(self) -> None:
        """A key was pressed after it: it has been seen."""
        self._shown = None

    @property
    def told(self) -> list[str]:
        """The sentences so far, oldest first."""
        return [notice.text for notice in self._told]
