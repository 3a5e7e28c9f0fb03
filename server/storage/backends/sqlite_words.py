"""SQLite's errors in words, and of which kind they are. Imports nothing of ours: the projector's process is small."""

import sqlite3

_WORDS = {
    "SQLITE_FULL": "the disk is full",
    "SQLITE_IOERR": "the disk failed or is full",
    "SQLITE_READONLY": "the database may only be read",
    "SQLITE_BUSY": "another program holds the database",
    "SQLITE_LOCKED": "another program holds the database",
    "SQLITE_CORRUPT": "the database is damaged",
    "SQLITE_NOTADB": "the database is damaged",
    "SQLITE_CANTOPEN": "the database cannot be opened",
    "SQLITE_CONSTRAINT": "a row is there already",
}
_HELD = ("SQLITE_BUSY", "SQLITE_LOCKED")
_UNREACHABLE = (
    *_HELD,
    *("SQLITE_CANTOPEN", "SQLITE_PERM", "SQLITE_AUTH", "SQLITE_IOERR", "SQLITE_READONLY", "SQLITE_FULL"),
)


def explain(error: BaseException) -> str:
    """What a driver's or the system's error means, in a few words."""
    if isinstance(error, OSError):
        return (error.strerror or "the system refused").lower()
    name = getattr(error, "sqlite_errorname", None) or ""
    return next((words for prefix, words in _WORDS.items() if name.startswith(prefix)), str(error))


def is_away(error: BaseException) -> bool:
    """Another program holds the file: it will let go."""
    return (getattr(error, "sqlite_errorname", None) or "").startswith(_HELD)


def is_unreachable(error: sqlite3.Error) -> bool:
    """The file, not what is in it, is the trouble."""
    return (getattr(error, "sqlite_errorname", None) or "").startswith(_UNREACHABLE)
