"""Statements made from the tables once and then given straight to the driver: Core's text without Core's cost a call.

Nothing here knows what the rows mean. Works for every database that SQLAlchemy speaks positional parameters to.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import ClauseElement, Column, Dialect, Table
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor

Row = Sequence[Any]


class Statement:
    """One compiled statement. `parameters` are the names of its arguments, in the order in which the driver wants them."""

    __slots__ = ("_fixed", "parameters", "sql")

    def __init__(self, element: ClauseElement, dialect: Dialect, columns: Iterable[str] | None = None) -> None:
        compiled = element.compile(dialect=dialect, column_keys=None if columns is None else list(columns))
        self.sql = str(compiled)
        self.parameters = tuple(getattr(compiled, "positiontup", None) or ())
        self._fixed = {name: value for name, value in compiled.params.items() if value is not None}

    def bound(self, **values: Any) -> tuple[str, tuple[Any, ...]]:
        """What a cursor executes. Values go by name; what the statement itself fixes need not be given."""
        known = {**self._fixed, **values}
        return self.sql, tuple([known[name] for name in self.parameters])

    def run(self, connection: DBAPIConnection, **values: Any) -> DBAPICursor:
        cursor = connection.cursor()
        cursor.execute(*self.bound(**values))
        return cursor

    def all(self, connection: DBAPIConnection, **values: Any) -> Sequence[Row]:
        cursor = self.run(connection, **values)
        try:
            return cursor.fetchall()
        finally:
            cursor.close()

    def one(self, connection: DBAPIConnection, **values: Any) -> Row | None:
        cursor = self.run(connection, **values)
        try:
            found: Row | None = cursor.fetchone()
            return found
        finally:
            cursor.close()


def insert(table: Table, columns: Sequence[str], dialect: Dialect) -> Statement:
    """Insert rows given as tuples in the order of `columns`."""
    return _ordered(Statement(_insert(table, dialect).inline(), dialect, columns), columns)


def upsert(
    table: Table, columns: Sequence[str], key: Collection[str], changing: Collection[str], dialect: Dialect
) -> Statement:
    """Insert rows given as tuples in the order of `columns`; where `key` is there already, set `changing` instead."""
    statement = _insert(table, dialect).inline()
    new = {name: statement.excluded[name] for name in changing}
    return _ordered(
        Statement(statement.on_conflict_do_update(index_elements=list(key), set_=new), dialect, columns), columns
    )


def _insert(table: Table, dialect: Dialect) -> Any:
    # Both databases spell "on conflict" alike, but SQLAlchemy keeps it with the dialect. Each is loaded by who uses it.
    if dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql

        return postgresql.insert(table)
    from sqlalchemy.dialects import sqlite

    return sqlite.insert(table)


def _ordered(statement: Statement, columns: Sequence[str]) -> Statement:
    assert statement.parameters == tuple(columns), "rows are tuples: name the columns in the table's order"
    return statement


def names(table: Table, *, without: Collection[str] = ()) -> tuple[str, ...]:
    """The table's columns in their order."""
    return tuple(column.name for column in columns(table) if column.name not in without)


def columns(table: Table) -> list[Column[Any]]:
    return list(table.columns)
