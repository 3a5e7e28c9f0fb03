"""Reads of the journal for REST, replay and export: pages by key, never by offset, each an index range.

What is durable and not yet in the tables is asked for first, and joined to what the tables have. Writes nothing. Every call
is a short read on a connection of its own, so it sees the last commit and never holds the writer up; with a bounded `limit` it may be made on the event loop itself, and one at a time from any thread.
"""

import base64
import binascii
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, Table, bindparam, desc, select, tuple_, union_all

from server.ports import OrderRow, Page, StoredEvent, TradeRow
from server.storage.backends.backend import DbConnection
from server.storage.journal.unprojected import Unprojected
from server.storage.stores.events import Events
from server.storage.tables import schema
from server.storage.tables.head_cursor import HeadCursor
from server.storage.tables.rows import to_ms
from server.storage.tables.statements import Statement
from tradeterm.protocol.vocabulary import FINAL_STATUSES, OrderStatus, Side

_STATUSES = tuple(status.value for status in OrderStatus)
_OPEN = tuple(status.value for status in OrderStatus if status not in FINAL_STATUSES)
_SIDES = tuple(side.value for side in Side)
_END_OF_TIME = 1 << 60

Ranges = tuple[tuple[str, ...], tuple[str, ...], bool]


class SqlHistory:
    """`server.ports.History` on SQLite or PostgreSQL."""

    def __init__(self, link: DbConnection, events: Events, unprojected: Unprojected) -> None:
        """`events` are those that are no longer `unprojected`."""
        self._link, self._events, self._unprojected = link, events, unprojected
        self._head = HeadCursor(link.dialect)
        self._statements = _Statements(link)
        self._orders: dict[Ranges, Statement] = {}

    def orders(
        self,
        account: str,
        *,
        status: str | None = None,
        symbol: str | None = None,
        side: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 100,
        cursor: str | None = None,
    ) -> Page:
        """Newest first; `since` and `until` are both inside. A word that is no status or side finds nothing."""
        statuses = _OPEN if status == "open" else _STATUSES if status is None else _known(status, _STATUSES)
        sides = _SIDES if side is None else _known(side, _SIDES)
        newer = {one: _of_order(*row) for one, row in self._unprojected.orders(account).items()}
        before = self._place(self._statements.order_place, account, cursor, newer) or (_END_OF_TIME, 0)
        if until is not None:
            before = min(before, (to_ms(until) + 1, 0))
        if not (statuses and sides) or not _can_be_asked(symbol):
            return Page([], None)
        since_ms = 0 if since is None else to_ms(since)
        asked = {"account": account, "symbol": symbol, "since": since_ms}
        fresh = [
            row
            for row in newer.values()
            if row.status in statuses and row.side in sides and row.is_within(since_ms, before, symbol)
        ]
        statement = self._orders_statement((statuses, sides, symbol is not None))
        return _page(self._merged(statement, asked, before, newer, fresh, limit + 1), limit)

    def _merged(
        self,
        statement: Statement,
        asked: Mapping[str, Any],
        before: tuple[int, int],
        newer: Mapping[str, "_Row"],
        fresh: "list[_Row]",
        limit: int,
    ) -> "list[_Row]":
        """The newest `limit` rows: of those in the tables that nothing newer is known of, and of the fresh ones."""
        found = sorted(fresh, key=_newest_first)[:limit]
        while True:
            rows = statement.all(
                self._link.connection, **asked, before_at=before[0], before_number=before[1], limit=limit
            )
            found += [_Row(*row) for row in rows if row[0] not in newer]
            found = sorted(found, key=_newest_first)[:limit]
            if len(rows) < limit or (len(found) == limit and _newest_first(found[-1]) <= (-rows[-1][2], -rows[-1][3])):
                return found
            before = rows[-1][2], rows[-1][3]

    def order(self, account: str, order_id: str) -> bytes | None:
        newer = self._unprojected.orders(account).get(order_id)
        if newer is not None:
            return newer[1].payload
        row = self._statements.order.one(self._link.connection, account=account, id=order_id)
        return None if row is None else row[0].encode()

    def trades(self, account: str, *, symbol: str | None = None, limit: int = 100, cursor: str | None = None) -> Page:
        """Newest first."""
        newer = {trade.id: _of_trade(number, trade) for number, trade in self._unprojected.trades(account)}
        before = self._place(self._statements.trade_place, account, cursor, newer) or (_END_OF_TIME, 0)
        if not _can_be_asked(symbol):
            return Page([], None)
        statement = self._statements.trades if symbol is None else self._statements.trades_of_symbol
        asked = {"account": account, "symbol": symbol, "since": 0}
        fresh = [row for row in newer.values() if row.is_within(0, before, symbol)]
        return _page(self._merged(statement, asked, before, newer, fresh, limit + 1), limit)

    def events(self, account: str, after: int, limit: int) -> list[StoredEvent]:
        """A long replay is read in pages: ask again after the last `seq`, until a page is short."""
        newer = self._unprojected.events(account, after, limit)
        if newer and newer[0].seq == after + 1:
            return newer
        found = self._events.of_account(account, after, limit)
        last = found[-1].seq if found else after
        return [*found, *(one for one in newer if one.seq > last)][:limit]

    def all_events(self, after_cursor: int, limit: int) -> list[StoredEvent]:
        newer = self._unprojected.all_events(after_cursor, limit)
        if newer and newer[0].cursor == after_cursor + 1:
            return newer
        found = self._events.of_all(after_cursor, limit)
        last = found[-1].cursor if found else after_cursor
        return [*found, *(one for one in newer if one.cursor > last)][:limit]

    def head_cursor(self) -> int:
        newest = self._unprojected.head_cursor()
        if newest is not None:
            return newest
        return self._head.read(self._link.connection)

    def close(self) -> None:
        self._events.close()
        self._link.close()

    def _orders_statement(self, ranges: Ranges) -> Statement:
        found = self._orders.get(ranges)
        if found is None:
            found = self._orders[ranges] = Statement(orders_query(*ranges), self._link.dialect)
        return found

    def _place(
        self, statement: Statement, account: str, cursor: str | None, newer: "Mapping[str, _Row]"
    ) -> tuple[int, int] | None:
        """Where the row that a cursor names stands in its list. A cursor holds its id, which its owner has seen already."""
        if cursor is None:
            return None
        row_id = _decoded(cursor)
        if row_id in newer:
            return newer[row_id].at, newer[row_id].number
        row = statement.one(self._link.connection, account=account, id=row_id)
        if row is None:
            raise ValueError("the cursor is not one of this list")
        return row[0], row[1]


