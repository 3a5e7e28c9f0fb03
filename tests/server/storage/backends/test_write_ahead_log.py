"""Every connection that writes one of our files has the pages, the checkpoint and the promise of a commit of its kind."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from server.storage.backends.sqlite_file import SqliteFile
from server.storage.backends.write_ahead_log import JOURNAL, TABLES, WriteAheadLog
from server.storage.database import open_database
from server.storage.journal.file import JournalFile, make_journal
from server.storage.projection.table_writer import tables_of
from tests.server.storage.journals import url_of

FULL, NORMAL = 2, 1


def settings(connection: Any) -> tuple[Any, ...]:
    names = ("journal_mode", "page_size", "wal_autocheckpoint", "synchronous")
    return tuple(connection.execute(f"PRAGMA {name}").fetchone()[0] for name in names)


def test_a_log_is_copied_into_its_file_when_it_has_so_many_pages(tmp_path: Path) -> None:
    path, small = tmp_path / "any.db", WriteAheadLog(page_bytes=1024, checkpoint_pages=8)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        small.set_up(connection)
        connection.execute("CREATE TABLE t (v BLOB)")
        for _ in range(40):
            connection.execute("INSERT INTO t VALUES (?)", (bytes(900),))
        assert path.stat().st_size >= 20 * 1024
        assert path.with_name("any.db-wal").stat().st_size < 20 * 1024


def test_the_files_of_a_database_are_written_as_their_kind_is(tmp_path: Path) -> None:
    path = tmp_path / "tradeterm.db"
    open_database(url_of(path), "paper").close()
    writer = SqliteFile(path).link()
    with closing(writer), closing(tables_of(path)) as projector:
        pages = ("wal", TABLES.page_bytes, TABLES.checkpoint_pages)
        assert settings(writer.connection) == (*pages, FULL)
        assert settings(projector) == (*pages, NORMAL)  # what a power cut takes from it, the journal still has


def test_the_journal_waits_for_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, connect, opened = tmp_path / "tradeterm.db.journal", sqlite3.connect, list[sqlite3.Connection]()

    def noted(*arguments: Any, **options: Any) -> sqlite3.Connection:
        opened.append(connect(*arguments, **options))
        return opened[-1]

    make_journal(path)
    monkeypatch.setattr(sqlite3, "connect", noted)
    with closing(JournalFile(path)):
        assert [settings(each) for each in opened] == [("wal", JOURNAL.page_bytes, JOURNAL.checkpoint_pages, FULL)]
