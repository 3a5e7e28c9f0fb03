"""A commit as bytes: what goes in comes out, each payload once, and what no table takes does not get in."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from server.ports import Batch, EventRow
from server.storage.journal.record import Numbered, Unwritable, encoded
from server.storage.journal.table_rows import RecordDamaged, events_in, table_rows
from server.storage.tables import rows
from tests.contracts.journals import account, event, market, order, position, trade, transfer


def numbered(batch: Batch) -> Numbered:
    """As the second commit, with all its orders new."""
    return Numbered(batch, 10, 20, {one: at for at, one in enumerate(batch.orders, 31)}, set(batch.orders))


def full() -> Batch:
    payload = '{"id":"o-1","text":"grün 取引 🙂"}'.encode()
    return Batch(
        events=[event("ann", 1), event("bob", 7, '{"x":"ü"}'.encode())._replace(at=order(5).created_at)],
        orders={"o-1": order(1, payload=payload), "o-2": order(2, status="filled")},
        trades=[trade(1), trade(2)],
        positions={"p-1": position(1, quantity="-0.000000000001")},
        accounts={"ann": account("ann", 1, "-351170.000000000001")},
        transfers=[transfer(1)],
        markets={"BTC/USD": market("BTC/USD", "45000.5"), "ETH/USD": market("ETH/USD", None)},
    )


def test_rows_come_back_as_the_tables_take_them() -> None:
    """Every row in the order of its columns, with its number, and every text to the letter."""
    batch = full()
    found = table_rows(encoded(numbered(batch)))
    told = [(*row[:-1], row[-1].encode()) for row in rows.event_tuples(batch.events)]
    assert events_in(encoded(numbered(batch))) == [(11 + at, *row) for at, row in enumerate(told)]
    assert [(account, first) for account, first, _ in found.runs] == [("ann", 1), ("bob", 7)]
    assert found.orders == [(31 + at, *rows.order_tuple(one)) for at, one in enumerate(batch.orders.values())]
    assert found.trades == [(21 + at, *rows.trade_tuple(one)) for at, one in enumerate(batch.trades)]
    assert found.positions == [rows.position_tuple(one) for one in batch.positions.values()]
    assert found.accounts == [rows.account_tuple(one) for one in batch.accounts.values()]
    assert found.transfers == [rows.transfer_tuple(one) for one in batch.transfers]
    assert found.markets == [rows.market_tuple(one) for one in batch.markets.values()]


def test_order_that_was_there_before_has_no_number() -> None:
    """It keeps the one that it has."""
    batch = Batch(orders={"o-1": order(1)})
    assert table_rows(encoded(Numbered(batch, 0, 0, {"o-1": 4}, set()))).orders[0][0] is None


def test_what_an_event_told_stands_there_once() -> None:
    """The order as it was told last is not written a second time; one that nothing told of is."""
    order_id = "01a217ef-3951-7000-8def-6e20f2a355eb"
    payload = b'{"id":"%b","status":"filled","note":"%b"}' % (order_id.encode(), b"x" * 500)
    row = order(1, id=order_id, payload=payload, status="filled")
    told = EventRow("ann", 1, event("ann", 1).event, b'{"order":%b,"timestamp":"t"}' % payload, row.created_at)
    record = encoded(numbered(Batch(events=[told], orders={row.id: row})))
    assert record.count(payload) == 1
    assert table_rows(record).orders[0][11] == payload.decode()
    other = replace(row, payload=payload.replace(b"filled", b"reject"))
    record = encoded(numbered(Batch(events=[told], orders={row.id: other})))
    assert table_rows(record).orders[0][11] == other.payload.decode()


@pytest.mark.parametrize(
    "batch",
    [
        Batch(accounts={"ann": account("ann", 2**63)}),
        Batch(events=[event("ann", 1, b"\xff\xfe")]),
        Batch(events=[event("ann", 1, b'"\xc3'), event("ann", 2, b'\xbc"')]),
        Batch(orders={"o-1": order(1, client_order_id="\ud800")}),
        Batch(orders={"o-1": order(1, symbol=None)}),
        Batch(trades=[replace(trade(1), venue_trade_id=None)]),  # type: ignore[arg-type]
        Batch(positions={"p-1": replace(position(1), open_cost=None)}),  # type: ignore[arg-type]
        Batch(positions={"p-1": replace(position(1), symbol=None)}),  # type: ignore[arg-type]
        Batch(transfers=[replace(transfer(1), asset=None)]),  # type: ignore[arg-type]
        Batch(markets={"X/Y": replace(market("X/Y", None), state="text")}),  # type: ignore[arg-type]
    ],
    ids=[
        "number",
        "bytes",
        "half a letter each",
        "text",
        "no symbol",
        "no trade id",
        "no cost",
        "no market",
        "no asset",
        "no bytes",
    ],
)
def test_what_the_tables_would_refuse_is_refused_here(batch: Batch) -> None:
    """A record is durable before the tables see it: then nobody could take it back."""
    with pytest.raises(Unwritable):
        encoded(numbered(batch))


def test_bytes_that_are_no_record_are_damaged() -> None:
    """Cut anywhere in its head, of another form, or no bytes at all: an error that says so, never another row."""
    record = encoded(numbered(full()))
    damaged: list[Any] = [b"", b"\x01", record[:40], b"\x07" + record[1:], b"\x01\xff\xff\xff\x7f" + record[5:]]
    for one in damaged:
        for taken_apart in (table_rows, events_in):
            with pytest.raises(RecordDamaged):
                taken_apart(one)


def test_amounts_are_exact() -> None:
    """Decimals go as text."""
    batch = Batch(accounts={"ann": account("ann", 0, "0.1000000000000000000000000001")})
    assert Decimal(table_rows(encoded(numbered(batch))).accounts[0][2]) == Decimal("0.1000000000000000000000000001")
