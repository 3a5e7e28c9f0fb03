"""Where a database can be: what the opening rules and the stores ask of a place, whichever database stands there.

The two kinds are in `sqlite_file.py` and `postgres_server.py`; here is only what they share.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Protocol

from sqlalchemy import Dialect, Engine
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.exc import DBAPIError

from server.ports import DatabaseAway
from server.storage.backends.sqlite_words import explain, is_unreachable
from server.storage.errors import DatabaseDamaged, DatabaseUnavailable

PATIENCE_S = 5.0  # of a command beside a server: how long it waits for others
LOOP_PATIENCE_S = 0.5  # of what the server asks on its event loop


@dataclass(slots=True)
class DbConnection:
    """One open connection that commits by itself unless told to begin.

    `errors` is what the driver raises, `explain` puts such an error into a few words without a secret. `is_away` tells
    the errors that pass by themselves from those that stay; `refusals` speak of what was to be written, not of the place;
    `reopen` makes the connection anew, and may wait.
    `is_remote`: every statement goes over a line, so even one that writes nothing yet may wait.
    """

    connection: DBAPIConnection
    dialect: Dialect
    begin: str
    errors: tuple[type[Exception], ...]
    explain: Callable[[BaseException], str]
    is_away: Callable[[BaseException], bool]
    reopen: Callable[[], DBAPIConnection]
    refusals: tuple[type[Exception], ...]
    is_remote: bool = False
    closed: bool = field(default=False)

    @contextmanager
    def transaction(self) -> Iterator[DBAPICursor]:
        """Commit at the end of the block, roll back when it raises. Raises DatabaseAway as well."""
        cursor = self.connection.cursor()
        with self.translated():
            cursor.execute(self.begin)
        try:
            yield cursor
        except BaseException:
            self.roll_back()
            raise
        with self.translated():
            cursor.execute("COMMIT")
        cursor.close()

    @contextmanager
    def translated(self) -> Iterator[None]:
        """Let the driver's errors that pass by themselves be DatabaseAway."""
        try:
            yield
        except self.errors as error:
            if self.is_away(error):
                raise DatabaseAway(self.explain(error)) from error
            raise

    @contextmanager
    def waiting(self, patience_s: float) -> Iterator[None]:
        """Let what is asked in this block wait so long for its answer: `LOOP_PATIENCE_S` on the event loop, where everybody
        waits with it, `PATIENCE_S` where nobody does."""
        if not self.is_remote:
            yield
            return
        line: Any = self.connection
        before, line.patience_s = line.patience_s, patience_s
        try:
            yield
        finally:
            line.patience_s = before

    def roll_back(self) -> None:
        """Let nothing of an open transaction stay. A connection that is lost has rolled back by itself."""
        with suppress(DatabaseAway, *self.errors):
            self.connection.cursor().execute("ROLLBACK")

    @property
    def is_lost(self) -> bool:
        """Whether the line to the database is gone, so that only `revive` helps."""
        return self.is_remote and not self.closed and bool(getattr(self.connection, "closed", False))

    def revive(self) -> None:
        """Open the connection anew. Raises DatabaseAway."""
        with suppress(DatabaseAway, *self.errors):
            self.connection.close()
        self.connection = self.reopen()

    def close(self) -> None:
        """It is of no use afterwards. Closing twice does nothing."""
        if not self.closed:
            self.closed = True
            self.connection.close()


@contextmanager
def refusing(name: str) -> Iterator[None]:
    """Whatever goes wrong with the database `name` while it is made, brought up to date or opened is said in one sentence:
    a disk that is full, a server that ends. Raises DatabaseRefused."""
    try:
        yield
    except (sqlite3.Error, DBAPIError, OSError, DatabaseAway) as error:
        cause = (isinstance(error, DBAPIError) and error.orig) or error
        words = explain(cause).strip().splitlines()[0]
        if isinstance(cause, sqlite3.DatabaseError) and not is_unreachable(cause):
            raise DatabaseDamaged(f"the database {name} is damaged: {words}") from None
        raise DatabaseUnavailable(f"the database {name} cannot be used: {words}") from None


class JournalLengthMark(Protocol):
    """How long the journal is, noted outside it."""

    def note(self, head: int) -> None:
        """Called after every commit: it must cost next to nothing."""
        ...

    def close(self) -> None:
        """Note no more."""
        ...


class WriterLock(Protocol):
    """The right to be the one writer, for as long as it is not released."""

    def link(self) -> DbConnection:
        """The writer's connection."""
        ...

    def fault(self) -> str | None:
        """What is wrong with the files that are open, in a sentence; costs next to nothing."""
        ...

    def release(self) -> None:
        """Let the next writer in."""
        ...


class Backend(Protocol):
    """One database, not yet open. Every method may raise DatabaseUnavailable."""

    @property
    def name(self) -> str:
        """Where it is, for sentences: without a secret."""
        ...

    def prepare(self) -> None:
        """Make the empty thing if there is none, readable by its owner alone."""
        ...

    def hold(self) -> WriterLock:
        """Become the one writer. Raises DatabaseLocked."""
        ...

    def revision(self, *, examine: bool = False) -> str | None:
        """The schema's revision, None for an empty database; `examine` looks for damage as well, for a fraction of a
        second. Changes nothing. Raises DatabaseDamaged and DatabaseForeign."""
        ...

    def engine(self) -> Engine:
        """SQLAlchemy's own way in, for migrations alone; the caller disposes of it."""
        ...

    def link(self, *, read_only: bool = False, patience_s: float = PATIENCE_S) -> DbConnection:
        """A connection beside the writer's, which waits for others no longer than `patience_s`."""
        ...

    def is_rewound(self, link: DbConnection, epoch: str, head: int) -> bool:
        """Whether the journal, `head` events long, lost some that it once held under this epoch, or may have."""
        ...

    def remember(self, link: DbConnection, epoch: str, head: int) -> JournalLengthMark:
        """Note what the journal holds, for `is_rewound` of the next start; the mark takes each later head."""
        ...

    def check(self) -> list[str]:
        """Look at every page; what is wrong, in the database's words."""
        ...
