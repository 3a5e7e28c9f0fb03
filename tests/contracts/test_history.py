"""What every history must do: pages by key that never repeat nor skip, filters that find what was shown."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import pytest

from server.ports import Batch, OrderRow, Page
from server.storage.database import Database
from server.storage.stores.history import SqlHistory
from tests.contracts.journals import at, event, events, of_orders, of_trades, order, trade

STATUSES = ["pending", "accepted", "partially_filled", "filled", "cancelled", "rejected", "expired"]


def walk(read: Callable[[str | None], Page]) -> list[bytes]:
    """Every item of a list, page by page."""
    found: list[bytes] = []
    cursor: str | None = None
    while True:
        page = read(cursor)
        found += page.items
        if page.next_cursor is None:
            return found
        cursor = page.next_cursor


def test_orders_come_newest_first_page_by_page(database: Database) -> None:
    """Pages of three over ten orders give each order once, and orders of one moment in the order they came."""
    rows = [order(number, created_at=at(number // 4)) for number in range(10)]
    database.journal.commit(of_orders(*rows))
    found = walk(lambda cursor: database.history.orders("ann", limit=3, cursor=cursor))
    assert found == [row.payload for row in reversed(rows)]


def test_page_of_exactly_all_has_no_next(database: Database) -> None:
    """A cursor is given only when there is more."""
    database.journal.commit(of_orders(order(1), order(2)))
    assert database.history.orders("ann", limit=2).next_cursor is None
    assert database.history.orders("ann", limit=1).next_cursor is not None
    assert database.history.orders("bob").items == []


def test_orders_that_come_between_pages_change_no_later_page(database: Database) -> None:
    """Somebody pages while orders come in: they see each old one once."""
    database.journal.commit(of_orders(*(order(number) for number in range(4))))
    first = database.history.orders("ann", limit=2)
    database.journal.commit(of_orders(order(9)))
    second = database.history.orders("ann", limit=2, cursor=first.next_cursor)
    assert first.items + second.items == [order(number).payload for number in (3, 2, 1, 0)]


@dataclass(frozen=True)
class Asked:
    """One combination of filters, and what a plain loop makes of it."""

    status: str | None
    symbol: str | None
    side: str | None
    since: datetime | None
    until: datetime | None

    def is_met(self, row: OrderRow) -> bool:
        return (
            (self.status in (None, row.status) or (self.status == "open" and row.is_open))
            and self.symbol in (None, row.symbol)
            and self.side in (None, row.side)
            and (self.since is None or row.created_at >= self.since)
            and (self.until is None or row.created_at <= self.until)
        )

    def page(self, history: SqlHistory, cursor: str | None) -> Page:
        return history.orders("ann", **vars(self), limit=7, cursor=cursor)


@pytest.mark.parametrize("seed", range(5))
def test_filters_find_what_a_plain_loop_finds(database: Database, seed: int) -> None:
    """Every combination of status, symbol, side and time gives the rows that meet it, newest first."""
    draw = random.Random(seed)
    rows = [
        order(
            number,
            status=draw.choice(STATUSES),
            symbol=draw.choice(["BTC/USD", "ETH/USD"]),
            side=draw.choice(["buy", "sell"]),
        )
        for number in range(60)
    ]
    database.journal.commit(of_orders(*rows))
    for _ in range(12):
        asked = Asked(
            status=draw.choice([None, "open", *STATUSES, "no such"]),
            symbol=draw.choice([None, "BTC/USD", "X/Y"]),
            side=draw.choice([None, "buy", "sell", "both"]),
            since=draw.choice([None, at(20)]),
            until=draw.choice([None, at(40)]),
        )
        found = walk(partial(asked.page, database.history))
        assert found == [row.payload for row in reversed(rows) if asked.is_met(row)]


def test_order_is_shown_to_its_owner_alone(database: Database) -> None:
    """One order by id: for another account it does not exist."""
    database.journal.commit(of_orders(order(1)))
    assert database.history.order("ann", "o-1") == order(1).payload
    assert database.history.order("bob", "o-1") is None
    assert database.history.order("ann", "o-2") is None


@pytest.mark.parametrize("cursor", ["", "x", "????", "bm9uZQ", "ü", "A" * 400])
def test_cursor_that_is_not_ours_is_refused(database: Database, cursor: str) -> None:
    """A cursor that was made up, or belongs to another account's list, is an error and not the first page."""
    database.journal.commit(of_orders(order(1), order(2)))
    with pytest.raises(ValueError, match="cursor"):
        database.history.orders("ann", cursor=cursor)
    with pytest.raises(ValueError, match="cursor"):
        database.history.trades("ann", cursor=cursor)


