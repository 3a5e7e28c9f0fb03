"""The opening rules: which database may be used, by whom, and what a new one is given. Reads and writes no trading state.

The server opens with `open_database`, alone; commands open with `open_users`, also while a server runs. A database that is
refused is left as it was.

The epoch names one unbroken history: clients that hold another start afresh. A new one is made when the database is new,
when its journal is shorter than it once was (an older copy was put back), when nobody can tell (a copy without its mark),
and when the file is a copy that `db backup` made.
"""

import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import bindparam, delete, make_url, select
from sqlalchemy.exc import ArgumentError

from server.ports import Behind
from server.storage.backends.backend import (
    LOOP_PATIENCE_S,
    PATIENCE_S,
    Backend,
    DbConnection,
    JournalLengthMark,
    WriterLock,
    refusing,
)
from server.storage.backends.postgres_server import PostgresServer
from server.storage.backends.sqlite_file import SqliteFile
from server.storage.errors import DatabaseLocked, DatabaseNewer, DatabaseUnavailable, VenueMismatch
from server.storage.file_serving import FileServing, StartProjector
from server.storage.journal.file import path_beside
from server.storage.journal.file_journal import FileJournal
from server.storage.journal.kept import KeptRows
from server.storage.journal.table_journal import TableJournal
from server.storage.journal.unprojected import Unprojected
from server.storage.migrations import HEAD, REVISIONS, migrate
from server.storage.projection.projector import Projector, ProjectorThread
from server.storage.retention import Retention
from server.storage.stores.candles import SqlCandles
from server.storage.stores.epochs import SqlEpochs
from server.storage.stores.events import TableEvents
from server.storage.stores.history import SqlHistory
from server.storage.stores.user_changes import SqlUserChanges
from server.storage.stores.users import REVISION, SqlUsers
from server.storage.tables import schema
from server.storage.tables.facts import COPIED, EPOCH, VENUE
from server.storage.tables.head_cursor import HeadCursor
from server.storage.tables.statements import Statement, insert, names, upsert

MIGRATION_PATIENCE_S = 10.0


def random_epoch() -> str:
    return secrets.token_hex(6)


@dataclass(slots=True)
class Database:
    """A database that this process alone writes the journal of, and the ports on it."""

    epoch: str
    journal: FileJournal | TableJournal
    history: SqlHistory
    users: SqlUsers
    user_changes: SqlUserChanges
    candles: SqlCandles
    epochs: SqlEpochs
    retention: Retention
    projector: Projector | None  # where the tables follow the journal
    _unprojected: Unprojected
    _beside: tuple[DbConnection, ...]  # all connections but the writer's, which the journal looks after
    _faults: Sequence[Callable[[], str | None]]
    _ends: ExitStack

    @property
    def is_lost(self) -> bool:
        """Whether a connection beside the writer's is gone: `revive` brings it back."""
        return any(link.is_lost for link in self._beside)

    def revive(self) -> None:
        """Open anew what is gone. May wait. Raises DatabaseAway."""
        for link in self._beside:
            if link.is_lost:
                link.revive()

    @contextmanager
    def patiently(self) -> Iterator[None]:
        """While a server starts nobody waits on its event loop: a database that is slow may take its time."""
        with ExitStack() as ends:
            for link in self._beside:
                ends.enter_context(link.waiting(PATIENCE_S))
            yield

    def fault(self) -> str | None:
        """What is wrong with the files that are open, in a sentence: then nothing that is written will be found."""
        return next((fault for fault in (look() for look in self._faults) if fault), None)

    def behind(self) -> Behind:
        """How far the tables are behind the journal."""
        return self._unprojected.behind()

    def overdue(self, most_bytes: float) -> str | None:
        """In a sentence, that they are further behind than they may be. Costs next to nothing while they are not."""
        size = self._unprojected.bytes
        if size <= most_bytes:
            return None
        trouble = self.projector.trouble if self.projector else None
        return f"the tables are {size / 1e6:.1f} MB behind the journal" + (f" ({trouble})" if trouble else "")

    def close(self) -> None:
        """End every connection and let the next server in."""
        self._ends.close()


