"""Every fact that a database notes about itself is in the list of them."""

import sqlite3
from contextlib import closing
from pathlib import Path

from server.storage.backup import back_up
from server.storage.database import open_database
from server.storage.tables import facts
from tests.contracts.journals import of_trades, trade
from tests.server.storage.journals import url_of


def noted_in(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as connection:
        return {name for (name,) in connection.execute("SELECT name FROM meta")}


def test_what_stands_in_meta_is_named_here(tmp_path: Path) -> None:
    path, copy = tmp_path / "tradeterm.db", tmp_path / "copy.db"
    database = open_database(url_of(path), "paper")
    database.journal.commit(of_trades(trade(1)))
    database.epochs.keep("ann", f"{database.epoch}-1")
    database.close()
    back_up(url_of(path), copy)
    of_the_journal = {facts.JOURNAL, facts.PROJECTED, facts.CUT}
    in_both = {facts.EPOCH, facts.VENUE, facts.HEAD_CURSOR, facts.LAST_VENUE_TRADE, f"{facts.EPOCH_OF}ann"}
    assert noted_in(path) == in_both | of_the_journal
    assert noted_in(copy) == in_both | {facts.COPIED}
