"""The projector as a process of its own: told where the tables are and how to write them, it says how far they have come.

In, a line of JSON; then nothing, but for `end`: bring in the rest and go. When the line is cut it goes at once: the server is
gone, and the next one begins by bringing in the rest itself. Out, a line each: a number, or why it does not get on.
"""

import json
import os
import select
import signal
import sqlite3
import sys
from contextlib import closing, suppress
from pathlib import Path
from time import monotonic
from typing import Final

from server.storage.backends.sqlite_words import explain
from server.storage.journal.file import JournalFile, JournalForeign, path_beside
from server.storage.journal.table_rows import RecordDamaged
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

# The server, and who waits for it, come first where a core is shared; a busy server leaves it as much as it needs still.
NICENESS: Final = 5
END: Final = b"end"


def main() -> None:
    """Work until told to end, or nobody is there to tell."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, signal.SIG_IGN)  # they are meant for the server, which says when it is over
    with suppress(OSError):
        os.nice(NICENESS)
    with open(sys.stdin.fileno(), "rb", buffering=0, closefd=False) as line:  # what follows it is seen by `select`
        told = json.loads(line.readline())
    try:
        _work(Path(told["path"]), ProjectionStatements(**told["statements"]))
    except (sqlite3.Error, OSError, JournalForeign) as error:
        _say(explain(error))


def _work(path: Path, statements: ProjectionStatements) -> None:
    with closing(tables_of(path)) as connection, closing(JournalFile(path_beside(path), PATIENCE_S)) as journal:
        projection = Projection(connection, statements)
        _say(str(projection.place()))  # one that was killed may have come further than it could say
        work = _Work(projection, journal)
        while not _is_over(work.pause_s):
            work.step()
        work.finish()


class _Work:
    def __init__(self, projection: Projection, journal: JournalFile) -> None:
        self._projection, self._journal = projection, journal
        self.pause_s = 0.0  # before the next step

    def step(self) -> bool:
        try:
            place = self._projection.step(self._journal)
        except (RecordDamaged, sqlite3.Error, OSError, OverflowError) as error:
            _say(explain(error))
            self.pause_s = AGAIN_S
            return False
        if place is not None:
            _say(str(place))
        self.pause_s = BREATH_S if self._journal.more_waits else EVERY_S
        return place is not None

    def finish(self) -> None:
        until = monotonic() + LEAVE_WITHIN_S
        while monotonic() < until and self.step():
            pass


def _is_over(wait_s: float) -> bool:
    """Wait, and see whether to end. Ends the process where the server is gone."""
    if not select.select([sys.stdin], [], [], wait_s)[0]:
        return False
    if not os.read(sys.stdin.fileno(), 64).startswith(END):
        raise SystemExit(1)
    return True


def _say(line: str) -> None:
    try:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        os._exit(1)  # the server is gone


if __name__ == "__main__":
    main()