def open_database(
    url: str,
    venue: str,
    new_epoch: Callable[[], str] = random_epoch,
    start_projector: StartProjector = ProjectorThread,
) -> Database:
    """Open it for serving, made and brought up to date as needed. Raises DatabaseRefused: see `errors.py`.

    `start_projector` starts what brings the tables up to the journal while it is open.
    """
    place = backend_of(url)
    place.prepare()
    hold = place.hold()
    ends = ExitStack()
    ends.callback(hold.release)
    try:
        with refusing(place.name):
            bring_up_to_date(place, _examined(place))
            return _opened(place, hold, ends, venue, new_epoch, start_projector)
    except BaseException:
        ends.close()
        raise


def _opened(
    place: Backend,
    hold: WriterLock,
    ends: ExitStack,
    venue: str,
    new_epoch: Callable[[], str],
    start_projector: StartProjector,
) -> Database:
    link = ends.enter_context(closing(hold.link()))
    facts = _Facts(link)
    facts.belong_to(venue)
    reading, users, changing, candles = beside = _beside(place, ends)
    user_changes, kept, unprojected = SqlUserChanges(changing), SqlCandles(candles), Unprojected()
    ends.callback(user_changes.close)  # waits for whoever changes one now
    ends.callback(kept.close)  # waits for whoever writes candles now
    serving = FileServing(place, link, unprojected, ends) if isinstance(place, SqliteFile) else None
    epoch, mark = facts.named(place, new_epoch)
    ends.callback(mark.close)
    projector = serving.projector(start_projector) if serving else None
    retention = Retention(place, serving.cut() if serving else 0)
    ends.callback(retention.close)
    return Database(
        epoch=epoch,
        journal=(
            serving.journal(epoch, mark, projector.wake, lambda: retention.through)
            if serving and projector
            else TableJournal(link, KeptRows(link, unprojected), epoch)
        ),
        history=SqlHistory(reading, serving.events(reading) if serving else TableEvents(reading), unprojected),
        users=SqlUsers(users),
        user_changes=user_changes,
        candles=kept,
        epochs=SqlEpochs(users, epoch),
        retention=retention,
        projector=projector,
        _unprojected=unprojected,
        _beside=beside,
        _faults=(hold.fault, serving.fault) if serving else (hold.fault,),
        _ends=ends,
    )


def _beside(place: Backend, ends: ExitStack) -> tuple[DbConnection, DbConnection, DbConnection, DbConnection]:
    """The connections beside the writer's: for histories, users, whoever changes users, and candles."""
    links = (
        place.link(read_only=True, patience_s=LOOP_PATIENCE_S),
        place.link(patience_s=LOOP_PATIENCE_S),
        place.link(),
        place.link(patience_s=LOOP_PATIENCE_S),
    )
    for link in links:
        ends.callback(link.close)
    return links


def open_users(url: str) -> SqlUsers:
    """The users alone, beside a server or before its first start. Raises DatabaseRefused."""
    place = backend_of(url)
    place.prepare()
    with refusing(place.name):
        _await_schema(place)
    link = place.link()
    try:
        with refusing(place.name):
            _Facts(link)
    except BaseException:
        link.close()
        raise
    return SqlUsers(link)


def upgrade(url: str) -> tuple[str | None, str]:
    """Bring an existing or new database up to date while no server runs; the revisions before and after."""
    place = backend_of(url)
    place.prepare()
    hold = place.hold()
    try:
        with refusing(place.name):
            before = _examined(place)
            bring_up_to_date(place, before)
            return before, HEAD
    finally:
        hold.release()


