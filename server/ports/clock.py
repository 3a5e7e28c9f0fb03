"""Time and ids: what is drawn from the world comes in through here."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Two clocks: one for what is shown and kept, one for how long something takes."""

    def now(self) -> datetime:
        """UTC wall time, aware."""
        ...

    def monotonic(self) -> float:
        """Seconds from an arbitrary start, never going back."""
        ...


class Ids(Protocol):
    """Where names of new things come from."""

    def new(self) -> str:
        """A fresh UUIDv7 in its canonical text form; later ones sort after earlier ones."""
        ...
