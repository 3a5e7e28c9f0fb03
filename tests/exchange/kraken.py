"""A smaller loopback exchange, for Kraken: its signed REST with numbers that must rise, its words for what is wrong, and its
user stream with the gaps that it has. What trades inside is the same as in the other one.

It leaves out what the adapter does not use: margin and conditional orders.
"""

import asyncio
import base64
import hashlib
import hmac
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

import orjson
from aiohttp import WSMsgType, web

from tests.exchange.faults import Fault, Faults
from tests.exchange.kraken_streams import PublicStreams, send
from tests.exchange.loopback import served, session_to
from tests.exchange.matching import Exchange, Fill, Happened, Order, Refused, Rules
from tests.exchange.replies import reply

KEY, SECRET, TOKEN = "kraken-key", base64.b64encode(b"kraken-secret").decode(), "kraken-token"
MAKER, PAIR, ALTNAME, SYMBOL = "kraken-maker", "XXBTZUSD", "XBTUSD", "BTC/USD"
BTC = Rules(PAIR, "BTC", "USD", Decimal("0.1"), Decimal("0.00000001"), Decimal("0.5"))
ASSETS = {"BTC": "XXBT", "USD": "ZUSD"}
STATUS = {"NEW": "open", "PARTIALLY_FILLED": "open", "FILLED": "closed", "CANCELED": "canceled", "EXPIRED": "expired"}
WORDS = {-2010: "EOrder:Insufficient funds", -1013: "EOrder:Order minimum not met", -2011: "EOrder:Unknown order"}
HEARTBEAT_S = 0.5
Asked = dict[str, str]


class Wrong(Exception):
    """What Kraken says instead: HTTP 200 with these words."""


def order_name(number: int) -> str:
    return f"O{number:05}-LOOPB-KRAKEN"


def trade_name(number: int) -> str:
    return f"T{number:05}-LOOPB-KRAKEN"


