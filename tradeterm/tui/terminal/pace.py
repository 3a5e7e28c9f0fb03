"""When the next frame may go out: never before the terminal has shown the last one. Pure; time is an argument.

After each frame the terminal is asked where its cursor is, which it answers when it has drawn what came before. One
that never answers is paced by how fast it takes the bytes.
"""

from dataclasses import dataclass

ANSWER_WITHIN_S = 1.0  # a terminal that was asked for the first time, after it took the bytes
LOST_AFTER_S = 5.0  # an answer of one that has answered before


@dataclass(slots=True)
class Pace:
    """Times are seconds of one steady clock."""

    answers: bool | None = None  # None until it is known
    _sent_at: float | None = None
    _drained_at: float | None = None
    _lag: float | None = None
    _unanswered: int = 0  # questions; the terminal answers them in their order

    def may_send(self, now: float) -> bool:
        """Is nothing under way any more?"""
        if self._sent_at is None:
            return True
        if self._drained_at is None:
            return False
        waited = now - self._drained_at
        if self.answers is None and waited >= ANSWER_WITHIN_S:
            self.answers = False
        elif self.answers and waited < LOST_AFTER_S:
            return False
        return self.answers is not None

    def sent(self, now: float) -> None:
        if self.answers and self._sent_at is not None:
            self._unanswered = 0  # those before were lost
        self._unanswered += 1
        self._sent_at, self._drained_at = now, None

    def drained(self, now: float) -> None:
        """The terminal, or what lies before it, has taken all bytes."""
        if self._sent_at is not None and self._drained_at is None:
            self._drained_at = now
            if self.answers is False:
                self._shown(now)

    def answered(self, now: float) -> None:
        """An answer that comes late is to an earlier frame, and the last one is still under way."""
        self.answers = True
        self._unanswered = max(0, self._unanswered - 1)
        if not self._unanswered:
            self._shown(now)

    def lag(self, now: float) -> float | None:
        """How old what one sees is, or was when it was last drawn; None before the first frame."""
        if self._sent_at is None:
            return self._lag
        return max(now - self._sent_at, self._lag or 0.0)

    def _shown(self, now: float) -> None:
        if self._sent_at is not None:
            self._lag = now - self._sent_at
        self._sent_at = self._drained_at = None
