"""The newest cursor, wherever the event stands."""

from contextlib import closing
from pathlib import Path

from server.storage.backends.sqlite_file import SqliteFile
from server.storage.database import open_database
from server.storage.tables.head_cursor import HeadCursor
from tests.server.storage.journals import left_behind, url_of


def test_head_is_noted_by_the_projector_or_is_that_of_the_last_row(tmp_path: Path) -> None:
    """None, the tables' own place, or an older version's row: whichever is the newest."""
    path = tmp_path / "tradeterm.db"
    open_database(url_of(path), "paper").close()
    with closing(SqliteFile(path).link()) as link:
        head = HeadCursor(link.dialect)
        assert head.read(link.connection) == 0
        left_behind(path, 3)
        open_database(url_of(path), "paper").close()
        assert head.read(link.connection) == 3
        for cursor, newest in ((2, 3), (12, 12)):
            link.connection.cursor().execute("INSERT INTO events VALUES (?, 'bob', ?, 'e', 0, '{}')", (cursor, cursor))
            assert head.read(link.connection) == newest
