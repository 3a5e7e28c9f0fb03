"""How a file is looked over before it is used: whole while it is small, and no longer the larger it is."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from server.storage.backends import sqlite_file
from server.storage.backends.sqlite_file import SqliteFile
from server.storage.errors import DatabaseDamaged

PAGE, ROWS = 4_096, 3_000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A table of a page a row, and one without rowids."""
    found = tmp_path / "x.db"
    with closing(sqlite3.connect(found)) as connection:
        connection.execute(f"PRAGMA page_size = {PAGE}")
        connection.execute("CREATE TABLE pages (number INTEGER PRIMARY KEY, text TEXT)")
        connection.execute('CREATE TABLE "a ""name" (name TEXT PRIMARY KEY, text TEXT) WITHOUT ROWID')
        rows = [(number, "x" * (PAGE - 200)) for number in range(ROWS)]
        connection.executemany("INSERT INTO pages VALUES (?, ?)", rows)
        connection.execute('INSERT INTO "a ""name" VALUES (?, ?)', ("one", "y"))
        connection.commit()
    return found


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every statement that is run."""
    statements: list[str] = []
    beside = SqliteFile._beside

    def traced(place: SqliteFile) -> sqlite3.Connection:
        connection = beside(place)
        connection.set_trace_callback(statements.append)
        return connection

    monkeypatch.setattr(SqliteFile, "_beside", traced)
    return statements


def spoil(path: Path, page: int) -> None:
    """Write over the head of a page; page 1 is the first."""
    with path.open("r+b") as file:
        file.seek((page - 1) * PAGE)
        file.write(os.urandom(64))


def pages(path: Path) -> int:
    return path.stat().st_size // PAGE


def test_small_file_is_looked_at_whole(path: Path) -> None:
    """Damage in its very middle is found."""
    SqliteFile(path).look_over()
    spoil(path, pages(path) // 2)
    with pytest.raises(DatabaseDamaged):
        SqliteFile(path).look_over()


def test_large_file_is_read_at_its_ends(path: Path, read: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes as long as the file is long is not asked for; damage where the newest rows are is found."""
    monkeypatch.setattr(sqlite_file, "WHOLLY_EXAMINED_BYTES", path.stat().st_size - 1)
    before = path.read_bytes()
    SqliteFile(path).look_over()
    assert path.read_bytes() == before
    assert not [one for one in read if "check" in one]
    assert [one for one in read if "DESC LIMIT" in one]
    spoil(path, pages(path))
    with pytest.raises(DatabaseDamaged):
        SqliteFile(path).look_over()
