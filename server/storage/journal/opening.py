"""Which journal file belongs to a database, and what is done with one that does not. Reads no trading state.

A database of before there was one gets a new one; so does a copy that came without it: orders, trades, positions and money
go on, and the events, which stood in the journal alone, are told to be lost to whoever asks for them. A journal that belongs
to another history (a copy made by `db backup` was put beside it), or has lost its end, is set aside, never written to.
"""

import os
import sqlite3
from pathlib import Path
from typing import Final, Protocol

import structlog

from server.storage.backends.sqlite_words import explain, is_unreachable
from server.storage.errors import DatabaseDamaged, DatabaseForeign, DatabaseUnavailable
from server.storage.journal.file import JournalFile, JournalForeign, companions, is_empty, make_journal

log: Final = structlog.get_logger(__name__)


class TablesView(Protocol):
    """The tables, as far as they are a view of a journal."""

    def place(self) -> int:
        """The number of the last commit that they hold."""

    def journal_id(self) -> str | None:
        """The identity of the journal that they are a view of; None before there was one."""

    def belong_to(self, journal_id: str) -> None:
        """To that journal from here on."""


def opened_journal(path: Path, view: TablesView, patience_s: float = 0.0) -> JournalFile:
    """The journal of these tables, made where there is none. Raises DatabaseRefused, and then has touched nothing."""
    try:
        known = view.journal_id()
        if not is_empty(path):
            file = JournalFile(path, patience_s)
            if file.id == known and file.last()[0] >= view.place():
                return _following(file, view)
            if file.last() == (0, 0):
                if file.id == known:
                    _say_lost(path)
                view.belong_to(file.id)  # it was made, and then the machine stopped
                return file
            file.close()
            _set_aside(path, file.id)
        if known is not None:
            _say_lost(path)
        make_journal(path)
        file = JournalFile(path, patience_s)
        view.belong_to(file.id)
        return file
    except JournalForeign as error:
        raise DatabaseForeign(str(error)) from None
    except sqlite3.Error as error:
        if is_unreachable(error):
            raise DatabaseUnavailable(f"the journal {path} cannot be used: {explain(error)}") from None
        raise DatabaseDamaged(f"the journal {path} is damaged: {error}") from None
    except OSError as error:
        raise DatabaseUnavailable(f"the journal {path} cannot be used: {explain(error)}") from None


def _following(file: JournalFile, view: TablesView) -> JournalFile:
    """Raises DatabaseDamaged where commits between the tables and the journal are no longer kept: older tables were put
    back than the journal was cut for."""
    first, place = file.first(), view.place()
    if first <= place + 1:
        return file
    file.close()
    raise DatabaseDamaged(f"the tables end at commit {place}, and the journal {file.path} begins at {first} only")


def _say_lost(path: Path) -> None:
    log.warning("the database came without its journal: the events of before are lost", journal=str(path))


def _set_aside(path: Path, journal_id: str) -> None:
    """Its log goes along: without that it would not be whole. What was set aside before stays as it is."""
    aside, number = path.with_name(f"{path.name}.{journal_id}"), 1
    while any(one.exists() for one in (aside, *companions(aside))):
        aside, number = path.with_name(f"{path.name}.{journal_id}.{number}"), number + 1
    log.warning(
        "the journal beside the database is another history's, or not whole; it is set aside", kept_as=str(aside)
    )
    for old, new in zip((path, *companions(path)), (aside, *companions(aside)), strict=True):
        if old.exists():
            os.rename(old, new)