class Kraken:
    """One running exchange: our account and a maker's. `hides_s`: for so long after it was made an order is not found."""

    def __init__(self) -> None:
        self.port, self.hides_s = 0, 0.0
        self.faults = Faults()
        self.exchange = Exchange([BTC], lambda: int(time.time() * 1_000))
        self.exchange.fees_in_quote = True
        self.exchange.told = self._told
        self.public = PublicStreams(self.exchange, PAIR, SYMBOL)
        self.account = self.exchange.open_account(KEY, SECRET, USD="100000", BTC="1")
        self.exchange.open_account(MAKER, "", USD="10000000", BTC="1000")
        self.requests: list[tuple[str, Asked]] = []
        self._nonce = 0
        self._users: set[web.WebSocketResponse] = set()
        self._waiting: list[dict[str, Any]] = []
        self._private: dict[str, Callable[[Asked], Any]] = {
            "AddOrder": self._add,
            "CancelOrder": self._cancel,
            "OpenOrders": lambda asked: {"open": self._listed(asked, is_open=True)},
            "ClosedOrders": lambda asked: {"closed": self._listed(asked, is_open=False), "count": 1},
            "QueryOrders": self._query,
            "QueryTrades": self._query_trades,
            "BalanceEx": self._balance,
            "GetWebSocketsToken": lambda asked: {"token": TOKEN, "expires": 900},
        }

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/0/private/{path}", self._handle)
        app.router.add_get("/0/public/{path}", self._public)
        app.router.add_get("/v2", self._listen)
        return app

    async def make(self, side: str, quantity: str, price: str) -> None:
        """An order of the maker's."""
        name = f"maker-{len(self.exchange.orders)}"
        size, limit = Decimal(quantity), Decimal(price)
        self.exchange.place(MAKER, PAIR, side, "LIMIT", client_id=name, quantity=size, price=limit)
        await self.flush()

    # ------------------------------------------------------------ requests

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        path, text = request.match_info["path"], await request.text()
        fault = self.faults.take("POST", path)
        return await reply(request, self._process(request, path, text, fault), fault)

    async def _process(self, request: web.Request, path: str, text: str, fault: Fault) -> tuple[int, bytes]:
        answer = b""
        await asyncio.sleep(fault.before_s)
        if fault.is_processed:
            answer = self._answered(request, path, text)
            await self.flush()
        await asyncio.sleep(fault.after_s)
        return fault.status or 200, answer if fault.body is None else fault.body.encode()

    def _answered(self, request: web.Request, path: str, text: str) -> bytes:
        asked = dict(parse_qsl(text, keep_blank_values=True))
        self.requests.append((path, asked))
        try:
            self._signed(request, text, asked)
            return orjson.dumps({"error": [], "result": self._private[path](asked)})
        except Wrong as wrong:
            return orjson.dumps({"error": [str(wrong)]})
        except Refused as refused:
            return orjson.dumps({"error": [WORDS.get(refused.code, "EGeneral:Invalid arguments")]})

    def _signed(self, request: web.Request, text: str, asked: Asked) -> None:
        if request.headers.get("API-Key") != KEY:
            raise Wrong("EAPI:Invalid key")
        said = request.path.encode() + hashlib.sha256((asked["nonce"] + text).encode()).digest()
        wanted = base64.b64encode(hmac.new(base64.b64decode(SECRET), said, hashlib.sha512).digest()).decode()
        if not hmac.compare_digest(request.headers.get("API-Sign", ""), wanted):
            raise Wrong("EAPI:Invalid signature")
        if int(asked["nonce"]) <= self._nonce:
            raise Wrong("EAPI:Invalid nonce")
        self._nonce = int(asked["nonce"])

    async def _public(self, request: web.Request) -> web.Response:
        answers: dict[str, Any] = {
            "Time": {"unixtime": int(time.time()), "rfc1123": "now"},
            "Assets": {name: {"altname": code, "decimals": 10, "display_decimals": 5} for code, name in ASSETS.items()},
            "AssetPairs": {PAIR: pair_wire()},
            "Depth": {PAIR: self.public.depth()},
            "Trades": {PAIR: self.public.tape(), "last": "0"},
        }
        return web.json_response({"error": [], "result": answers[request.match_info["path"]]})

    # ------------------------------------------------------------ orders

    def _add(self, asked: Asked) -> Any:
        flags = asked.get("oflags", "").split(",")
        if "fciq" not in flags:
            raise Wrong("EGeneral:Invalid arguments:oflags")  # its fees would be in what is bought
        if datetime.fromisoformat(asked["deadline"]) <= datetime.now(UTC):
            raise Wrong("EService:Deadline elapsed")
        kind = "LIMIT_MAKER" if "post" in flags else asked["ordertype"].upper()
        order = self.exchange.place(
            *(KEY, asked["pair"], asked["type"].upper(), kind),
            client_id=asked.get("cl_ord_id", ""),
            quantity=Decimal(asked["volume"]),
            price=Decimal(asked["price"]) if "price" in asked else None,
            force=asked.get("timeinforce", "GTC"),
        )
        text = f"{asked['type']} {asked['volume']} {ALTNAME} @ {asked['ordertype']} {asked.get('price', '')}".strip()
        return {"descr": {"order": text}, "txid": [order_name(order.order_id)]}

    def _cancel(self, asked: Asked) -> Any:
        for order in self._own():
            if asked.get("txid") == order_name(order.order_id) or (asked.get("cl_ord_id") or "-") == order.client_id:
                self.exchange.cancel(order, "")
                return {"count": 1}
        raise Wrong("EOrder:Unknown order")

    def _own(self) -> list[Order]:
        """Those that are to be found by now."""
        before = time.time() * 1_000 - self.hides_s * 1_000
        return [one for one in self.exchange.orders.values() if one.account == KEY and one.time <= before]

    def _listed(self, asked: Asked, *, is_open: bool) -> Any:
        wanted = asked.get("cl_ord_id")
        found = [one for one in self._own() if one.works is is_open and wanted in (None, one.client_id)]
        return {order_name(one.order_id): order_wire(one) for one in found[-50:]}

    def _query(self, asked: Asked) -> Any:
        found = [one for one in self._own() if order_name(one.order_id) in asked["txid"].split(",")]
        if not found:
            raise Wrong("EOrder:Invalid order")
        return {order_name(one.order_id): order_wire(one) for one in found}

    def _query_trades(self, asked: Asked) -> Any:
        wanted = asked["txid"].split(",")
        return {
            trade_name(one.trade_id): fill_wire(one)
            for one in self.exchange.fills[KEY]
            if trade_name(one.trade_id) in wanted
        }

    def _balance(self, asked: Asked) -> Any:
        account = self.account
        held = {asset: account.free.get(asset, Decimal(0)) + account.locked.get(asset, Decimal(0)) for asset in ASSETS}
        return {
            ASSETS[asset]: {"balance": str(total), "hold_trade": str(account.locked.get(asset, 0))}
            for asset, total in held.items()
        }

    # ------------------------------------------------------------ the streams

    async def _listen(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        beating = asyncio.ensure_future(self._beat(socket))
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    await self._asked(socket, orjson.loads(message.data))
        finally:
            beating.cancel()
            self._users.discard(socket)
            self.public.forget(socket)
        return socket

    async def _asked(self, socket: web.WebSocketResponse, asked: dict[str, Any]) -> None:
        parameters = asked.get("params", {})
        if asked["method"] == "ping":
            await send(socket, {"method": "pong", "req_id": asked.get("req_id")})
        if asked["method"] == "subscribe" and parameters.get("channel") in ("book", "trade"):
            await self.public.subscribe(socket, parameters["channel"])
        if asked["method"] != "subscribe" or parameters.get("channel") != "executions":
            return
        if parameters.get("token") != TOKEN:
            await send(socket, {"error": "EGeneral:Invalid token", "method": "subscribe", "success": False})
            return
        await send(socket, {"method": "subscribe", "result": {"channel": "executions"}, "success": True})
        # All that work, as one frame; none, and it is empty.
        data = [told_wire(one) for one in self._own() if one.works]
        await send(socket, {"channel": "executions", "type": "snapshot", "data": data, "sequence": 1})
        self._users.add(socket)

    async def _beat(self, socket: web.WebSocketResponse) -> None:
        while True:
            await send(socket, {"channel": "heartbeat"})
            await asyncio.sleep(HEARTBEAT_S)

    def _told(self, step: Happened) -> None:
        order = step.order
        if order.account != KEY:
            return
        if step.fill is not None:
            self._waiting.append(executed_wire(step.fill, order))
        elif step.what == "NEW":
            self._waiting.append({**told_wire(order), "order_status": "new", "exec_type": "new"})
        else:  # it says no more of an end than this
            ended = {
                "order_id": order_name(order.order_id),
                "order_userref": 0,
                "timestamp": "2026-01-06T00:00:00.000000Z",
            }
            self._waiting.append({**ended, "exec_type": STATUS[step.what], "order_status": STATUS[step.what]})

    async def flush(self) -> None:
        waiting, self._waiting = self._waiting, []
        for data in waiting:
            for socket in [*self._users]:
                await send(socket, {"channel": "executions", "type": "update", "data": [data], "sequence": 2})
        await self.public.flush()

    async def cut(self) -> None:
        await self.public.cut()
        for socket in [*self._users]:
            await socket.close()


def pair_wire() -> dict[str, Any]:
    return {
        "altname": ALTNAME,
        "wsname": "XBT/USD",
        "base": "XXBT",
        "quote": "ZUSD",
        "pair_decimals": 1,
        "lot_decimals": 8,
        "leverage_buy": [],
        "leverage_sell": [],
        "fees": [[0, 0.1]],
        "fees_maker": [[0, 0.1]],
        "ordermin": "0.00005",
        "costmin": "0.5",
        "status": "online",
    }


def order_wire(order: Order) -> dict[str, Any]:
    kind = "market" if order.type == "MARKET" else "limit"
    return {
        "refid": None,
        "userref": 0,
        "cl_ord_id": order.client_id,
        "status": STATUS[order.status],
        "reason": None,
        "opentm": order.time / 1_000,
        "descr": {
            "pair": ALTNAME,
            "type": order.side.lower(),
            "ordertype": kind,
            "price": str(order.price),
            "price2": "0",
            "leverage": "none",
            "order": f"{order.side.lower()} {order.quantity} {ALTNAME} @ {kind} {order.price}",
            "close": "",
        },
        "vol": f"{order.quantity:.8f}",
        "vol_exec": f"{order.executed:.8f}",
        "cost": f"{order.spent:.5f}",
        "fee": str(sum((one.fee for one in order.fills), Decimal(0))),
        "price": str(order.spent / order.executed) if order.executed else "0.00000",
        "misc": "",
        "oflags": "fciq",
        "trades": [trade_name(one.trade_id) for one in order.fills],
    }


def fill_wire(fill: Fill) -> dict[str, Any]:
    return {
        "ordertxid": order_name(fill.order_id),
        "postxid": "TKH2SE-M7IF5-CFI7LT",
        "pair": PAIR,
        "time": fill.time / 1_000,
        "type": "buy" if fill.is_buyer else "sell",
        "ordertype": "limit",
        "price": str(fill.price),
        "cost": str(fill.price * fill.quantity),
        "fee": str(fill.fee),
        "vol": f"{fill.quantity:.8f}",
        "margin": "0.00000",
        "misc": "",
        "trade_id": fill.trade_id,
        "maker": fill.is_maker,
    }


def told_wire(order: Order) -> dict[str, Any]:
    return {
        "order_id": order_name(order.order_id),
        "cl_ord_id": order.client_id,
        "order_userref": 0,
        "symbol": SYMBOL,
        "order_qty": float(order.quantity),
        "cum_qty": float(order.executed),
        "exec_type": "pending_new",
        "side": order.side.lower(),
        "order_type": "limit",
        "limit_price": float(order.price),
        "order_status": "partially_filled" if order.executed else "new",
        "timestamp": "2026-01-06T00:00:00.000000Z",
    }


def executed_wire(fill: Fill, order: Order) -> dict[str, Any]:
    return {
        "order_id": order_name(fill.order_id),
        "exec_id": trade_name(fill.trade_id),
        "exec_type": "trade",
        "trade_id": fill.trade_id,
        "symbol": SYMBOL,
        "side": "buy" if fill.is_buyer else "sell",
        "last_qty": float(fill.quantity),
        "last_price": float(fill.price),
        "liquidity_ind": "m" if fill.is_maker else "t",
        "cost": float(fill.price * fill.quantity),
        "order_userref": 0,
        "order_status": "filled" if order.status == "FILLED" else "partially_filled",
        "order_type": "limit",
        "fees": [{"asset": fill.fee_asset, "qty": float(fill.fee)}],
        "timestamp": "2026-01-06T00:00:00.000000Z",
    }


@asynccontextmanager
async def kraken() -> AsyncIterator[tuple[Kraken, dict[str, Any]]]:
    """A running exchange, and ccxt's constructor arguments that lead to it over the production addresses."""
    one = Kraken()
    async with served(one.app(), one.cut, with_tls=True) as one.port, session_to(one.port) as session:
        # Its pace is a request in seconds: what is tried here is not that.
        yield one, {"session": session, "enableRateLimit": False}
