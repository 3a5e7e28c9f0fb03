"""The loopback exchange's REST side, as Binance spot speaks it: signed requests with a receive window, its codes and shapes."""

import asyncio
import hashlib
import hmac
import uuid
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import parse_qsl

import orjson
from aiohttp import web

from tests.exchange.faults import Fault, Faults
from tests.exchange.matching import BUY, SELL, ZERO, Account, Exchange, Fill, Order, Refused, Rules, order_wire, wire
from tests.exchange.replies import reply

Parameters = dict[str, str]
AHEAD_MS = 1_000  # how far a request's time may be ahead of the exchange's
LONGEST_WINDOW_MS = 60_000


class Rest:
    """The routes under `/api/v3`. `now_ms` is the exchange's own clock."""

    def __init__(self, exchange: Exchange, faults: Faults, now_ms: Callable[[], int]) -> None:
        self._exchange, self._faults, self._now = exchange, faults, now_ms
        self._public: dict[tuple[str, str], Callable[[Parameters], Any]] = {
            ("GET", "ping"): lambda asked: {},
            ("GET", "time"): lambda asked: {"serverTime": self._now()},
            ("GET", "exchangeInfo"): self._info,
            ("GET", "depth"): self._depth,
            ("GET", "ticker/24hr"): self._tickers,
        }
        self._signed: dict[tuple[str, str], Callable[[Account, Parameters], Any]] = {
            ("GET", "account"): self._account,
            ("POST", "order"): self._place,
            ("GET", "order"): self._get,
            ("DELETE", "order"): self._cancel,
            ("GET", "openOrders"): self._open,
            ("GET", "allOrders"): self._all,
            ("GET", "myTrades"): self._trades,
        }
        self.requests: list[tuple[str, str, Parameters]] = []
        self.is_brief = False  # an order is answered by its names alone
        self.update_id = 1  # of the books, which the streams count on

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One request, through the fault that waits for it."""
        path = request.match_info["path"]
        fault = self._faults.take(request.method, path)
        text = request.query_string if request.method != "POST" else (await request.text() or request.query_string)
        headers = dict(request.headers)
        return await reply(request, self._process(request.method, path, text, headers, fault), fault)

    async def _process(
        self, method: str, path: str, text: str, headers: dict[str, str], fault: Fault
    ) -> tuple[int, bytes]:
        await asyncio.sleep(fault.before_s)
        status, answer = 200, b""
        if fault.is_processed:
            status, answer = self.answer(method, path, text, headers.get("X-MBX-APIKEY"))
        await asyncio.sleep(fault.after_s)
        if fault.body is not None:
            answer = fault.body.encode()
        return fault.status or status, answer

    def answer(self, method: str, path: str, text: str, key: str | None) -> tuple[int, bytes]:
        """What the exchange does with a request, and says of it."""
        asked = dict(parse_qsl(text, keep_blank_values=True))
        self.requests.append((method, path, asked))
        try:
            if (method, path) in self._public:
                return 200, orjson.dumps(self._public[method, path](asked))
            if (method, path) not in self._signed:
                return 404, b""
            account = self.signed(text, asked, key)
            return 200, orjson.dumps(self._signed[method, path](account, asked))
        except Refused as refusal:
            status = 401 if refusal.code in (-2014, -2015) else 400
            return status, orjson.dumps({"code": refusal.code, "msg": refusal.text})
        except (KeyError, InvalidOperation) as error:
            return 400, orjson.dumps({"code": -1102, "msg": f"Mandatory parameter was not sent or malformed: {error}"})

    def signed(self, text: str, asked: Parameters, key: str | None) -> Account:
        """Whose request it is. Raises Refused for a wrong key, signature or time."""
        account = self._exchange.accounts.get(key or "")
        if account is None:
            raise Refused(-2015, "Invalid API-key, IP, or permissions for action.")
        said, _, signature = text.rpartition("&signature=")
        wanted = hmac.new(account.secret.encode(), said.encode(), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(signature, wanted):
            raise Refused(-1022, "Signature for this request is not valid.")
        time, window = int(asked["timestamp"]), int(asked.get("recvWindow", "5000"))
        if window > LONGEST_WINDOW_MS:
            raise Refused(-1131, "recvWindow must be less than 60000")
        if time > self._now() + AHEAD_MS:
            raise Refused(-1021, "Timestamp for this request was 1000ms ahead of the server's time.")
        if self._now() - time > window:
            raise Refused(-1021, "Timestamp for this request is outside of the recvWindow.")
        return account

    # ------------------------------------------------------------ public

    def _info(self, asked: Parameters) -> Any:
        symbols = [symbol_wire(rules) for rules in self._exchange.rules.values()]
        limits = [{"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": 6000}]
        return {"timezone": "UTC", "serverTime": self._now(), "rateLimits": limits, "symbols": symbols}

    def _depth(self, asked: Parameters) -> Any:
        if asked["symbol"] not in self._exchange.rules:
            raise Refused(-1121, "Invalid symbol.")
        limit = int(asked.get("limit", "100"))
        sides = {name: self._exchange.levels(asked["symbol"], side, limit) for name, side in SIDES.items()}
        found = {name: [[wire(price), wire(size)] for price, size in levels] for name, levels in sides.items()}
        return {"lastUpdateId": self.update_id, **found}

    def _tickers(self, asked: Parameters) -> Any:
        return [
            {"symbol": symbol, "lastPrice": wire(price), "openTime": self._now() - 86_400_000, "closeTime": self._now()}
            for symbol, price in self._exchange.last.items()
        ]

    def restrictions(self, text: str, key: str | None) -> tuple[int, bytes]:
        """What a key may do."""
        try:
            account = self.signed(text, dict(parse_qsl(text)), key)
        except Refused as refusal:
            return 401, orjson.dumps({"code": refusal.code, "msg": refusal.text})
        rights = {"enableReading": True, "enableSpotAndMarginTrading": account.can_trade}
        return 200, orjson.dumps({**rights, "enableWithdrawals": account.can_withdraw, "ipRestrict": False})

    # ------------------------------------------------------------ signed

    def _account(self, account: Account, asked: Parameters) -> Any:
        return {
            "makerCommission": 10,
            "takerCommission": 10,
            "canTrade": account.can_trade,
            "canWithdraw": account.can_withdraw,
            "canDeposit": True,
            "updateTime": self._now(),
            "accountType": "SPOT",
            "balances": balances(account),
            "permissions": ["SPOT"],
        }

    def _place(self, account: Account, asked: Parameters) -> Any:
        client_id = asked.get("newClientOrderId") or uuid.uuid4().hex
        if not 1 <= len(client_id) <= 36:
            raise Refused(-1100, "Illegal characters found in parameter 'newClientOrderId'.")
        order = self._exchange.place(
            *(account.key, asked["symbol"], asked["side"], asked["type"]),
            client_id=client_id,
            quantity=_number(asked, "quantity"),
            quote_quantity=_number(asked, "quoteOrderQty"),
            price=_number(asked, "price"),
            stop=_number(asked, "stopPrice"),
            force=asked.get("timeInForce", "GTC"),
        )
        fills = [
            {
                "price": wire(one.price),
                "qty": wire(one.quantity),
                "commission": wire(one.fee),
                "commissionAsset": one.fee_asset,
                "tradeId": one.trade_id,
            }
            for one in order.fills
        ]
        if self.is_brief:
            return {name: order_wire(order)[name] for name in ("symbol", "orderId", "orderListId", "clientOrderId")}
        return {**order_wire(order), "transactTime": order.updated, "fills": fills}

    def _get(self, account: Account, asked: Parameters) -> Any:
        return order_wire(self._named(account, asked))

    def _cancel(self, account: Account, asked: Parameters) -> Any:
        try:
            order = self._named(account, asked)
        except Refused:
            raise Refused(-2011, "Unknown order sent.") from None
        cancel_id = asked.get("newClientOrderId") or uuid.uuid4().hex
        self._exchange.cancel(order, cancel_id)
        return {**order_wire(order), "origClientOrderId": order.client_id, "clientOrderId": cancel_id}

    def _named(self, account: Account, asked: Parameters) -> Order:
        number = asked.get("orderId")
        return self._exchange.find(
            account.key, asked["symbol"], int(number) if number else None, asked.get("origClientOrderId")
        )

    def _open(self, account: Account, asked: Parameters) -> Any:
        return [order_wire(one) for one in self._own(account, asked) if one.works]

    def _all(self, account: Account, asked: Parameters) -> Any:
        return [order_wire(one) for one in self._own(account, asked)][-int(asked.get("limit", "500")) :]

    def _own(self, account: Account, asked: Parameters) -> list[Order]:
        symbol = asked.get("symbol")
        return [
            one
            for one in self._exchange.orders.values()
            if one.account == account.key and symbol in (None, one.rules.symbol)
        ]

    def _trades(self, account: Account, asked: Parameters) -> Any:
        first = int(asked.get("fromId", "0"))
        found = [one for one in self._exchange.fills[account.key] if one.symbol == asked["symbol"]]
        return [fill_wire(one) for one in found if one.trade_id >= first][: int(asked.get("limit", "500"))]


SIDES = {"bids": BUY, "asks": SELL}


def balances(account: Account) -> list[dict[str, str]]:
    assets = sorted({*account.free, *account.locked})
    return [
        {
            "asset": asset,
            "free": wire(account.free.get(asset, ZERO)),
            "locked": wire(account.locked.get(asset, ZERO)),
        }
        for asset in assets
    ]


def fill_wire(fill: Fill) -> dict[str, Any]:
    return {
        "symbol": fill.symbol,
        "id": fill.trade_id,
        "orderId": fill.order_id,
        "orderListId": -1,
        "price": wire(fill.price),
        "qty": wire(fill.quantity),
        "quoteQty": wire(fill.price * fill.quantity),
        "commission": wire(fill.fee),
        "commissionAsset": fill.fee_asset,
        "time": fill.time,
        "isBuyer": fill.is_buyer,
        "isMaker": fill.is_maker,
        "isBestMatch": True,
    }


def symbol_wire(rules: Rules) -> dict[str, Any]:
    return {
        "symbol": rules.symbol,
        "status": "TRADING",
        "baseAsset": rules.base,
        "baseAssetPrecision": 8,
        "quoteAsset": rules.quote,
        "quotePrecision": 8,
        "quoteAssetPrecision": 8,
        "orderTypes": ["LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT_LIMIT"],
        "icebergAllowed": True,
        "ocoAllowed": True,
        "isSpotTradingAllowed": True,
        "isMarginTradingAllowed": False,
        "filters": [
            {
                "filterType": "PRICE_FILTER",
                "minPrice": wire(rules.tick),
                "maxPrice": "1000000.0",
                "tickSize": wire(rules.tick),
            },
            {"filterType": "LOT_SIZE", "minQty": wire(rules.step), "maxQty": "9000.0", "stepSize": wire(rules.step)},
            {"filterType": "NOTIONAL", "minNotional": wire(rules.min_notional), "applyMinToMarket": True},
        ],
        "permissions": [],
        "permissionSets": [["SPOT"]],
    }


def _number(asked: Parameters, name: str) -> Decimal | None:
    return Decimal(asked[name]) if name in asked else None
