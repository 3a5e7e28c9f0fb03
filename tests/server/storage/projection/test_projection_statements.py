"""The statements of a projection fit the rows that a record gives."""

from dataclasses import asdict

from sqlalchemy.dialects import sqlite

from server.storage.projection.projection_statements import projection_statements
from server.storage.tables import schema
from server.storage.tables.statements import columns

TABLES = ("orders", "trades", "positions", "accounts", "transfers", "markets")


def test_every_row_has_a_place_for_each_column() -> None:
    """Numbers included; what changes is replaced under its key, runs of events and trades never are."""
    sql = asdict(projection_statements(sqlite.dialect(paramstyle="qmark")))
    for field, name in (("runs", "event_runs"), *((name, name) for name in TABLES)):
        assert sql[field].count("?") == len(columns(schema.METADATA.tables[name])), name
        assert sql[field].startswith(f"INSERT INTO {name} ")
        assert ("ON CONFLICT" in sql[field]) is (name in {"orders", "positions", "accounts", "markets"})
