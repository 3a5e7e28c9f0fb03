"""SQLite's errors as people read them, and which of them pass."""

import errno
import os
import sqlite3
from pathlib import Path

from server.storage.backends.sqlite_words import explain, is_away, is_unreachable


def raised(path: Path, *statements: str) -> sqlite3.Error:
    connection = sqlite3.connect(path, timeout=0, isolation_level=None)
    try:
        for statement in statements:
            connection.execute(statement)
    except sqlite3.Error as error:
        return error
    finally:
        connection.close()
    raise AssertionError("nothing was raised")


def test_errors_are_told_in_words(tmp_path: Path) -> None:
    """Held by another, there already, no database, no folder: each in a few words, and only the first one passes."""
    path = tmp_path / "x.db"
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("CREATE TABLE t (x PRIMARY KEY)")
    doubled = raised(path, "INSERT INTO t VALUES (1)", "INSERT INTO t VALUES (1)")
    other.execute("BEGIN IMMEDIATE")
    held = raised(path, "BEGIN IMMEDIATE")
    other.close()
    path.with_name("text").write_text("dear diary " * 100)
    text = raised(path.with_name("text"), "SELECT * FROM t")
    absent = _absent(tmp_path)
    assert (explain(held), is_away(held), is_unreachable(held)) == ("another program holds the database", True, True)
    assert (explain(doubled), is_away(doubled)) == ("a row is there already", False)
    assert (explain(text), is_unreachable(text)) == ("the database is damaged", False)
    assert (explain(absent), is_unreachable(absent)) == ("the database cannot be opened", True)
    assert explain(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))) == "no space left on device"
    assert explain(ValueError("what it says")) == "what it says"


def _absent(folder: Path) -> sqlite3.Error:
    try:
        sqlite3.connect(folder / "none" / "x.db")
    except sqlite3.Error as error:
        return error
    raise AssertionError("a folder was made")
