"""An order of which nobody knows whether the exchange took it, until that is proven either way.

Found is proof at any time. Absent is proof only when the request can no longer be about to show: after its own deadline at
the exchange, what the exchange may take to process it and then to find it, seen twice, some time apart. A look-up that
fails says nothing.
No clock here: times are seconds of the monotonic clock, given.
"""

from dataclasses import dataclass
from enum import Enum

DOUBT_AFTER_S = 0.9  # without an answer for so long an order is shown as unconfirmed
PROCESSING_S = 10.0  # an exchange's own limit for what it has begun
FINDING_S = 10.0  # for so long an exchange may not find what it has
MARGIN_S = 5.0
APART_S = 2.0  # between two looks that both count
PROOFS = 2


class Proof(Enum):
    FOUND = "found"
    ABSENT = "absent"


@dataclass(slots=True)
class Unconfirmed:
    """`sent_at` is the latest moment at which the request can have been made, `window_s` for how long after that the
    exchange accepts it (recvWindow)."""

    sent_at: float
    window_s: float
    absences: int = 0
    last_absence: float = 0.0
    last_look: float = 0.0
    proof: Proof | None = None

    @property
    def shows_until(self) -> float:
        """From then on it can no longer come."""
        return self.sent_at + self.window_s + PROCESSING_S + FINDING_S + MARGIN_S

    def looked(self, began: float, *, found: bool | None) -> Proof | None:
        """A look-up that `began` then is answered; None is a look-up that failed. What is proven by now, if anything.

        Found after it was shown absent is found: it is adopted however late it comes.
        """
        self.last_look = began
        if found:
            self.proof = Proof.FOUND
        elif found is not None and self.proof is None and began >= self.shows_until:
            self._absent(began)
        return self.proof

    def _absent(self, began: float) -> None:
        if self.absences and began - self.last_absence < APART_S:
            return
        self.absences, self.last_absence = self.absences + 1, began
        if self.absences >= PROOFS:
            self.proof = Proof.ABSENT

    def next_look(self, now: float) -> float:
        """When it is worth looking next: soon at first, since most are there, and when absence can be proven."""
        if now < self.shows_until:
            waited = now - self.sent_at
            return min(self.shows_until, now + max(0.25, min(APART_S, waited / 2)))
        # An exchange that cannot be asked is not asked without a pause.
        return max(now, self.last_look + APART_S) if self.last_look >= self.shows_until else now
