"""What one reader was sent and what it has acknowledged: decides who stays behind. Counts and compares, nothing else.

A place is a seq, for a monitor a cursor. Marks are taken once a tick, so that a delivery costs three additions.
"""

from collections import deque
from dataclasses import dataclass
from typing import NamedTuple

BEHIND_EVENTS = 1_000
BEHIND_BYTES = 1 << 20
BEHIND_S = 10.0


class SentMark(NamedTuple):
    """How far a reader had been sent at a time."""

    at: float
    place: int
    events: int
    bytes: int


@dataclass(frozen=True, slots=True)
class LagLimit:
    """How far a reader may stay behind, and for how long (seconds)."""

    events: int = BEHIND_EVENTS
    bytes: int = BEHIND_BYTES
    seconds: float = BEHIND_S


class AckWindow:
    """One reader of one journal channel. `place`, `events` and `bytes` are moved on by whoever writes to it."""

    __slots__ = ("_base", "_marks", "acked", "bytes", "events", "place")

    def __init__(self, place: int) -> None:
        self.place = place
        self.events = 0
        self.bytes = 0
        self.acked = place
        self._base = SentMark(0.0, place, 0, 0)
        self._marks: deque[SentMark] = deque()

    @property
    def unacknowledged(self) -> int:
        """Events sent and not acknowledged, about."""
        if self.acked >= self.place:
            return 0
        return self.events - (self._acknowledged()[0] if self._marks else self._base.events)

    def ack(self, place: int) -> None:
        """Take an acknowledgement; one from the past changes nothing, one from the future is cut to what was sent."""
        if place <= self.acked:
            return
        self.acked = min(place, self.place)
        while self._marks and self._marks[0].place <= self.acked:
            self._base = self._marks.popleft()

    def is_behind(self, now: float, allowance: LagLimit) -> bool:
        """Take this tick's mark, and say whether too much has been unacknowledged for too long."""
        last = self._marks[-1] if self._marks else self._base
        if self.events != last.events:
            self._marks.append(SentMark(now, self.place, self.events, self.bytes))
        old = None
        for mark in self._marks:
            if mark.at > now - allowance.seconds:
                break
            old = mark
        if old is None or old.place <= self.acked:
            return False
        events, size = self._acknowledged()
        return old.events - events >= allowance.events or old.bytes - size >= allowance.bytes

    def _acknowledged(self) -> tuple[int, int]:
        """Events and bytes up to the acknowledged place, taken as even between the marks on both sides of it."""
        base, step = self._base, self._marks[0]
        span = max(step.place - base.place, 1)
        done = self.acked - base.place
        return (
            base.events + (step.events - base.events) * done // span,
            base.bytes + (step.bytes - base.bytes) * done // span,
        )
