"""How our SQLite files are written: pages, the write-ahead log and its checkpoint, and what a commit waits for.

Imports nothing of ours: the projector's process is small.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final, Literal


@dataclass(frozen=True, slots=True)
class WriteAheadLog:
    """One kind of file. SQLite copies the log into the file (a checkpoint) when it has `checkpoint_pages`."""

    page_bytes: int  # of a new file; a file that is there keeps its own
    checkpoint_pages: int

    def set_up(self, connection: sqlite3.Connection, synchronous: Literal["FULL", "NORMAL"] = "FULL") -> None:
        """With FULL a commit is on the disk when it returns; with NORMAL a power cut may take the last ones."""
        connection.execute(f"PRAGMA page_size = {self.page_bytes}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA wal_autocheckpoint = {self.checkpoint_pages}")
        connection.execute(f"PRAGMA synchronous = {synchronous}")


# Measured on batches of 1 to 50 orders, which touch a page or more of every index: smaller pages are less to write a
# commit, and a longer log writes each of them back less often.
TABLES: Final = WriteAheadLog(page_bytes=4_096, checkpoint_pages=2_048)
# Measured with commits of 4 to 130 kB: a lone order of 8 kB touches 16 kB in small pages and 40 in pages of 16 kB, and a
# large commit costs the same in both. The projector copies the log into the file several times a second: so it stays short,
# and to write over a place takes a disk half as long as to make the file longer. Without that a commit in some hundred and
# thirty took 6 to 13 ms. Where nobody does it, or it never catches up, it is done within a commit when the log has 16 MB.
JOURNAL: Final = WriteAheadLog(page_bytes=4_096, checkpoint_pages=4_096)


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Commit at the end of the block; roll back where it, or that, raises."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            with suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
