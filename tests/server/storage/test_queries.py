"""That every read is an index range: the plan says so, whatever the number of rows."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from server.storage.database import Database, open_database
from tests.contracts.journals import at, events, of_orders, of_trades, order, trade

FORBIDDEN = ("SCAN orders", "SCAN trades", "SCAN events", "USE TEMP B-TREE")


class Recorder:
    """Notes every statement that a connection runs, as SQLite expanded it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.statements: list[str] = []
        connection.set_trace_callback(self.statements.append)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(f"sqlite:///{tmp_path / 'tradeterm.db'}", "paper")
    opened.journal.commit(of_orders(*(order(number) for number in range(50))))
    opened.journal.commit(of_trades(*(trade(number) for number in range(50))))
    opened.journal.commit(events("ann", 1, 50))
    yield opened
    opened.close()


def plans(database: Database, statements: list[str]) -> list[str]:
    """How SQLite goes about each statement."""
    connection: Any = database.history._link.connection
    return [row[3] for one in statements for row in connection.execute(f"EXPLAIN QUERY PLAN {one}")]


@pytest.mark.parametrize("status", [None, "open", "filled"])
@pytest.mark.parametrize("symbol", [None, "BTC/USD"])
@pytest.mark.parametrize("side", [None, "buy"])
def test_every_list_of_orders_is_read_in_index_order(
    database: Database, status: str | None, symbol: str | None, side: str | None
) -> None:
    """No filter makes SQLite walk or sort the table of orders."""
    recorder = Recorder(database.history._link.connection)  # type: ignore[arg-type]
    page = database.history.orders("ann", status=status, symbol=symbol, side=side, since=at(3), limit=10)
    if page.next_cursor:
        database.history.orders("ann", status=status, symbol=symbol, side=side, cursor=page.next_cursor, limit=10)
    found = plans(database, recorder.statements)
    assert found
    assert not [plan for plan in found if plan.startswith(FORBIDDEN)], found


def test_trades_and_events_are_read_in_index_order(database: Database) -> None:
    """Nor the tables of trades and events."""
    recorder = Recorder(database.history._link.connection)  # type: ignore[arg-type]
    database.history.trades("ann", limit=10)
    database.history.trades("ann", symbol="BTC/USD", limit=10)
    database.history.events("ann", 10, 10)
    database.history.all_events(10, 10)
    database.history.order("ann", "o-1")
    found = plans(database, recorder.statements)
    assert found
    assert not [plan for plan in found if plan.startswith(FORBIDDEN)], found


def test_start_up_and_client_ids_are_read_by_index(database: Database) -> None:
    """What is loaded at start, and whether a client order id is known, does not depend on the history's length."""
    recorder = Recorder(database.journal._kept._link.connection)  # type: ignore[arg-type]
    database.journal.load()
    database.journal.find_order("ann", "c-7")
    statements = list(recorder.statements)
    found = plans(database, statements)
    walked = [plan for plan in found if plan.startswith(FORBIDDEN) and "ix_orders_open" not in plan]
    assert not [plan for plan in walked if "orders" in plan or "events" in plan or "trades" in plan], found
