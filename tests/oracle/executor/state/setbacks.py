"""What failed is left alone for a while, longer each time, so that one part that cannot be done holds up no other."""

from collections.abc import Hashable

FIRST_S, LONGEST_S = 1.0, 60.0


class Setbacks:
    """By what failed: until when it is left alone. Seconds are a monotonic clock's."""

    def __init__(self) -> None:
        self._waits: dict[Hashable, tuple[float, float]] = {}  # until, for how long

    def holds(self, what: Hashable, at: float) -> bool:
        """Is it still left alone?"""
        return bool(self._waits) and what in self._waits and at < self._waits[what][0]

    def add(self, what: Hashable, at: float) -> float:
        """It failed: for how long it is left alone now. Twice as long as last time, where that is not long ago."""
        until, waited = self._waits.get(what, (at, 0.0))
        again = waited and at - until <= LONGEST_S
        wait = min(LONGEST_S, 2 * waited) if again else FIRST_S
        self._waits = {one: held for one, held in self._waits.items() if at - held[0] <= LONGEST_S}
        self._waits[what] = at + wait, wait
        return wait
