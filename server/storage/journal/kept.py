"""What start-up, the check of a client order id and the next commit ask: of the tables, and of what they do not have yet.

None of it grows with history.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, Table, TextClause, bindparam, func, select

from server.ports import RESET_TRADE, AccountRow, MarketRow, OpenState, OrderRow, PositionRow
from server.storage.backends.backend import LOOP_PATIENCE_S, DbConnection
from server.storage.journal.numbering import ClientId, Newest
from server.storage.journal.record import Numbered
from server.storage.journal.unprojected import Unprojected
from server.storage.tables import rows, schema
from server.storage.tables.facts import LAST_VENUE_TRADE
from server.storage.tables.head_cursor import HeadCursor
from server.storage.tables.statements import Statement, columns

COUNTED: Final = {"number", "cursor"}


class KeptRows:
    """Reads on one connection. What is on its way to the tables is asked for first: then it is in one place or the other."""

    def __init__(self, link: DbConnection, unprojected: Unprojected) -> None:
        self._link, self._unprojected = link, unprojected
        self._reads, self._head = _Reads(link), HeadCursor(link.dialect)

    # ------------------------------------------------------------ at start

    def load(self, epoch: str) -> OpenState:
        """The open state as the last commit left it."""
        batches = self._unprojected.batches()
        with self._link.translated():
            state = self._open()
        for numbered in batches:
            state.take(numbered)
        return state.state(epoch)

    def open_orders(self) -> dict[str, int]:
        """The numbers of the open orders in the tables, by id."""
        return {order_id: number for order_id, (number, _) in self._open().orders.items()}

    def heads(self) -> dict[str, int]:
        """By account, as the tables have it."""
        return {row[0]: row[1] for row in self._reads.accounts.all(self._link.connection)}

    def newest(self) -> Newest:
        """As the tables have it."""
        found: list[Any] = [reading.one(self._link.connection) for reading in self._reads.newest]
        (order_id,), (trade_id,), (transfer_id,), (order,), (trade,) = found
        cursor = self._head.read(self._link.connection)
        return Newest(order_id or "", trade_id or "", transfer_id or "", order or 0, trade or 0, cursor)

    def _open(self) -> "_Open":
        read, connection = self._reads, self._link.connection
        return _Open(
            accounts={row[0]: rows.as_account(row) for row in read.accounts.all(connection)},
            orders={row[0]: (row[-1], rows.as_order(row)) for row in read.open_orders.all(connection)},
            positions={row[0]: rows.as_position(row) for row in read.open_positions.all(connection)},
            markets={row[0]: rows.as_market(row) for row in read.markets.all(connection)},
            last_venue_trade=self._last_venue_trade(),
        )

    def _last_venue_trade(self) -> str | None:
        """How far the venue's own numbers have come. Resets once left theirs here: then it is the last of the venue's."""
        last = self._reads.meta.one(self._link.connection, name=LAST_VENUE_TRADE)
        if last is not None and last[0].startswith(RESET_TRADE):
            last = self._reads.last_trade.one(self._link.connection)
        return last[0] if last else None

    # ------------------------------------------------------------ what is there already

    def find_order(self, account: str, client_order_id: str) -> OrderRow | None:
        found = self._unprojected.find_order(account, client_order_id)
        if found is not None:
            return found
        with self._link.waiting(LOOP_PATIENCE_S):
            row = self._reads.order.one(self._link.connection, account=account, client_order_id=client_order_id)
        return None if row is None else rows.as_order(row)

    def order_number(self, order_id: str) -> int | None:
        found = self._unprojected.order_number(order_id)
        if found is not None:
            return found
        row = self._reads.order_number.one(self._link.connection, id=order_id)
        return None if row is None else row[0]

    def has_any_order(self, client_ids: Sequence[ClientId]) -> bool:
        if any(self._unprojected.find_order(*one) is not None for one in client_ids):
            return True
        seek = self._reads.client_id
        return any(seek.one(self._link.connection, account=one[0], client_order_id=one[1]) for one in client_ids)

    def has_trade(self, trade_id: str) -> bool:
        if self._unprojected.has_trade(trade_id):
            return True
        return self._reads.trade.one(self._link.connection, id=trade_id) is not None

    def has_transfer(self, transfer_id: str) -> bool:
        unprojected = (one.id for numbered in self._unprojected.batches() for one in numbered.batch.transfers)
        if transfer_id in unprojected:
            return True
        return self._reads.transfer.one(self._link.connection, id=transfer_id) is not None


@dataclass(slots=True)
class _Open:
    """What is open, by key; orders with their numbers."""

    accounts: dict[str, AccountRow]
    orders: dict[str, tuple[int, OrderRow]]
    positions: dict[str, PositionRow]
    markets: dict[str, MarketRow]
    last_venue_trade: str | None

    def take(self, numbered: Numbered) -> None:
        """What a later commit made of it."""
        batch = numbered.batch
        self.accounts.update(batch.accounts)
        self.markets.update(batch.markets)
        for order in batch.orders.values():
            self.orders.pop(order.id, None)
            if order.is_open:
                self.orders[order.id] = numbered.orders[order.id], order
        for position in batch.positions.values():
            self.positions.pop(position.id, None)
            if position.is_open:
                self.positions[position.id] = position
        for trade in batch.trades:
            if not trade.venue_trade_id.startswith(RESET_TRADE):
                self.last_venue_trade = trade.venue_trade_id

    def state(self, epoch: str) -> OpenState:
        oldest_first = sorted(self.orders.values(), key=lambda one: (rows.to_ms(one[1].created_at), one[0]))
        as_opened = sorted(self.positions.values(), key=lambda one: (one.account, rows.to_ms(one.opened_at), one.id))
        return OpenState(
            epoch=epoch,
            accounts=[self.accounts[name] for name in sorted(self.accounts)],
            orders=[order for _, order in oldest_first],
            positions=as_opened,
            markets=[self.markets[symbol] for symbol in sorted(self.markets)],
            last_venue_trade_id=self.last_venue_trade,
        )


class _Reads:
    def __init__(self, link: DbConnection) -> None:
        def compiled(query: Select[*tuple[()]]) -> Statement:
            return Statement(query, link.dialect)

        def reading(table: Table, *conditions: ColumnElement[bool] | TextClause, last: Sequence[str] = ()) -> Statement:
            wanted: list[Any] = [column for column in columns(table) if column.name not in COUNTED]
            return compiled(select(*wanted, *[table.c[name] for name in last]).where(*conditions))

        orders, trades, transfers = schema.ORDERS.c, schema.TRADES.c, schema.TRANSFERS.c
        named = (
            orders.account == bindparam("account"),
            orders.client_order_id == bindparam("client_order_id"),
        )
        self.accounts = reading(schema.ACCOUNTS)
        self.markets = reading(schema.MARKETS)
        # `is_open = 1` stands as text: a parameter would keep the database from seeing that the partial index fits.
        self.open_orders = reading(schema.ORDERS, schema.IS_OPEN, last=("number",))
        self.open_positions = reading(schema.POSITIONS, schema.IS_OPEN)
        self.order = reading(schema.ORDERS, *named)
        self.client_id = compiled(select(orders.number).where(*named))
        self.order_number = compiled(select(orders.number).where(orders.id == bindparam("id")))
        self.trade = compiled(select(trades.number).where(trades.id == bindparam("id")))
        self.transfer = compiled(select(transfers.id).where(transfers.id == bindparam("id")))
        last_trade = select(trades.venue_trade_id).where(trades.venue_trade_id.not_like(f"{RESET_TRADE}%"))
        self.last_trade = compiled(last_trade.order_by(trades.number.desc()).limit(1))
        self.meta = compiled(select(schema.META.c.value).where(schema.META.c.name == bindparam("name")))
        most = (orders.id, trades.id, transfers.id, orders.number, trades.number)
        self.newest = [compiled(select(func.max(one))) for one in most]