class _Row(NamedTuple):
    """One of a list. What it is filtered by is known only of what is not in the tables yet."""

    id: str
    payload: str
    at: int
    number: int
    symbol: str = ""
    side: str = ""
    status: str = ""

    def is_within(self, since: int, before: tuple[int, int], symbol: str | None) -> bool:
        return since <= self.at and (self.at, self.number) < before and symbol in (None, self.symbol)


def _of_order(number: int, order: OrderRow) -> _Row:
    at, payload = to_ms(order.created_at), order.payload.decode()
    return _Row(order.id, payload, at, number, order.symbol, str(order.side), str(order.status))


def _of_trade(number: int, trade: TradeRow) -> _Row:
    return _Row(trade.id, trade.payload.decode(), to_ms(trade.executed_at), number, trade.symbol)


def _newest_first(row: _Row) -> tuple[int, int]:
    return -row.at, -row.number


class _Statements:
    def __init__(self, link: DbConnection) -> None:
        orders, trades = schema.ORDERS.c, schema.TRADES.c

        def compiled(query: Select[*tuple[()]]) -> Statement:
            return Statement(query, link.dialect)

        self.order = compiled(_own(schema.ORDERS, select(orders.payload)))
        self.order_place = compiled(_own(schema.ORDERS, select(orders.created_at, orders.number)))
        self.trade_place = compiled(_own(schema.TRADES, select(trades.executed_at, trades.number)))
        self.trades = compiled(trades_query(by_symbol=False))
        self.trades_of_symbol = compiled(trades_query(by_symbol=True))


def orders_query(statuses: tuple[str, ...], sides: tuple[str, ...], by_symbol: bool) -> Select[*tuple[()]]:
    """One range for each status and side, merged: every range comes in the order wanted, so nothing is sorted."""
    orders = schema.ORDERS
    parts = [
        _range(orders, orders.c.created_at, by_symbol).where(orders.c.status == status, orders.c.side == side)
        for status in statuses
        for side in sides
    ]
    merged = parts[0] if len(parts) == 1 else union_all(*parts)
    return merged.order_by(desc("at"), desc("number")).limit(bindparam("limit"))  # type: ignore[return-value]


def trades_query(by_symbol: bool) -> Select[*tuple[()]]:
    trades = schema.TRADES
    query = _range(trades, trades.c.executed_at, by_symbol)
    return query.order_by(desc("at"), desc("number")).limit(bindparam("limit"))


def _range(table: Table, at: ColumnElement[int], by_symbol: bool) -> Select[*tuple[()]]:
    place = tuple_(at, table.c.number) < tuple_(bindparam("before_at"), bindparam("before_number"))
    query = select(table.c.id, table.c.payload, at.label("at"), table.c.number)
    query = query.where(table.c.account == bindparam("account"), at >= bindparam("since"), place)
    return query.where(table.c.symbol == bindparam("symbol")) if by_symbol else query


def _own(table: Table, query: Select[*tuple[()]]) -> Select[*tuple[()]]:
    return query.where(table.c.id == bindparam("id"), table.c.account == bindparam("account"))


def _can_be_asked(text: str | None) -> bool:
    """PostgreSQL's text takes no NUL, not even in a question."""
    return text is None or text.isprintable()


def _known(word: str, words: tuple[str, ...]) -> tuple[str, ...]:
    return (word,) if word in words else ()


def _page(found: Sequence[_Row], limit: int) -> Page:
    """`found` holds one row more than asked for when there is more."""
    items = [row.payload.encode() for row in found[:limit]]
    return Page(items, _encoded(found[limit - 1].id) if len(found) > limit else None)


def _encoded(row_id: str) -> str:
    return base64.urlsafe_b64encode(row_id.encode()).decode().rstrip("=")


def _decoded(cursor: str) -> str:
    try:
        row_id = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode("ascii")
    except (binascii.Error, UnicodeError, ValueError):
        raise ValueError("the cursor is not one of this list") from None
    if not _can_be_asked(row_id):
        raise ValueError("the cursor is not one of this list")
    return row_id
