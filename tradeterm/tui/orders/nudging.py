"""Nudges of orders that follow each other quickly: one amend for all of them, not one for each. Pure; knows no clock."""

from dataclasses import dataclass, field
from datetime import timedelta

WINDOW = timedelta(milliseconds=150)  # from the first nudge of an order to the amend that carries all of them


@dataclass(slots=True)
class Nudges:
    """Ticks by the row of the order, until they are taken."""

    _ticks: dict[str, int] = field(default_factory=dict)

    def add(self, row_id: str, ticks: int) -> bool:
        """Note this one; True for the first of its order, with which the window begins."""
        is_first = row_id not in self._ticks
        self._ticks[row_id] = self._ticks.get(row_id, 0) + ticks
        return is_first

    def take(self, row_id: str) -> int:
        """All ticks of this order; 0 where they cancelled each other out."""
        return self._ticks.pop(row_id, 0)
