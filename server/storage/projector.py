"""Who brings the tables up to the journal: a thread, or at the start and the end whoever opens and closes the database.

It owns nothing that is not made anew: what a transaction of it did not finish, the next one does.
"""

import sqlite3
import threading
from collections.abc import Callable
from time import monotonic
from typing import Final, Protocol

import structlog

from server.ports import DatabaseAway
from server.storage.journal_file import JournalFile
from server.storage.projection import Projection
from server.storage.record import RecordDamaged
from server.storage.sqlite_file import explain
from server.storage.unprojected import Unprojected

log: Final = structlog.get_logger(__name__)

EVERY_S: Final = 0.2
BREATH_S: Final = 0.03  # between two transactions: others write the tables too
AGAIN_S: Final = 1.0
LEAVE_WITHIN_S: Final = 5.0


class Projector(Protocol):
    """What works in the background for as long as a database is open."""

    @property
    def trouble(self) -> str | None:
        """Why it does not get on, in a few words."""
        ...

    def wake(self) -> None:
        """Something was committed."""
        ...

    def close(self) -> None: ...


class Catching:
    """Steps from where the tables are to the end of the journal. Used by one thread."""

    def __init__(self, journal: JournalFile, projection: Projection, unprojected: Unprojected) -> None:
        self._journal, self._projection, self._unprojected = journal, projection, unprojected

    def step(self) -> bool:
        """One transaction; False when there was nothing to do. Raises what goes wrong."""
        place = self._projection.place()
        commits = self._journal.after(place)
        if not commits:
            self._unprojected.drop(place)
            return False
        if self._projection.write(commits, place):
            self._unprojected.drop(commits[-1].number)
        return True


class ProjectorThread:
    """Steps again and again, a moment after each commit. What goes wrong is said once, and tried again."""

    def __init__(self, catching: Catching) -> None:
        self._catching = catching
        self._woken, self._stopping = threading.Event(), threading.Event()
        self._trouble: str | None = None
        self._thread = threading.Thread(target=self._run, name="projector", daemon=True)
        self._thread.start()

    @property
    def trouble(self) -> str | None:
        return self._trouble

    def wake(self) -> None:
        if not self._woken.is_set():
            self._woken.set()

    def close(self) -> None:
        """End when all is in the tables, or it cannot be done."""
        self._stopping.set()
        self._woken.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._woken.wait()
            self._woken.clear()
            if not self._catch_up():
                self._stopping.wait(AGAIN_S)
                self._woken.set()
            self._stopping.wait(EVERY_S)
        until = monotonic() + LEAVE_WITHIN_S
        while monotonic() < until and self._try(self._catching.step):
            pass

    def _catch_up(self) -> bool:
        """False when something is in the way."""
        while self._try(self._catching.step):
            if self._stopping.wait(BREATH_S):
                break
        return self._trouble is None

    def _try(self, step: Callable[[], bool]) -> bool:
        try:
            has_done = step()
        except (DatabaseAway, RecordDamaged, sqlite3.Error, OSError, OverflowError) as error:
            self._say(explain(error))
            return False
        self._say(None)
        return has_done

    def _say(self, trouble: str | None) -> None:
        if trouble != self._trouble:
            self._trouble = trouble
            if trouble:
                log.warning("the tables do not get on; the journal does", why=trouble)
            else:
                log.info("the tables get on again")
