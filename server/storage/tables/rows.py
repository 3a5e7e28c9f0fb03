"""How the ports' values stand in a row, and come back: exact, and with no statement or connection in sight."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from server.ports import (
    AccountRow,
    EventRow,
    MarketRow,
    OrderRow,
    PositionRow,
    TradeRow,
    TransferRow,
)

_START = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def to_ms(at: datetime) -> int:
    """Milliseconds since 1970, rounded down, as the wire writes times."""
    return (at - _START) // _MILLISECOND


def from_ms(ms: int) -> datetime:
    return _START + ms * _MILLISECOND


def event_tuples(events: Iterable[EventRow]) -> list[tuple[Any, ...]]:
    # Enums are turned into plain text: the driver takes a slow path for every subclass of str, and for bytes too.
    seen: datetime | None = None
    ms = 0
    found = []
    for event in events:
        if event.at is not seen:
            seen = event.at
            ms = to_ms(seen)
        found.append((event.account, event.seq, str(event.event), ms, event.data.decode()))
    return found


def order_tuple(order: OrderRow) -> tuple[Any, ...]:
    return (
        order.id,
        order.account,
        order.client_order_id,
        order.fingerprint,
        order.symbol,
        str(order.side),
        str(order.status),
        1 if order.is_open else 0,
        to_ms(order.created_at),
        to_ms(order.updated_at),
        order.payload.decode(),
        None if order.state is None else order.state.decode(),
    )


def as_order(row: Sequence[Any]) -> OrderRow:
    """From the columns in the order of `order_tuple`."""
    state = row[11]
    return OrderRow(
        id=row[0],
        account=row[1],
        client_order_id=row[2],
        fingerprint=row[3],
        symbol=row[4],
        side=row[5],
        status=row[6],
        is_open=bool(row[7]),
        created_at=from_ms(row[8]),
        updated_at=from_ms(row[9]),
        payload=row[10].encode(),
        state=None if state is None else state.encode(),
    )


def trade_tuple(trade: TradeRow) -> tuple[Any, ...]:
    return (
        trade.id,
        trade.account,
        trade.order_id,
        trade.symbol,
        str(trade.side),
        to_ms(trade.executed_at),
        trade.venue_trade_id,
        trade.payload.decode(),
    )


def position_tuple(position: PositionRow) -> tuple[Any, ...]:
    return (
        position.id,
        position.account,
        position.symbol,
        str(position.quantity),
        str(position.open_cost),
        1 if position.is_open else 0,
        to_ms(position.opened_at),
        to_ms(position.updated_at),
        position.payload.decode(),
        position.state.decode(),
    )


def as_position(row: Sequence[Any]) -> PositionRow:
    return PositionRow(
        id=row[0],
        account=row[1],
        symbol=row[2],
        quantity=Decimal(row[3]),
        open_cost=Decimal(row[4]),
        is_open=bool(row[5]),
        opened_at=from_ms(row[6]),
        updated_at=from_ms(row[7]),
        payload=row[8].encode(),
        state=row[9].encode(),
    )


def account_tuple(account: AccountRow) -> tuple[Any, ...]:
    return (account.account, account.seq, str(account.cash), str(account.deposits), account.state.decode())


def as_account(row: Sequence[Any]) -> AccountRow:
    return AccountRow(row[0], row[1], Decimal(row[2]), Decimal(row[3]), row[4].encode())


def transfer_tuple(transfer: TransferRow) -> tuple[Any, ...]:
    return (
        transfer.id,
        to_ms(transfer.at),
        transfer.source,
        transfer.target,
        transfer.asset,
        str(transfer.amount),
        str(transfer.reason),
    )


def market_tuple(market: MarketRow) -> tuple[Any, ...]:
    return (market.symbol, None if market.last is None else str(market.last), market.state.decode())


def as_market(row: Sequence[Any]) -> MarketRow:
    return MarketRow(row[0], None if row[1] is None else Decimal(row[1]), row[2].encode())
