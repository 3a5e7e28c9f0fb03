"""The one way from a key to the server in SAFE mode: written, reviewed, then `y`. Pure; time is an argument.

Nothing here sends. The gate hands out what may be sent, each thing once, and only after its review stood open long
enough to be read.
"""

from dataclasses import dataclass, field
from datetime import timedelta

from tradeterm.tui.orders.sendable import CancelEntries, Kill, Sendable

DEBOUNCE = timedelta(milliseconds=150)
REVIEW_HOLD = timedelta(milliseconds=250)
KILL_WITHIN = timedelta(seconds=5)  # a kill that was not meant must not stand there for whoever types next
ANSWER_TIMEOUT = timedelta(seconds=2)


@dataclass(slots=True)
class Gate:
    """Holds at most one thing under review. Times are seconds of one monotonic clock, as timedelta."""

    _pressed: dict[str, timedelta] = field(default_factory=dict)
    _under_review: Sendable | None = None
    _opened_at: timedelta = timedelta()

    def pressed(self, command: str, now: timedelta) -> bool:
        """May this press act? Not when the same key came less than 150 ms ago; each press counts as the latest."""
        before = self._pressed.get(command)
        self._pressed[command] = now
        return before is None or now - before >= DEBOUNCE

    @property
    def only_cancels(self) -> bool:
        """Is what is under review nothing but a way to have fewer orders?"""
        return isinstance(self._under_review, CancelEntries | Kill)

    def review(self, thing: Sendable, now: timedelta) -> None:
        self._under_review, self._opened_at = thing, now

    def shown(self, now: timedelta) -> None:
        """The review can be read from now on."""
        self._opened_at = now

    def listens(self, now: timedelta) -> bool:
        """A review is deaf at first: a key that was meant for what was there before must not answer it."""
        return now - self._opened_at >= REVIEW_HOLD

    def left(self, now: timedelta) -> timedelta | None:
        """How long `y` is still heard where that ends by itself: a kill is meant at once, or not at all."""
        if not isinstance(self._under_review, Kill):
            return None
        return max(timedelta(), self._opened_at + KILL_WITHIN - now)

    def confirm(self, now: timedelta) -> Sendable | None:
        """`y`: what may now be sent, or None. A second `y` finds nothing."""
        if self._under_review is None or not self.listens(now) or self.left(now) == timedelta():
            return None
        thing, self._under_review = self._under_review, None
        return thing

    def back(self) -> None:
        self._under_review = None