def backend_of(url: str) -> Backend:
    """The place that a URL names: `sqlite:///PATH` or `postgresql://…`. What lies beside a file lies beside the file itself,
    whichever link it is named by. A file's address says nothing more than its path: what would go unheard is refused."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        # The text is not repeated: it may hold a password.
        raise DatabaseUnavailable("the database address is not of the form sqlite:///PATH or postgresql://…") from None
    if parsed.drivername == "sqlite" and "?" in url:
        raise DatabaseUnavailable(
            "sqlite:///PATH takes nothing behind a question mark; one in the path itself is written %3F"
        )
    if (
        parsed.drivername == "sqlite"
        and not (parsed.host or parsed.username)  # of two slashes, where three are meant
        and parsed.database
        and parsed.database != ":memory:"
        and "\0" not in parsed.database
    ):
        return SqliteFile(Path(parsed.database).resolve())
    if parsed.get_backend_name() == "postgresql":
        return PostgresServer(parsed.set(drivername="postgresql+psycopg"))
    raise DatabaseUnavailable("the database must be sqlite:///PATH or postgresql://…")


def _examined(place: Backend) -> str | None:
    """The revision. Raises DatabaseDamaged where that is to be seen at once, before anything is touched."""
    if isinstance(place, SqliteFile):
        SqliteFile(path_beside(place.path)).look_over()
    return place.revision(examine=True)


def bring_up_to_date(place: Backend, revision: str | None) -> None:
    """Have the tables of this version where those of `revision` are. Raises DatabaseNewer."""
    if revision == HEAD:
        return
    if revision is not None and revision not in REVISIONS:
        raise DatabaseNewer("the database was written by a later version of tradeterm; update the program")
    engine = place.engine()
    try:
        migrate(engine)
    finally:
        engine.dispose()


def _await_schema(place: Backend) -> None:
    """Make or migrate the tables if no server is there to do it; wait for one that is just starting."""
    until = time.monotonic() + MIGRATION_PATIENCE_S
    while (revision := place.revision()) != HEAD:
        try:
            hold = place.hold()
        except DatabaseLocked:
            if time.monotonic() > until or revision is not None:
                raise
            continue
        try:
            bring_up_to_date(place, place.revision())
        finally:
            hold.release()


class _Facts:
    """What the database says of itself."""

    def __init__(self, link: DbConnection) -> None:
        meta, dialect = schema.META, link.dialect
        named = meta.c.name == bindparam("name")
        self._link = link
        self._read = Statement(select(meta.c.value).where(named), dialect)
        self._write = upsert(meta, names(meta), ("name",), ("value",), dialect).sql
        self._drop = Statement(delete(meta).where(named), dialect)
        self._head = HeadCursor(dialect)
        self._count_users()

    def named(self, place: Backend, new_epoch: Callable[[], str]) -> tuple[str, JournalLengthMark]:
        """The history's name, and the note of how long it is, which takes each later head."""
        head = self._head.read(self._link.connection)  # how far the journal goes
        epoch = self._epoch(place, head, new_epoch)
        return epoch, place.remember(self._link, epoch, head)

    def belong_to(self, venue: str) -> None:
        """Note the venue of a new database. Raises VenueMismatch for an old one's other venue."""
        known = self._value(VENUE)
        if known is None:
            self._note(VENUE, venue)
        elif known != venue:
            raise VenueMismatch(f"the database belongs to the venue {known!r} and cannot serve {venue!r}")

    def _epoch(self, place: Backend, head: int, new_epoch: Callable[[], str]) -> str:
        known = self._value(EPOCH)
        if known and not self._value(COPIED) and not place.is_rewound(self._link, known, head):
            return known
        fresh = new_epoch()
        with self._link.transaction() as cursor:
            cursor.execute(self._write, (EPOCH, fresh))
            cursor.execute(*self._drop.bound(name=COPIED))
        return fresh

    def _value(self, name: str) -> str | None:
        row = self._read.one(self._link.connection, name=name)
        return None if row is None else row[0]

    def _note(self, name: str, value: str) -> None:
        with self._link.transaction() as cursor:
            cursor.execute(self._write, (name, value))

    def _count_users(self) -> None:
        counters = schema.COUNTERS
        known = Statement(select(counters.c.value).where(counters.c.name == REVISION), self._link.dialect)
        with self._link.transaction() as cursor:
            cursor.execute(*known.bound())
            if cursor.fetchone() is None:
                cursor.execute(insert(counters, names(counters), self._link.dialect).sql, (REVISION, 1))
