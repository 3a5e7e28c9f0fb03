"""One commit as bytes, and back as the rows that it brings to the tables. No file and no statement in sight.

A record is a head and a body. The body is every payload of the commit one after the other, the events' first, as they go
out; what stands in an event already (an order, a trade, a position as it was told last) is not there a second time. The
head is one JSON list: the rows of each table in the order of its columns, with a place in the body for each payload.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

import orjson

from server.ports import AccountRow, Batch, EventRow, MarketRow, OrderRow, PositionRow, TradeRow, TransferRow
from server.storage.journal.table_rows import FORMAT, START, Values
from server.storage.tables.rows import to_ms

MOST: Final = 2**63 - 1  # what a column holds

# What an event's payload begins with, where it tells of one of these: the payload of its row follows.
_OF_ORDER, _OF_TRADE, _OF_POSITION = b'{"order":', b'{"trade":', b'{"position":'
_KNOWN_BY: Final = 48  # bytes of such an event: the id is among them, as far as ids differ
_NOWHERE: Final = (0, b"")


class Unwritable(ValueError):
    """A value that no column takes."""


@dataclass(slots=True)
class Numbered:
    """A batch with the numbers that its rows will have in the tables."""

    batch: Batch
    cursor: int  # of the last event before it
    trades: int  # the number of the last trade before it
    orders: dict[str, int]  # by id
    new_orders: set[str]  # ids that no commit before it had


def encoded(numbered: Numbered) -> bytes:
    """Raises Unwritable for what the tables would refuse."""
    batch, body, ms = numbered.batch, _Body(), _Moments()
    numbers, new = numbered.orders, numbered.new_orders
    try:
        head = (
            numbered.cursor,
            numbered.trades,
            _events(batch.events, body, ms),
            [
                _order(order, numbers[order.id] if order.id in new else None, body, ms)
                for order in batch.orders.values()
            ],
            [_trade(trade, body, ms) for trade in batch.trades],
            [_position(position, body, ms) for position in batch.positions.values()],
            [_account(account, body) for account in batch.accounts.values()],
            [_transfer(transfer) for transfer in batch.transfers],
            [_market(market, body) for market in batch.markets.values()],
        )
        text = orjson.dumps(head)
        return b"".join((START.pack(FORMAT, len(text)), text, body.joined()))
    except (TypeError, AttributeError, UnicodeError, OverflowError) as error:
        raise Unwritable(str(error)) from error


class _Body:
    """The payloads so far, each once."""

    __slots__ = ("_told", "length", "parts")

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.length = 0
        self._told: dict[bytes, tuple[int, bytes]] = {}

    def tell(self, payloads: Sequence[bytes]) -> list[int]:
        """Take the events' payloads; how long each is."""
        told, at = self._told, self.length
        lengths = [len(data) for data in payloads]
        for data, length in zip(payloads, lengths, strict=True):
            told[data[:_KNOWN_BY]] = at, data
            at += length
        self.parts += payloads
        self.length = at
        return lengths

    def place(self, before: bytes, payload: bytes) -> tuple[int, int]:
        """Where a row's payload stands, and how long it is. In an event that tells of it `before` comes before it."""
        start, data = self._told.get((before + payload[:_KNOWN_BY])[:_KNOWN_BY], _NOWHERE)
        if data.startswith(payload, len(before)):
            return start + len(before), len(payload)
        return self.add(payload)

    def add(self, payload: bytes) -> tuple[int, int]:
        """The same for one that stands in no event."""
        start, length = self.length, len(payload)
        self.parts.append(payload)
        self.length = start + length
        return start, length

    def joined(self) -> bytes:
        """Raises UnicodeError for what is no text: the columns are."""
        joined = b"".join(self.parts)
        if not joined.isascii():
            for part in self.parts:
                part.decode()
        return joined


class _Moments(dict[datetime, int]):
    """Milliseconds of a time. Most of a batch are of the very same few."""

    def __missing__(self, at: datetime) -> int:
        ms = self[at] = to_ms(at)
        return ms


def _events(events: Sequence[EventRow], body: _Body, ms: _Moments) -> list[Sequence[Any]]:
    """By columns: that is half of the work of doing it by rows."""
    if not events:
        return [[], [], [], [], []]
    accounts, numbers, names, payloads, times = zip(*events, strict=True)
    return [accounts, numbers, names, list(map(ms.__getitem__, times)), body.tell(payloads)]


def _order(order: OrderRow, number: int | None, body: _Body, ms: _Moments) -> Values:
    start, length = body.place(_OF_ORDER, order.payload)
    state = order.state
    state_start, state_length = (None, None) if state is None else body.add(state)
    row = (
        number,
        order.id,
        order.account,
        order.client_order_id,
        order.fingerprint,
        order.symbol,
        order.side,
        order.status,
        int(order.is_open),
        ms[order.created_at],
        ms[order.updated_at],
        start,
        length,
        state_start,
        state_length,
    )
    if None in row[1:8]:
        raise TypeError("an order has a hole")
    return row


def _trade(trade: TradeRow, body: _Body, ms: _Moments) -> Values:
    start, length = body.place(_OF_TRADE, trade.payload)
    row = (
        trade.id,
        trade.account,
        trade.order_id,
        trade.symbol,
        trade.side,
        ms[trade.executed_at],
        trade.venue_trade_id,
        start,
        length,
    )
    if None in row:
        raise TypeError("a trade has a hole")
    return row


def _position(position: PositionRow, body: _Body, ms: _Moments) -> Values:
    start, length = body.place(_OF_POSITION, position.payload)
    state_start, state_length = body.add(position.state)
    row = (
        position.id,
        position.account,
        position.symbol,
        _amount(position.quantity),
        _amount(position.open_cost),
        int(position.is_open),
        ms[position.opened_at],
        ms[position.updated_at],
        start,
        length,
        state_start,
        state_length,
    )
    if None in row:
        raise TypeError("a position has a hole")
    return row


def _account(account: AccountRow, body: _Body) -> Values:
    if account.seq > MOST:
        raise OverflowError("a number that no column holds")
    start, length = body.add(account.state)
    return account.account, account.seq, _amount(account.cash), _amount(account.deposits), start, length


def _transfer(transfer: TransferRow) -> Values:
    amount, at = _amount(transfer.amount), to_ms(transfer.at)
    row = (transfer.id, at, transfer.source, transfer.target, transfer.asset, amount, transfer.reason)
    if None in row:
        raise TypeError("a transfer has a hole")
    return row


def _market(market: MarketRow, body: _Body) -> Values:
    last = None if market.last is None else _amount(market.last)
    return market.symbol, last, *body.add(market.state)


def _amount(amount: Decimal) -> str:
    if amount is None:
        raise TypeError("an amount is missing")
    return str(amount)
