"""What brings the tables up to the journal while a database is open, in the background: here as a thread.

It owns nothing that is not made anew: what a transaction of it did not finish, the next one does, of whoever.
"""

import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Final, Protocol

import structlog

from server.storage.backends.sqlite_words import explain
from server.storage.journal.file import JournalFile, path_beside
from server.storage.projection.table_writer import (
    AGAIN_S,
    BREATH_S,
    EVERY_S,
    LEAVE_WITHIN_S,
    PATIENCE_S,
    Projection,
    ProjectionStatements,
    tables_of,
)

log: Final = structlog.get_logger(__name__)


class Projector(Protocol):
    """What works in the background for as long as a database is open."""

    @property
    def trouble(self) -> str | None:
        """Why it does not get on, in a few words."""
        ...

    def wake(self) -> None:
        """Something was committed."""
        ...

    def close(self) -> None:
        """End, when all is in the tables or that cannot be had."""
        ...


@dataclass(frozen=True, slots=True)
class Projecting:
    """What a projector needs. `reached(number)` is called, in any thread, when the tables have the commits up to there."""

    path: Path  # of the tables
    statements: ProjectionStatements
    reached: Callable[[int], None]


class Troubles:
    """What stands in the way, told once when it comes and once when it is gone."""

    def __init__(self) -> None:
        self.current: str | None = None

    def say(self, trouble: str | None) -> None:
        if trouble != self.current:
            self.current = trouble
            if trouble:
                log.warning("the tables do not get on; the journal does", why=trouble)
            else:
                log.info("the tables get on again")


class ProjectorThread:
    """Steps again and again, a moment after each commit. What goes wrong is said once, and tried again."""

    def __init__(self, work: Projecting) -> None:
        self._reached, self._ends, self._troubles = work.reached, ExitStack(), Troubles()
        connection = tables_of(work.path)
        self._ends.callback(connection.close)
        self._journal = JournalFile(path_beside(work.path), PATIENCE_S)
        self._ends.callback(self._journal.close)
        self._projection = Projection(connection, work.statements)
        self._woken, self._stopping = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="projector", daemon=True)
        self._thread.start()

    @property
    def trouble(self) -> str | None:
        return self._troubles.current

    def wake(self) -> None:
        if not self._woken.is_set():
            self._woken.set()

    def close(self) -> None:
        self._stopping.set()
        self._woken.set()
        self._thread.join()
        self._ends.close()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._woken.wait()
            self._woken.clear()
            while self._step() and self._journal.more_waits and not self._stopping.wait(BREATH_S):
                pass
            if self.trouble is not None:
                self._stopping.wait(AGAIN_S)
                self._woken.set()
            self._stopping.wait(EVERY_S)
        until = monotonic() + LEAVE_WITHIN_S
        while monotonic() < until and self._step():
            pass

    def _step(self) -> bool:
        """One transaction; False when there is nothing to do, or something is in the way."""
        try:
            place = self._projection.step(self._journal)
            # What failed may have come further than it could say.
            there = self._projection.place() if place is None and self.trouble else place
        except Exception as error:  # whatever it is: nobody would start the thread anew
            self._troubles.say(explain(error) or type(error).__name__)
            return False
        self._troubles.say(None)
        if there is not None:
            self._reached(there)
        return place is not None
