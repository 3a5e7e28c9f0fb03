"""The statements of a projection, made from the tables."""

from collections.abc import Iterable

from sqlalchemy import Dialect, Table, bindparam, delete, select

from server.ports import RESET_TRADE
from server.storage.projection.table_writer import ProjectionStatements
from server.storage.tables import schema
from server.storage.tables.schema import ACCOUNT_CHANGES, MARKET_CHANGES, ORDER_CHANGES, POSITION_CHANGES
from server.storage.tables.statements import Statement, insert, names, upsert


def projection_statements(dialect: Dialect) -> ProjectionStatements:
    def inserted(table: Table) -> str:
        return insert(table, names(table), dialect).sql

    def replaced(table: Table, key: str, changing: Iterable[str]) -> str:
        return upsert(table, names(table), (key,), tuple(changing), dialect).sql

    meta, runs = schema.META, schema.EVENT_RUNS
    named = runs.c.account == bindparam("account"), runs.c.first_seq == bindparam("first_seq")
    return ProjectionStatements(
        runs=inserted(runs),
        forget_runs=Statement(delete(runs), dialect).sql,
        forget_run=Statement(delete(runs).where(*named), dialect).sql,
        orders=replaced(schema.ORDERS, "id", ORDER_CHANGES),
        trades=inserted(schema.TRADES),
        positions=replaced(schema.POSITIONS, "id", POSITION_CHANGES),
        accounts=replaced(schema.ACCOUNTS, "account", ACCOUNT_CHANGES),
        transfers=inserted(schema.TRANSFERS),
        markets=replaced(schema.MARKETS, "symbol", MARKET_CHANGES),
        write_fact=replaced(meta, "name", ("value",)),
        read_fact=Statement(select(meta.c.value).where(meta.c.name == bindparam("name")), dialect).sql,
        made_without_venue=RESET_TRADE,
    )
