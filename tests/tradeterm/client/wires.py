"""Wire objects for the client's tests, with the least said of each."""

from typing import Any

from tradeterm.client.session import TRADING, Event, Snapshot

AT = "2026-01-05T12:00:00.000Z"


def order(number: int, status: str = "accepted", **more: Any) -> dict[str, Any]:
    return {
        "id": f"o-{number}",
        "clientOrderId": f"c-{number}",
        "symbol": "BTC/USD",
        "side": "buy",
        "type": "limit",
        "quantity": "1",
        "price": "45000.00",
        "status": status,
        "filledQuantity": "0",
        "averagePrice": None,
        "createdAt": AT,
        "filledAt": None,
        **more,
    }


def position(symbol: str = "BTC/USD", status: str = "open", quantity: str = "1") -> dict[str, Any]:
    amounts = ("unrealizedPnL", "unrealizedPnLPercent", "realizedPnL", "totalPnL", "feesPaid")
    return {
        "id": f"p-{symbol}",
        "symbol": symbol,
        "side": "long",
        "quantity": quantity,
        "entryPrice": "45000.00",
        "currentPrice": "45000.00",
        "status": status,
        "openedAt": AT,
        **dict.fromkeys((*amounts, "netRealizedPnL", "netTotalPnL"), "0.00"),
    }


def trade(number: int, at: str = AT) -> dict[str, Any]:
    return {
        "id": f"t-{number}",
        "orderId": "o-1",
        "symbol": "BTC/USD",
        "side": "buy",
        "type": "entry",
        "quantity": "1",
        "price": "45000.00",
        "value": "45000.00",
        "fee": "117.00",
        "executedAt": at,
    }


def balance(total: str = "100000.00") -> dict[str, Any]:
    return {"asset": "USD", "total": total, "available": total, "reserved": "0.00"}


def account(equity: str = "100000.00") -> dict[str, Any]:
    names = ("cash", "available", "reserved", "marginUsed", "maintenanceMargin", "realizedPnL", "unrealizedPnL")
    zeros = dict.fromkeys((*names, "feesPaid", "dayPnL"), "0.00")
    return {"currency": "USD", "equity": equity, **zeros, "tradingState": "active"}


def book(kind: str, seq: int, prev: int | None, bids: list[list[str]], asks: list[list[str]]) -> dict[str, Any]:
    return {
        "symbol": "BTC/USD",
        "type": kind,
        "seq": seq,
        "prev": prev,
        "bids": bids,
        "asks": asks,
        "time": AT,
        "stale": False,
    }


def own(seq: int | None, name: str, **data: Any) -> Event:
    return Event(name, TRADING, {**data, "timestamp": AT}, seq=seq, epoch="e")


def seen(kind: str, name: str, **data: Any) -> Event:
    """A market event of BTC/USD."""
    return Event(name, f"market:BTC/USD:{kind}", data)


def snapshot(seq: int = 0, **data: Any) -> Snapshot:
    return Snapshot(TRADING, data, seq, "e")