def test_cursor_of_another_account_is_refused(database: Database) -> None:
    """A stolen cursor opens nothing."""
    database.journal.commit(of_orders(order(1), order(2)))
    stolen = database.history.orders("ann", limit=1).next_cursor
    with pytest.raises(ValueError, match="cursor"):
        database.history.orders("bob", cursor=stolen)


def test_symbol_that_no_database_could_hold_finds_nothing(database: Database) -> None:
    """Whatever stands in the address of a page, the answer is a list."""
    database.journal.commit(of_orders(order(1)))
    for symbol in ("BTC/USD\x00", "\x00", "x" * 10_000, "'; DROP TABLE orders; --", "取引"):
        assert database.history.orders("ann", symbol=symbol) == Page([], None)
        assert database.history.trades("ann", symbol=symbol) == Page([], None)


def test_trades_come_newest_first_and_by_symbol(database: Database) -> None:
    """Trades page like orders do; a symbol narrows them."""
    rows = [trade(number, symbol="ETH/USD" if number % 3 else "BTC/USD") for number in range(12)]
    database.journal.commit(of_trades(*rows, trade(99, account="bob")))
    newest = list(reversed(rows))
    every = walk(lambda cursor: database.history.trades("ann", limit=5, cursor=cursor))
    some = walk(lambda cursor: database.history.trades("ann", symbol="ETH/USD", limit=5, cursor=cursor))
    assert every == [row.payload for row in newest]
    assert some == [row.payload for row in newest if row.symbol == "ETH/USD"]


def test_events_are_read_after_a_seq(database: Database) -> None:
    """A replay gives what comes after, ascending, at most as many as were asked for, each payload byte for byte."""
    database.journal.commit(events("ann", 1, 5))
    database.journal.commit(events("bob", 1, 1))
    found = database.history.events("ann", 2, 2)
    assert [(one.account, one.seq, one.event, one.data) for one in found] == [
        ("ann", 3, "order:created", b'{"n":3}'),
        ("ann", 4, "order:created", b'{"n":4}'),
    ]
    assert database.history.events("ann", 5, 10) == []


def test_all_events_are_read_after_a_cursor(database: Database) -> None:
    """A monitor reads every account's events in the order of their commits, by a cursor that only rises."""
    batch = Batch(events=[event("ann", 1), event("bob", 1), event("ann", 2)])
    database.journal.commit(batch)
    database.journal.commit(events("bob", 2, 2))
    every = database.history.all_events(0, 10)
    assert [(one.account, one.seq) for one in every] == [("ann", 1), ("bob", 1), ("ann", 2), ("bob", 2)]
    cursors = [one.cursor for one in every]
    assert cursors == sorted(set(cursors))
    assert database.history.head_cursor() == cursors[-1]
    assert [one.seq for one in database.history.all_events(cursors[1], 1)] == [2]


def test_time_bounds_are_both_inside(database: Database) -> None:
    """A filter by the times that were shown finds the orders that were shown with them."""
    database.journal.commit(of_orders(*(order(number) for number in range(5))))
    cut = timedelta(microseconds=400)  # below what the wire shows
    found = database.history.orders("ann", since=at(1), until=at(3) + cut)
    assert found.items == [order(number).payload for number in (3, 2, 1)]
