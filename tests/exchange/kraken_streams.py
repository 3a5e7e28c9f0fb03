"""Kraken's public streams: the ten best levels of a book, told whole and then as changes, and the trades."""

from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import orjson
from aiohttp import web

from tests.exchange.matching import BUY, SELL, Exchange, Fill

LEVELS = 10
SIDES = ((BUY, "bids"), (SELL, "asks"))
Levels = dict[Decimal, Decimal]
Message = dict[str, Any]


async def send(socket: web.WebSocketResponse, message: Message) -> None:
    with suppress(ConnectionError):
        await socket.send_str(orjson.dumps(message).decode())


class PublicStreams:
    """Who listens to which channel of the one market. `is_past_told`: a subscription to trades is answered with those that
    were made before, newest first, as some exchanges do."""

    def __init__(self, exchange: Exchange, pair: str, symbol: str) -> None:
        self._exchange, self._pair, self._symbol = exchange, pair, symbol
        self._listeners: dict[str, set[web.WebSocketResponse]] = {"book": set(), "trade": set()}
        self._shown: dict[str, Levels] = {name: {} for _, name in SIDES}
        self._trades: list[Message] = []
        self._told = 0  # of the trades
        self.is_past_told = False
        exchange.traded = self._traded

    def listeners(self, channel: str) -> int:
        return len(self._listeners[channel])

    async def subscribe(self, socket: web.WebSocketResponse, channel: str) -> None:
        await send(socket, {"method": "subscribe", "result": {"channel": channel}, "success": True})
        if channel == "book":
            await self.flush()
            whole = {name: wire(self._shown[name]) for _, name in SIDES}
            await send(socket, {"channel": "book", "type": "snapshot", "data": [{"symbol": self._symbol, **whole}]})
        elif self.is_past_told and self._trades:
            await send(socket, {"channel": "trade", "type": "snapshot", "data": self._trades[::-1]})
        self._listeners[channel].add(socket)

    def depth(self) -> dict[str, list[list[Any]]]:
        """The book, to who asks for it once."""
        now = int(datetime.now(UTC).timestamp())
        return {
            name: [[str(price), str(size), now] for price, size in self._exchange.levels(self._pair, side, LEVELS)]
            for side, name in SIDES
        }

    def tape(self) -> list[list[Any]]:
        """All trades, in their order, to who asks for them once."""
        return [
            [
                *(str(one["price"]), str(one["qty"]), datetime.fromisoformat(one["timestamp"]).timestamp()),
                *(one["side"][0], "l", "", one["trade_id"]),
            ]
            for one in self._trades
        ]

    def forget(self, socket: web.WebSocketResponse) -> None:
        for sockets in self._listeners.values():
            sockets.discard(socket)

    async def flush(self) -> None:
        """Tell what has changed since it was told last."""
        changes = {name: self._changes(side, name) for side, name in SIDES}
        if any(changes.values()):
            book = {"symbol": self._symbol, "timestamp": now_text(), **changes}
            await self._tell("book", [book])
        trades, self._told = self._trades[self._told :], len(self._trades)
        if trades:
            await self._tell("trade", trades)

    async def cut(self) -> None:
        for socket in {socket for sockets in self._listeners.values() for socket in sockets}:
            await socket.close()

    def _changes(self, side: str, name: str) -> list[Message]:
        before, levels = self._shown[name], dict(self._exchange.levels(self._pair, side, LEVELS))
        self._shown[name] = levels
        # A level that fell out of the ten is forgotten by both, one that is gone is told with nothing in it.
        gone = {
            price: Decimal(0) for price in before if price not in levels and not self._is_beyond(side, price, levels)
        }
        moved = {price: size for price, size in levels.items() if before.get(price) != size}
        return wire({**gone, **moved})

    def _is_beyond(self, side: str, price: Decimal, levels: Levels) -> bool:
        if len(levels) < LEVELS:
            return False
        return price < min(levels) if side == BUY else price > max(levels)

    def _traded(self, fill: Fill) -> None:
        """`fill` is the taker's."""
        trade = {
            "symbol": self._symbol,
            "side": "buy" if fill.is_buyer else "sell",
            "price": float(fill.price),
            "qty": float(fill.quantity),
            "ord_type": "limit",
            "trade_id": fill.trade_id,
            "timestamp": now_text(),
        }
        self._trades.append(trade)

    async def _tell(self, channel: str, data: list[Message]) -> None:
        for socket in [*self._listeners[channel]]:
            await send(socket, {"channel": channel, "type": "update", "data": data})


def wire(levels: Levels) -> list[Message]:
    return [{"price": float(price), "qty": float(size)} for price, size in levels.items()]


def now_text() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
