"""The loopback exchange's sockets, as Binance spot speaks them: the signed user stream, and the public market streams."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import orjson
from aiohttp import WSMsgType, web

from tests.exchange.matching import BUY, SELL, Exchange, Fill, Happened, Refused, wire
from tests.exchange.rest import Rest, balances

Frame = tuple[web.WebSocketResponse, bytes]


class Streams:
    """Who listens to what. `is_mute`: sockets stay open and nothing is told, as a stream that died silently does. `twist`
    makes of the frames that are to be sent those that are. `is_plain`: events come without the envelope of a subscription."""

    def __init__(self, exchange: Exchange, rest: Rest, now_ms: Callable[[], int]) -> None:
        self._exchange, self._rest, self._now = exchange, rest, now_ms
        self._users: dict[web.WebSocketResponse, str] = {}
        self._markets: dict[web.WebSocketResponse, set[str]] = {}
        self._waiting: list[Frame] = []
        self._levels: dict[tuple[str, str], dict[Any, Any]] = {}  # by symbol and side, as they were last told
        self.is_mute = self.is_plain = False
        self.twist: Callable[[list[Frame]], list[Frame]] = lambda frames: frames
        exchange.told, exchange.traded = self._told, self._traded

    @property
    def listeners(self) -> int:
        return len(self._users)

    @property
    def subscriptions(self) -> int:
        """To public streams."""
        return sum(len(names) for names in self._markets.values())

    async def user(self, request: web.Request) -> web.WebSocketResponse:
        """The socket of requests, over which an account subscribes to its own events with a signed one."""
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    await socket.send_bytes(self._requested(socket, orjson.loads(message.data)))
        finally:
            self._users.pop(socket, None)
        return socket

    def _requested(self, socket: web.WebSocketResponse, asked: dict[str, Any]) -> bytes:
        try:
            if asked["method"] != "userDataStream.subscribe.signature":
                raise Refused(-1125, "This method does not exist.")
            parameters = {name: str(value) for name, value in asked["params"].items()}
            signature = parameters.pop("signature")
            text = "&".join(f"{name}={parameters[name]}" for name in sorted(parameters))
            account = self._rest.signed(f"{text}&signature={signature}", parameters, parameters.get("apiKey"))
        except Refused as refusal:
            error = {"code": refusal.code, "msg": refusal.text}
            return orjson.dumps({"id": asked["id"], "status": 400, "error": error})
        self._users[socket] = account.key
        return orjson.dumps({"id": asked["id"], "status": 200, "result": {"subscriptionId": 0}})

    async def market(self, request: web.Request) -> web.WebSocketResponse:
        """The socket of public streams, to which one subscribes by their names."""
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        names = self._markets[socket] = set()
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    asked = orjson.loads(message.data)
                    change = names.update if asked["method"] == "SUBSCRIBE" else names.difference_update
                    change(asked["params"])
                    await socket.send_bytes(orjson.dumps({"result": None, "id": asked["id"]}))
        finally:
            self._markets.pop(socket, None)
        return socket

    async def flush(self) -> None:
        """Send what has happened."""
        waiting, self._waiting = self.twist(self._waiting), []
        for socket, data in waiting:
            if not socket.closed and not self.is_mute:
                await said(socket, data.decode())

    async def cut(self) -> None:
        """Close every socket."""
        for socket in [*self._users, *self._markets]:
            await socket.close()

    async def garble(self) -> None:
        """A frame of broken JSON to every user."""
        for socket in list(self._users):
            await said(socket, "[1,2")

    async def tell_users(self, event: dict[str, Any]) -> None:
        """Any event, to every user."""
        for socket in list(self._users):
            await said(socket, orjson.dumps({"subscriptionId": 0, "event": event}).decode())

    # ------------------------------------------------------------ what happens

    def _told(self, step: Happened) -> None:
        for socket, key in self._users.items():
            if key == step.order.account:
                for event in (report(step, self._now()), self._position(key)):
                    wrapped = event if self.is_plain else {"subscriptionId": 0, "event": event}
                    self._waiting.append((socket, orjson.dumps(wrapped)))
        self._touch(step.order.rules.symbol)

    def _position(self, key: str) -> dict[str, Any]:
        held = [
            {"a": one["asset"], "f": one["free"], "l": one["locked"]} for one in balances(self._exchange.accounts[key])
        ]
        return {"e": "outboundAccountPosition", "E": self._now(), "u": self._now(), "B": held}

    def _touch(self, symbol: str) -> None:
        bids, asks = (self._exchange.levels(symbol, side, 1) for side in (BUY, SELL))
        if bids and asks:
            touch = {"b": wire(bids[0][0]), "B": wire(bids[0][1]), "a": wire(asks[0][0]), "A": wire(asks[0][1])}
            self._public(f"{symbol.lower()}@bookTicker", {"u": self._now(), "s": symbol, **touch})
        self._tell_depth(symbol)

    def _tell_depth(self, symbol: str) -> None:
        """What changed of a book, numbered on from the last change."""
        changes = {}
        for side, name in ((BUY, "b"), (SELL, "a")):
            levels = dict(self._exchange.levels(symbol, side, 1_000))
            before = self._levels.get((symbol, side), {})
            gone = {price: 0 for price in before if price not in levels}
            moved = {price: size for price, size in levels.items() if before.get(price) != size}
            changes[name] = [[wire(price), f"{size:.8f}"] for price, size in {**gone, **moved}.items()]
            self._levels[symbol, side] = levels
        self._rest.update_id += 1
        number = self._rest.update_id
        event = {"e": "depthUpdate", "E": self._now(), "s": symbol, "U": number, "u": number, **changes}
        self._public(f"{symbol.lower()}@depth@100ms", event)
        self._public(f"{symbol.lower()}@depth", event)

    def _traded(self, fill: Fill) -> None:
        event = {
            "e": "trade",
            "E": self._now(),
            "s": fill.symbol,
            "t": fill.trade_id,
            "p": wire(fill.price),
            "q": wire(fill.quantity),
            "T": fill.time,
            "m": not fill.is_buyer,
            "M": True,
        }
        self._public(f"{fill.symbol.lower()}@trade", event)

    def _public(self, name: str, event: dict[str, Any]) -> None:
        for socket, names in self._markets.items():
            if name in names:
                self._waiting.append((socket, orjson.dumps({"stream": name, "data": event})))


async def said(socket: web.WebSocketResponse, text: str) -> None:
    """Of one that has gone, and is not known to have, nobody hears."""
    with suppress(ConnectionError):
        await socket.send_str(text)


def report(step: Happened, now: int) -> dict[str, Any]:
    """An order's step as the user stream tells it."""
    order, fill = step.order, step.fill
    is_cancel = step.what == "CANCELED"
    return {
        "e": "executionReport",
        "E": now,
        "s": order.rules.symbol,
        "c": step.client_id,
        "S": order.side,
        "o": order.type,
        "f": order.force,
        "q": wire(order.quantity),
        "p": wire(order.price),
        "P": wire(order.stop),
        "F": "0.00000000",
        "g": -1,
        "C": order.client_id if is_cancel else "",
        "x": step.what,
        "X": order.status,
        "r": "NONE",
        "i": order.order_id,
        "l": wire(fill.quantity) if fill else "0.00000000",
        "z": wire(order.executed),
        "L": wire(fill.price) if fill else "0.00000000",
        "n": wire(fill.fee) if fill else "0",
        "N": fill.fee_asset if fill else None,
        "T": order.updated,
        "t": fill.trade_id if fill else -1,
        "w": order.works,
        "m": fill.is_maker if fill else False,
        "O": order.time,
        "Z": wire(order.spent),
        "Y": wire(fill.price * fill.quantity) if fill else "0.00000000",
        "Q": "0.00000000",
        "V": "NONE",
    }
