"""The one writer's door to durable state in a SQLite database: a batch is one record appended to the journal's file.

When that is durable the batch is; the tables follow (see `projector.py`), and until they have it `Unprojected` answers for
it. So whatever a batch could be refused for is found before: the tables have no say any more.
"""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass

from server.ports import (
    Batch,
    BatchRefused,
    DatabaseAway,
    JournalFailure,
    JournalRewound,
    OpenState,
    OrderRow,
)
from server.storage.backends.backend import JournalLengthMark
from server.storage.backends.sqlite_words import explain, is_away
from server.storage.journal.file import Commit, JournalFile
from server.storage.journal.kept import KeptRows
from server.storage.journal.numbering import Followed, Numbering
from server.storage.journal.record import encoded
from server.storage.journal.unprojected import Pending, Unprojected


@dataclass(slots=True)
class _Staged:
    commit: Commit
    followed: Followed


class FileJournal:
    """`server.ports.Journal` on a journal file. One per database, used by one thread at a time.

    `mark` is told, after each commit, how many events the journal holds, and `committed` is called. What a failed commit
    leaves is the state before it, and every later one is refused: whoever did not hear of the failure must not go on either.
    After BatchRefused it goes on.
    """

    def __init__(
        self,
        file: JournalFile,
        kept: KeptRows,
        unprojected: Unprojected,
        epoch: str,
        last: int,
        mark: JournalLengthMark,
        glance: Callable[[], str | None],
        committed: Callable[[], None],
        cut: Callable[[], int],
    ) -> None:
        """`last`: the number of the last commit. `cut()`: that of the last one that nobody keeps any longer. `glance()` says
        in a sentence what is wrong with the journal's file, and costs next to nothing. All that is in it is in the tables
        still."""
        self._file, self._kept, self._unprojected, self._epoch = file, kept, unprojected, epoch
        self._mark, self._glance, self._committed, self._cut = mark, glance, committed, cut
        self._numbering = Numbering(kept, kept.heads(), kept.newest(), kept.open_orders())
        self._failure: str | None = None
        self._last, self._in_file = last, file.last()
        self._staged: _Staged | None = None

    @property
    def is_remote(self) -> bool:
        """Whether a commit always has to be waited for."""
        return False

    def load(self) -> OpenState:
        return self._kept.load(self._epoch)

    # ------------------------------------------------------------ a commit, in two halves

    def commit(self, batch: Batch) -> None:
        if self._failure or not batch.is_empty():
            self.stage(batch)
            self.seal()

    def stage(self, batch: Batch) -> None:
        self._staged = None
        if self._failure:
            raise JournalFailure(self._failure)
        try:
            followed = self._numbering.follow(batch)
            record = encoded(followed.numbered)
        except (sqlite3.Error, OSError) as error:
            raise self._failed(error) from error
        except (JournalFailure, BatchRefused, DatabaseAway):
            raise
        except Exception as error:  # whatever it is: nothing of the batch is anywhere yet
            raise BatchRefused(f"the batch was not written: {error}") from error
        self._staged = _Staged(Commit(self._last + 1, followed.newest.cursor, record), followed)

    def seal(self) -> None:
        assert self._staged is not None
        self._examine()  # a log that was cut is as long as before when the commit has been written behind the hole
        try:
            self._file.append(self._staged.commit, self._cut())
        except (sqlite3.Error, OSError) as error:
            raise self._failed(error) from error
        self._examine()
        self._take()

    def resume(self) -> bool:
        try:
            self._file.reopen()
            found = self._file.last()
        except (sqlite3.Error, OSError) as error:
            raise self._failed(error) from error
        staged = self._staged
        if staged is not None and found == (staged.commit.number, staged.commit.cursor):
            self._take()
            return True
        if found != self._in_file:
            self._failure = "the journal that came back is not the one that was left"
            raise JournalRewound(self._failure)
        return False

    def find_order(self, account: str, client_order_id: str) -> OrderRow | None:
        found = self._kept.find_order(account, client_order_id)
        if found is None:
            self._numbering.miss(account, client_order_id)
        return found

    def _examine(self) -> None:
        """Raises JournalFailure where the file is no longer the one that was opened."""
        self._failure = self._glance()
        if self._failure:
            raise JournalFailure(self._failure)

    def _failed(self, error: sqlite3.Error | OSError) -> DatabaseAway | JournalFailure:
        """What to raise for it: what does not pass by itself ends the journal."""
        if is_away(error):
            return DatabaseAway(explain(error))
        self._failure = f"the journal could not be written: {explain(error)}"
        return JournalFailure(self._failure)

    def _take(self) -> None:
        """What was staged is durable."""
        assert self._staged is not None
        commit, followed = self._staged.commit, self._staged.followed
        self._staged, self._last = None, commit.number
        self._in_file = commit.number, commit.cursor
        self._unprojected.add(Pending(commit.number, followed.numbered, len(commit.record)))
        self._numbering.take(followed)
        self._mark.note(commit.cursor)
        self._committed()
