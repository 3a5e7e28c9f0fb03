"""An exchange whose answers were recorded, behind the adapter: unmodified ccxt parses them as if they had just come."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import ccxt

from server.clock_and_ids import SystemClock
from server.venues.exchange.ccxt import stream as ccxt_stream
from server.venues.exchange.ccxt.exchange import CcxtExchange, Clients
from server.venues.exchange.ccxt.loading import Access, make_client
from server.venues.exchange.ccxt.weights import Budget
from server.venues.exchange.seen import Listeners, Named, SeenOrder, SeenTrade
from tests.exchange.recorded.form import CLIENT_ID, Recorded

SECRET = "c2VjcmV0c2VjcmV0"
NOW_MS = 1_767_657_600_000


@dataclass
class Heard:
    """What the stream said, as the adapter passes it on."""

    orders: list[SeenOrder] = field(default_factory=list)
    trades: list[SeenTrade] = field(default_factory=list)
    touched: list[str] = field(default_factory=list)


class Socket:
    """What a handler of ccxt's wants of a socket."""

    def __init__(self) -> None:
        self.subscriptions: dict[str, Any] = {}
        self.futures: dict[str, Any] = {}
        self.url = "wss://recorded.test/private"

    def resolve(self, result: Any, name: str) -> None:
        """Nobody waits."""


class RecordedClient:
    """One exchange's adapter. `answers` are looked up by what stands in an address, the longest first."""

    def __init__(self, recorded: Recorded) -> None:
        self.recorded, self.answers = recorded, dict(recorded.answers)
        self.requests: list[str] = []
        access = Access(recorded.name, "key", SECRET, more={**recorded.more, "enableRateLimit": False})
        self.client = make_client(access)
        self.client.fetch = self._fetch
        budget = Budget(SystemClock(), asyncio.sleep, 6_000)
        clients = Clients(self.client, self.client, lambda: self.client)
        self.exchange = CcxtExchange(clients, access.quirks, budget, recorded.quote, lambda: NOW_MS)

    @property
    def named(self) -> Named:
        return Named(self.recorded.symbol, CLIENT_ID, self.recorded.order_id)

    async def _fetch(self, url: str, method: str = "GET", headers: Any = None, body: Any = None) -> Any:
        """What ccxt does with an answer once it has come over the wire."""
        self.requests.append(f"{method} {url} {body or ''}")
        found = next((route for route in sorted(self.answers, key=len, reverse=True) if route in url), None)
        if found is None:
            raise ccxt.ExchangeNotAvailable(f"nothing was recorded for {url}")
        text = json.dumps(self.answers[found])
        if self.client.quoteJsonNumbers:
            text = self.client.on_rest_response(200, "OK", url, method, {}, text, headers, body)
        answer = self.client.parse_json(text)
        self.client.handle_errors(200, "OK", url, method, {}, text, answer, headers, body)
        return answer

    async def load(self) -> None:
        await self.client.load_markets()

    async def find(self, raw: Mapping[str, Any]) -> SeenOrder | None:
        """One order, as a look-up shows it."""
        self.answers[self.recorded.order_route] = self.recorded.order_answer(raw)
        return await self.exchange.find(self.named)

    async def trades(self, raw: Mapping[str, Any]) -> list[SeenTrade]:
        self.answers |= {route: answer(raw) for route, answer in self.recorded.trade_routes.items()}
        return await self.exchange.trades_of(self.named)

    async def hear(self, frame: Mapping[str, Any]) -> Heard:
        """What one frame of the stream says, once ccxt has handled it."""
        client, heard, over = self.client, Heard(), asyncio.Event()
        client.orders = client.myTrades = None
        client.balance.setdefault("spot", {})
        client.handle_message(Socket(), json.loads(json.dumps(frame)))
        listening = Listeners(lambda: None, heard.orders.append, heard.trades.append, heard.touched.append)

        async def once(kept: Any) -> Any:
            if over.is_set() or not kept:
                await asyncio.Event().wait()
            over.set()
            return list(kept)

        client.watch_orders = lambda: once(client.orders)
        await _turned(ccxt_stream._orders(client, listening, f"/{self.recorded.quote}"))
        over.clear()
        client.watch_my_trades = lambda: once(client.myTrades)
        await _turned(ccxt_stream._trades(client, listening, f"/{self.recorded.quote}"))
        return heard


async def _turned(work: Any) -> None:
    """As far as it gets without waiting."""
    task = asyncio.ensure_future(work)
    for _ in range(5):
        await asyncio.sleep(0)
    if task.done():
        task.result()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
