"""What a batch must be to follow the journal, found before it is durable: the tables, which come later, refuse nothing.

Events follow their account's last one. Ids are there once: one that sorts behind all others, as ids made by the clock do,
cannot be there yet; any other is looked up. And rows get the numbers that say in which order they were first written.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Final, Protocol

from server.ports import Batch, BatchRefused, EventRow, JournalFailure, OrderRow
from server.storage.journal.record import Numbered

REMEMBERED: Final = 10_000
_account_of: Final = itemgetter(0)  # of an event

ClientId = tuple[str, str]  # the account, and the client order id


class KnownRows(Protocol):
    """What is durable, in the tables or on its way there."""

    def order_number(self, order_id: str) -> int | None: ...

    def has_any_order(self, client_ids: Sequence[ClientId]) -> bool: ...

    def has_trade(self, trade_id: str) -> bool: ...

    def has_transfer(self, transfer_id: str) -> bool: ...


class _Row(Protocol):
    id: str


@dataclass(slots=True)
class Newest:
    """The ids that sort last, and the numbers that were given last."""

    order_id: str = ""
    trade_id: str = ""
    transfer_id: str = ""
    order: int = 0
    trade: int = 0
    cursor: int = 0

    def copy(self) -> "Newest":
        return Newest(self.order_id, self.trade_id, self.transfer_id, self.order, self.trade, self.cursor)


@dataclass(slots=True)
class Followed:
    """A batch that may follow, and what is so once it is durable."""

    numbered: Numbered
    heads: dict[str, int]
    newest: Newest
    client_ids: list[ClientId]  # that its new orders were given


class Numbering:
    """One per journal; used by its writer alone."""

    def __init__(self, kept: KnownRows, heads: dict[str, int], newest: Newest, open_orders: dict[str, int]) -> None:
        """`open_orders`: the numbers of the orders that are open, by id."""
        self._kept, self._heads, self._newest, self._open = kept, heads, newest, open_orders
        self._absent: set[ClientId] = set()  # looked for, and no order has it

    def miss(self, account: str, client_order_id: str) -> None:
        """It was looked for and is not there: before an order comes under it, nobody need look again."""
        if len(self._absent) >= REMEMBERED:
            self._absent.clear()
        self._absent.add((account, client_order_id))

    def follow(self, batch: Batch) -> Followed:
        """Raises JournalFailure for an event that does not follow, BatchRefused for a row that is there already."""
        kept, newest = self._kept, self._newest.copy()
        heads = heads_after(self._heads, batch.events)
        numbered = Numbered(batch, newest.cursor, newest.trade, {}, set())
        client_ids = [
            (order.account, order.client_order_id)
            for order in batch.orders.values()
            if self._is_new(order, numbered, newest) and not _is_named_by_us(order)
        ]
        if client_ids:
            self._check_client_ids(client_ids)
        newest.trade_id = _last_id(batch.trades, newest.trade_id, kept.has_trade)
        newest.transfer_id = _last_id(batch.transfers, newest.transfer_id, kept.has_transfer)
        newest.trade += len(batch.trades)
        newest.cursor += len(batch.events)
        return Followed(numbered, heads, newest, client_ids)

    def take(self, followed: Followed) -> None:
        """It is durable."""
        self._heads.update(followed.heads)
        self._newest = followed.newest
        numbers = followed.numbered.orders
        for order in followed.numbered.batch.orders.values():
            if order.is_open:
                self._open[order.id] = numbers[order.id]
            else:
                self._open.pop(order.id, None)
        self._absent.difference_update(followed.client_ids)

    def _is_new(self, order: OrderRow, numbered: Numbered, newest: Newest) -> bool:
        number = self._open.get(order.id)
        if number is None and order.id <= self._newest.order_id:
            number = self._kept.order_number(order.id)
        is_new = number is None
        if number is None:
            newest.order = number = newest.order + 1
            newest.order_id = max(newest.order_id, order.id)
            numbered.new_orders.add(order.id)
        numbered.orders[order.id] = number
        return is_new

    def _check_client_ids(self, client_ids: Sequence[ClientId]) -> None:
        unsure = [one for one in client_ids if one not in self._absent]
        if len(set(client_ids)) < len(client_ids) or (unsure and self._kept.has_any_order(unsure)):
            raise there_already("an order of that client order id")


def _is_named_by_us(order: OrderRow) -> bool:
    """An order that nobody gave a client order id has its own id without the dashes: as new as that one, and unguessable."""
    return order.client_order_id == order.id.replace("-", "")


def heads_after(heads: dict[str, int], events: Sequence[EventRow]) -> dict[str, int]:
    """The heads after these events. Each must follow the one before it: a hole could never be mended later."""
    found = {account: heads.get(account, 0) for account in set(map(_account_of, events))}
    for account, seq, _, _, _ in events:
        if seq != found[account] + 1:
            raise JournalFailure(f"event {seq} of account {account!r} does not follow event {found[account]}")
        found[account] = seq
    return found


def there_already(what: str) -> BatchRefused:
    return BatchRefused(f"the batch was not written: {what} is there already")


def _last_id(rows: Sequence[_Row], last: str, is_there: Callable[[str], bool]) -> str:
    """The id that sorts last after those of these rows are taken in, each of which must be new."""
    for at, row in enumerate(rows):
        if row.id > last:
            last = row.id
        elif any(row.id == before.id for before in rows[:at]) or is_there(row.id):
            raise there_already(f"the id {row.id}")
    return last
