"""Closed candles for the chart's history. No part of the journal: what is lost here can be made again."""

import threading
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import bindparam, delete, select

from server.ports import CandleRow, DatabaseAway
from server.storage.backends.backend import DbConnection
from server.storage.tables.rows import from_ms, to_ms
from server.storage.tables.schema import CANDLES
from server.storage.tables.statements import Row, Statement, names, upsert

_KEY = ("symbol", "interval", "at")


class SqlCandles:
    """`server.ports.CandleStore` on SQLite or PostgreSQL.

    Candles are written in a thread that a stop does not end: whoever else uses the connection, or closes it, waits for it.
    """

    def __init__(self, link: DbConnection) -> None:
        self._link = link
        self._in_use = threading.Lock()
        candles = CANDLES.c
        columns = names(CANDLES)
        of_interval = candles.interval == bindparam("interval")
        own = (candles.symbol == bindparam("symbol"), of_interval, candles.at >= bindparam("since"))
        dialect = link.dialect
        self._save = upsert(CANDLES, columns, _KEY, [name for name in columns if name not in _KEY], dialect).sql
        self._load = Statement(select(CANDLES).where(*own).order_by(candles.at), dialect)
        self._forget_from = Statement(delete(CANDLES).where(candles.at >= bindparam("since")), dialect)
        self._forget = Statement(delete(CANDLES).where(of_interval, candles.at < bindparam("before")), dialect)

    def save(self, rows: Sequence[CandleRow]) -> None:
        """Raises DatabaseAway for whatever goes wrong: a chart's history is no reason to stop, and stays to be kept."""
        if not rows:
            return
        try:
            with self._in_use, self._link.transaction() as cursor:
                cursor.executemany(self._save, [_tuple(row) for row in rows])
        except self._link.errors as error:
            raise DatabaseAway(self._link.explain(error)) from error

    def load(self, symbol: str, interval: str, since: datetime) -> Sequence[CandleRow]:
        with self._in_use:
            found = self._load.all(self._link.connection, symbol=symbol, interval=interval, since=to_ms(since))
        return [_row(row) for row in found]

    def forget(self, interval: str, before: datetime) -> None:
        with self._in_use, self._link.transaction() as cursor:
            cursor.execute(*self._forget.bound(interval=interval, before=to_ms(before)))

    def forget_from(self, at: datetime) -> None:
        with self._in_use, self._link.transaction() as cursor:
            cursor.execute(*self._forget_from.bound(since=to_ms(at)))

    def close(self) -> None:
        with self._in_use:
            self._link.close()


def _tuple(row: CandleRow) -> tuple[Any, ...]:
    prices = (str(row.open), str(row.high), str(row.low), str(row.close), str(row.volume))
    return (row.symbol, row.interval, to_ms(row.at), *prices, row.trades, int(row.seeded), int(row.hole))


def _row(row: Row) -> CandleRow:
    opening, high, low, close, volume = map(Decimal, row[3:8])
    kept = (row[8], bool(row[9]), bool(row[10]))
    return CandleRow(row[0], row[1], from_ms(row[2]), opening, high, low, close, volume, *kept)
