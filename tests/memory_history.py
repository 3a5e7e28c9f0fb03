"""The history in memory: what was committed, read back as the databases read it. tests/contracts holds it to them."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from server.ports import Batch, OrderRow, Page, StoredEvent, TradeRow
from server.storage.tables.rows import to_ms

Row = TypeVar("Row", OrderRow, TradeRow)


class MemoryHistory:
    """`server.ports.History` of the batches that it was given."""

    def __init__(self) -> None:
        self.rows: list[StoredEvent] = []
        self._orders: dict[str, OrderRow] = {}
        self._trades: dict[str, TradeRow] = {}

    def commit(self, batch: Batch) -> None:
        self._orders |= batch.orders  # one that was there keeps its place in the list
        self._trades |= {trade.id: trade for trade in batch.trades}
        for one in batch.events:
            self.rows.append(StoredEvent(one.account, one.seq, str(one.event), one.data, self.head_cursor() + 1))

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
        def is_met(row: OrderRow) -> bool:
            at = to_ms(row.created_at)
            return (
                (status in (None, row.status) or (status == "open" and row.is_open))
                and symbol in (None, row.symbol)
                and side in (None, row.side)
                and (since is None or at >= to_ms(since))
                and (until is None or at <= to_ms(until))
            )

        own = [row for row in self._orders.values() if row.account == account]
        return _page(own, lambda row: row.created_at, is_met, limit, cursor)

    def order(self, account: str, order_id: str) -> bytes | None:
        found = self._orders.get(order_id)
        return None if found is None or found.account != account else found.payload

    def trades(self, account: str, *, symbol: str | None = None, limit: int = 100, cursor: str | None = None) -> Page:
        own = [row for row in self._trades.values() if row.account == account]
        return _page(own, lambda row: row.executed_at, lambda row: symbol in (None, row.symbol), limit, cursor)

    def events(self, account: str, after: int, limit: int) -> list[StoredEvent]:
        return [row for row in self.rows if row.account == account and row.seq > after][:limit]

    def all_events(self, after_cursor: int, limit: int) -> list[StoredEvent]:
        return [row for row in self.rows if row.cursor > after_cursor][:limit]

    def head_cursor(self) -> int:
        return self.rows[-1].cursor if self.rows else 0


def _page(
    own: list[Row], at: Callable[[Row], datetime], is_met: Callable[[Row], bool], limit: int, cursor: str | None
) -> Page:
    """Newest first, and those of one moment the last first. A cursor is the id of the last row that was shown."""
    newest = sorted(own, key=lambda row: to_ms(at(row)))[::-1]
    if cursor is not None:
        places = [place for place, row in enumerate(newest) if row.id == cursor]
        if not places:
            raise ValueError("the cursor is not one of this list")
        newest = newest[places[0] + 1 :]
    found = [row for row in newest if is_met(row)]
    return Page([row.payload for row in found[:limit]], found[limit - 1].id if len(found) > limit else None)
