"""A consistent copy of a database file, taken beside a running server. It never replaces a file that is there."""

import contextlib
import os
import sqlite3
from pathlib import Path

from server.storage.backends import Backend
from server.storage.database import COPIED, backend_of
from server.storage.errors import DatabaseUnavailable
from server.storage.sqlite_file import SqliteFile, explain

_MARKED = "INSERT OR REPLACE INTO meta (name, value) VALUES (?, '1')"


def back_up(url: str, target: Path) -> None:
    """Copy the database to a new file, marked as a copy, so that a server on it begins a new epoch.

    The copy is whole or not there. Raises DatabaseRefused.
    """
    place = existing_backend(url)
    if not isinstance(place, SqliteFile):
        raise DatabaseUnavailable("a PostgreSQL database is copied with pg_dump, not by this command")
    part = target.with_name(target.name + ".part")
    try:
        os.close(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        raise DatabaseUnavailable(f"the copy {part} cannot be written: {explain(error)}") from None
    try:
        _copy(place.path, part)
        # A link, not a rename: it refuses when the target is there.
        os.link(part, target)
    except (sqlite3.Error, OSError) as error:
        raise DatabaseUnavailable(f"the copy {target} cannot be written: {explain(error)}") from None
    finally:
        for name in ("", "-journal", "-wal", "-shm"):
            part.with_name(part.name + name).unlink(missing_ok=True)


def existing_backend(url: str) -> Backend:
    """The place of a database that is there; unlike a server's start this makes none. Raises DatabaseRefused."""
    place = backend_of(url)
    if place.revision() is None:
        raise DatabaseUnavailable("there is no database of tradeterm at that address yet")
    return place


def _copy(source: Path, part: Path) -> None:
    uri = f"{source.absolute().as_uri()}?mode=ro"
    with (
        contextlib.closing(sqlite3.connect(uri, uri=True)) as reader,
        contextlib.closing(sqlite3.connect(part, isolation_level=None)) as writer,
    ):
        reader.backup(writer)
        # One plain file: the log's mode is set again when a server opens it.
        writer.execute("PRAGMA journal_mode = DELETE")
        writer.execute("PRAGMA synchronous = FULL")
        writer.execute(_MARKED, (COPIED,))
