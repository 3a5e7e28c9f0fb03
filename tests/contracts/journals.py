"""Rows and batches for the contract suites, with the least said of each."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from server.ports import (
    AccountRow,
    Batch,
    EventRow,
    MarketRow,
    OrderRow,
    PositionRow,
    TradeRow,
    TransferRow,
)
from server.storage.projection.projector import Projecting
from tradeterm.protocol.vocabulary import EventName

START = datetime(2026, 1, 5, 12, 0, 0, 123_000, tzinfo=UTC)


def at(number: int) -> datetime:
    return START + timedelta(milliseconds=number)


def event(account: str, seq: int, data: bytes | None = None) -> EventRow:
    return EventRow(account, seq, EventName.ORDER_CREATED, data or b'{"n":%d}' % seq, at(seq))


def order(number: int, account: str = "ann", **values: object) -> OrderRow:
    """The order `o-number`, open unless its status says otherwise."""
    status = str(values.pop("status", "accepted"))
    is_open = status in ("pending", "submitted", "accepted", "partially_filled")
    given: dict[str, object] = {
        "id": f"o-{number}",
        "account": account,
        "client_order_id": f"c-{number}",
        "fingerprint": f"f-{number}",
        "symbol": "BTC/USD",
        "side": "buy",
        "status": status,
        "is_open": is_open,
        "created_at": at(number),
        "updated_at": at(number),
        "payload": b'{"id":"o-%d","status":"%b"}' % (number, status.encode()),
        "state": b'{"k":%d}' % number if is_open else None,
        **values,
    }
    return OrderRow(**given)  # type: ignore[arg-type]


def trade(number: int, account: str = "ann", symbol: str = "BTC/USD") -> TradeRow:
    payload = b'{"id":"t-%d"}' % number
    return TradeRow(f"t-{number}", account, f"o-{number}", symbol, "buy", at(number), f"v-{number}", payload)


def position(number: int, account: str = "ann", symbol: str = "BTC/USD", quantity: str = "0.5") -> PositionRow:
    size = Decimal(quantity)
    cost = size * 45_000
    payload = b'{"id":"p-%d"}' % number
    return PositionRow(f"p-{number}", account, symbol, size, cost, bool(size), at(0), at(number), payload, b"{}")


def account(name: str, seq: int, cash: str = "100000") -> AccountRow:
    return AccountRow(name, seq, Decimal(cash), Decimal(100_000), b'{"state":"active"}')


def transfer(number: int) -> TransferRow:
    return TransferRow(f"x-{number}", at(number), ":house", "ann", "USD", Decimal("12.50"), "DEPOSIT")


def market(symbol: str, last: str | None) -> MarketRow:
    return MarketRow(symbol, None if last is None else Decimal(last), b'{"fair":"1"}')


def events(name: str, first: int, last: int) -> Batch:
    """A batch of plain events of one account, and the account at its new head."""
    rows = [event(name, seq) for seq in range(first, last + 1)]
    return Batch(events=rows, accounts={name: account(name, last)})


def of_orders(*orders: OrderRow) -> Batch:
    return Batch(orders={one.id: one for one in orders})


def of_trades(*trades: TradeRow) -> Batch:
    return Batch(trades=list(trades))


class Asleep:
    """A projector that does nothing: the tables stay as they were."""

    trouble = None

    def __init__(self, work: Projecting) -> None:
        self.work = work

    def wake(self) -> None: ...

    def close(self) -> None: ...
