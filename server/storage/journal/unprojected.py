"""What is durable in the journal and not yet in the tables, for whoever reads: kept until the tables have it.

The writer adds, the projector's progress takes away, readers look; each from any thread. No file and no statement here.
"""

import threading
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from server.ports import Batch, Behind, EventRow, OrderRow, StoredEvent, TradeRow
from server.storage.journal.record import Numbered

DROPPED_AT_ONCE: Final = 8  # commits, some 10 µs each; more where many orders were in one


@dataclass(slots=True)
class Pending:
    """One commit that the tables do not have yet. `size` is that of its record."""

    number: int
    numbered: Numbered
    size: int
    since: float = field(default_factory=time.monotonic)

    @property
    def batch(self) -> Batch:
        return self.numbered.batch


@dataclass(slots=True)
class _OfAccount:
    """What one account has in the commits that were looked through."""

    events: deque[tuple[int, EventRow]] = field(default_factory=deque)
    orders: dict[str, tuple[int, OrderRow, int]] = field(default_factory=dict)  # number, row, commit
    trades: deque[tuple[int, TradeRow]] = field(default_factory=deque)


class Unprojected:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._commits: deque[Pending] = deque()
        self._bytes = 0
        self._dropped = 0  # the number of the last commit that the tables have
        # By id, made when somebody looks one up.
        self._by_client_id: dict[tuple[str, str], tuple[OrderRow, int]] = {}  # with the commit that has it last
        self._trade_ids: set[str] = set()
        self._unsorted: deque[Pending] = deque()  # the commits that are not in these two yet: the last ones
        self._sorted = 0  # the number of the last commit that is
        # By account, for readers alone: made when somebody reads, so a commit pays nothing for it.
        self._accounts: dict[str, _OfAccount] = {}
        self._looked_through = 0  # the number of the last commit in it

    # ------------------------------------------------------------ the writer, and the projector

    def add(self, pending: Pending) -> None:
        """It is durable."""
        with self._lock:
            if pending.number <= self._dropped:
                return  # the projector was there before
            self._commits.append(pending)
            self._unsorted.append(pending)
            self._bytes += pending.size

    def drop(self, through: int) -> None:
        """The tables hold the commits up to this one. A few are let go at a time: this is a thread beside the writer's, and
        what it does at once the writer waits for, in the middle of an order."""
        while self._drop_some(through):
            time.sleep(0)

    def _drop_some(self, through: int) -> bool:
        """Whether there are more."""
        with self._lock:
            self._dropped = max(self._dropped, through)
            for _ in range(DROPPED_AT_ONCE):
                if not self._commits or self._commits[0].number > through:
                    return False
                self._forget(self._commits.popleft())
            return True

    def _forget(self, pending: Pending) -> None:
        self._bytes -= pending.size
        if self._unsorted and self._unsorted[0] is pending:
            self._unsorted.popleft()
        if pending.number <= self._sorted:
            self._forget_ids(pending)
        if pending.number <= self._looked_through:
            self._forget_accounts(pending)

    def _forget_ids(self, pending: Pending) -> None:
        for order in pending.batch.orders.values():
            key = order.account, order.client_order_id
            if self._by_client_id[key][1] <= pending.number:
                del self._by_client_id[key]
        self._trade_ids.difference_update([trade.id for trade in pending.batch.trades])

    def _forget_accounts(self, pending: Pending) -> None:
        for event in pending.batch.events:
            self._accounts[event.account].events.popleft()
        for trade in pending.batch.trades:
            self._accounts[trade.account].trades.popleft()
        for order in pending.batch.orders.values():
            orders = self._accounts[order.account].orders
            if orders[order.id][2] <= pending.number:
                del orders[order.id]
        if not self._commits:
            self._accounts.clear()

    # ------------------------------------------------------------ readers

    @property
    def bytes(self) -> int:
        """Of the records that the tables do not have."""
        return self._bytes

    def behind(self) -> Behind:
        with self._lock:
            if not self._commits:
                return Behind()
            return Behind(len(self._commits), self._bytes, time.monotonic() - self._commits[0].since)

    def batches(self) -> list[Numbered]:
        """Oldest first."""
        with self._lock:
            return [one.numbered for one in self._commits]

    def find_order(self, account: str, client_order_id: str) -> OrderRow | None:
        with self._lock:
            self._sort()
            found = self._by_client_id.get((account, client_order_id))
        return None if found is None else found[0]

    def order_number(self, order_id: str) -> int | None:
        """Walks through all of it: for the late word of an order that has ended."""
        return next((one.orders[order_id] for one in self.batches() if order_id in one.orders), None)

    def has_trade(self, trade_id: str) -> bool:
        with self._lock:
            self._sort()
            return trade_id in self._trade_ids

    def orders(self, account: str) -> dict[str, tuple[int, OrderRow]]:
        """An account's, by id, each as it was committed last, with its number."""
        with self._lock:
            found = self._of(account)
            return {} if found is None else {order_id: one[:2] for order_id, one in found.orders.items()}

    def trades(self, account: str) -> list[tuple[int, TradeRow]]:
        with self._lock:
            found = self._of(account)
            return [] if found is None else list(found.trades)

    def events(self, account: str, after: int, limit: int) -> list[StoredEvent]:
        """An account's, which follow each other: from `after` on or, where that is in the tables still, from the first."""
        with self._lock:
            found = self._of(account)
            if found is None or not found.events:
                return []
            skipped = max(0, after + 1 - found.events[0][1].seq)
            return [_stored(cursor, row) for cursor, row in islice(found.events, skipped, skipped + limit)]

    def all_events(self, after: int, limit: int) -> list[StoredEvent]:
        """Everybody's, which follow each other: from `after` on or, where that is in the tables still, from the first."""
        with self._lock:
            return [_stored(*one) for one in islice(self._follow(after), limit)]

    def head_cursor(self) -> int | None:
        """That of the last event; None where the tables have all."""
        with self._lock:
            if not self._commits:
                return None
            last = self._commits[-1]
            return last.numbered.cursor + len(last.batch.events)

    def _sort(self) -> None:
        for pending in self._unsorted:
            for order in pending.batch.orders.values():
                self._by_client_id[order.account, order.client_order_id] = order, pending.number
            self._trade_ids.update([trade.id for trade in pending.batch.trades])
            self._sorted = pending.number
        self._unsorted.clear()

    def _follow(self, after: int) -> Iterator[tuple[int, EventRow]]:
        for pending in self._commits:
            before, events = pending.numbered.cursor, pending.batch.events
            if before + len(events) > after:
                skipped = max(0, after - before)
                yield from enumerate(islice(events, skipped, None), before + skipped + 1)

    def _of(self, account: str) -> _OfAccount | None:
        if self._commits:
            looked_through = max(0, self._looked_through + 1 - self._commits[0].number)  # they have no holes
            for pending in islice(self._commits, looked_through, None):
                self._look_through(pending)
            self._looked_through = self._commits[-1].number
        return self._accounts.get(account)

    def _look_through(self, pending: Pending) -> None:
        accounts, numbered = self._accounts, pending.numbered
        for cursor, event in enumerate(pending.batch.events, numbered.cursor + 1):
            accounts.setdefault(event.account, _OfAccount()).events.append((cursor, event))
        for number, trade in enumerate(pending.batch.trades, numbered.trades + 1):
            accounts.setdefault(trade.account, _OfAccount()).trades.append((number, trade))
        for order in pending.batch.orders.values():
            number = numbered.orders[order.id]
            accounts.setdefault(order.account, _OfAccount()).orders[order.id] = number, order, pending.number


def _stored(cursor: int, row: EventRow) -> StoredEvent:
    return StoredEvent(row.account, row.seq, str(row.event), row.data, cursor)
