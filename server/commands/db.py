"""`tradeterm db`: the database itself, brought up to date, copied and looked over. No row of trading is touched here."""

from collections.abc import Callable
from pathlib import Path

import cyclopts

from server.config import database_url
from server.storage.backup import back_up, existing_backend
from server.storage.checkup import faults
from server.storage.database import upgrade as bring_up_to_date
from server.storage.errors import DatabaseRefused
from tradeterm.standard_streams import output, say

app = cyclopts.App(name="db", result_action="return_value", help="Look after the database.")

REFUSED = 2


@app.command
def upgrade(*, db: str | None = None) -> int:
    """Bring the tables up to this version's, while no server runs.

    Parameters
    ----------
    db
        The database, sqlite:///PATH or postgresql://…
    """

    def work(url: str) -> str:
        before, after = bring_up_to_date(url)
        return f"the tables are at {after} already" if before == after else f"{before or 'new'} → {after}"

    return _answer(work, db)


@app.command
def backup(target: Path, *, db: str | None = None) -> int:
    """Copy the database to a new file, also while a server runs. A server on the copy starts a new history.

    Parameters
    ----------
    target
        The file to make; it must not be there yet.
    db
        The database, sqlite:///PATH
    """

    def work(url: str) -> str:
        missing = back_up(url, target)
        if missing:
            say(missing)
        return f"copied to {target}"

    return _answer(work, db)


@app.command
def check(*, db: str | None = None) -> int:
    """Look at every page of the database and of its journal; exit 2 when something is wrong.

    Parameters
    ----------
    db
        The database, sqlite:///PATH or postgresql://…
    """

    def work(url: str) -> str:
        found = faults(existing_backend(url))
        if found:
            raise DatabaseRefused("the database is damaged: " + "; ".join(found[:3]))
        return "ok"

    return _answer(work, db)


def _answer(work: Callable[[str], str], db: str | None) -> int:
    try:
        said = work(database_url(db))
    except DatabaseRefused as error:
        say(str(error))
        return REFUSED
    output.write(f"{said}\n")
    return 0
