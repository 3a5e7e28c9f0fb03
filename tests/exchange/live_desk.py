"""The executor on the loopback exchange, in one process: commands go in as they do in the server, orders go out through
unmodified ccxt, and a journal in memory keeps what a restart finds."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from decimal import Decimal
from typing import Any, TypeVar

import orjson

from server.bus.local import LocalBus
from server.clock_and_ids import SystemClock, Uuid7Ids
from server.domain.commands import AmendOrder, CancelOrder, ClosePosition, CreateOrder, OpenAccount, OrderTerms
from server.domain.risk import CoreSettings
from server.executor.core import Core
from server.executor.durable_view import DurableView
from server.executor.recovery import recover
from server.executor.runner import Runner
from server.ports import Answer, FlowStep, Place
from server.venues.exchange.ccxt.exchange import CcxtExchange, Clients
from server.venues.exchange.ccxt.loading import Access, Loaded, load, make_client
from server.venues.exchange.ccxt.weights import Budget
from server.venues.exchange.own_orders import JournaledOrders
from server.venues.exchange.venue import ExchangeVenue
from server.venues.paper import PaperVenue
from tests.eventually import PATIENCE_S
from tests.exchange.loopback import KEY, SECRET, Loopback, loopback, production, until
from tests.server.executor.rig import AtOnce, MemoryJournal, Unseen
from tradeterm.protocol.vocabulary import OrderType, Side, TimeInForce, TradingState

SYMBOL, USER = "BTC/USDT", "ann"
TIMEOUT_MS = 10_000
UNCOUNTED = 1_000_000
Desk = TypeVar("Desk", bound="LiveDesk")


class LiveDesk:
    """One account's desk. `start` is the start of a server, `kill` its end without a good-bye."""

    name, symbol, key, secret = "binance", SYMBOL, KEY, SECRET
    options: Mapping[str, Any] = {"recvWindow": 5_000}

    def __init__(self, exchange: Any, more: Mapping[str, Any]) -> None:
        self.exchange, self._more = exchange, more
        self.journal, self.clock, self.ids = MemoryJournal(), SystemClock(), Uuid7Ids()
        self._tasks: list[asyncio.Task[Any]] = []
        self._clients: list[Any] = []

    async def start(self) -> None:
        options = {**self.options, **self._more.get("options", {})}
        more = {**self._more, "options": options, "timeout": TIMEOUT_MS}
        access = Access(self.name, self.key, self.secret, more=more)
        self.loaded: Loaded = await load(access, self.settle)
        self.budget = Budget(self.clock, asyncio.sleep, access.quirks.weight_limit or UNCOUNTED)
        orders, looks = self._client(access), self._client(access)
        self.ccxt = CcxtExchange(
            Clients(orders, looks, lambda: self._client(access)), access.quirks, self.budget, self.settle, self._now_ms
        )
        book = PaperVenue(self.loaded.markets)
        self.venue = ExchangeVenue(
            *(self.ccxt, book, self.loaded.markets, self.loaded.features, USER),
            *(JournaledOrders(self.journal.history, USER), self.clock, self.ids),
            holdings=lambda: self.core.holdings(USER),
        )
        cash = (await self.ccxt.balances()).get(self.settle, Decimal(0))
        settings = CoreSettings(
            currency=self.settle,
            paper_cash=cash,
            cash_account=True,
            base_fees=True,
            liquidation=False,
            answers_later=True,
        )
        self.core = Core(settings, self.loaded.markets, self.venue, self.ids, self.journal.find_order)
        recover(self.core, self.venue, self.journal.load())
        commits = AtOnce(self.journal, self.clock)
        view = DurableView(self.core, "e")
        self.runner = Runner(self.core, self.venue, commits, LocalBus(), Unseen(), self.clock, view)
        self._tasks = [asyncio.create_task(one) for one in (self.runner.run(), self._deliver(), self._run())]
        await until(lambda: self._trades or any(task.done() for task in self._tasks))
        for task in self._tasks:
            if task.done():
                task.result()

    @property
    def settle(self) -> str:
        return self.symbol.partition("/")[2]

    @property
    def _trades(self) -> bool:
        """Was it heard here that the exchange agrees?"""
        account = self.core.ledger.accounts.get(USER)
        is_active = account is not None and account.trading_state is TradingState.ACTIVE
        return is_active and self.venue.stream.is_up and self.venue.reconciliation.agrees

    def _client(self, access: Access) -> Any:
        made = make_client(access)
        made.set_markets_from_exchange(self.loaded.client)
        self._clients.append(made)
        return made

    def _now_ms(self) -> int:
        return int(self.clock.now().timestamp() * 1000)

    async def _run(self) -> None:
        await self.runner.submit(OpenAccount(USER))
        await self.venue.run()

    async def _deliver(self) -> None:
        while True:
            await self.venue.wait()
            self.runner.arrive(self.venue)

    async def kill(self) -> None:
        """No more of it, at once."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for client in [*self._clients, self.loaded.client]:
            with suppress(Exception):
                await client.close()
        self._clients.clear()

    # ------------------------------------------------------------ what a trader does

    async def order(self, side: str, quantity: str, price: str | None = None, **more: Any) -> str:
        """Its id, as soon as it is committed."""
        kind = OrderType.MARKET if price is None else OrderType.LIMIT
        limit = None if price is None else Decimal(price)
        terms = OrderTerms(self.symbol, Side(side), kind, Decimal(quantity), limit)
        answer = await self.runner.submit(CreateOrder(USER, replace(terms, **more), str(self.ids.new())))
        return str(_body(answer)["id"])

    async def quote(self, bid: str, ask: str) -> None:
        """What the market data shows."""
        sides = ((Side.BUY, bid), (Side.SELL, ask))
        shown = [
            Place(side, "", self.symbol, side, Decimal(10), Decimal(price), TimeInForce.GTC) for side, price in sides
        ]
        await self.runner.flow(FlowStep(list(shown)))

    async def cancel(self, order_id: str) -> Answer:
        return await self.runner.submit(CancelOrder(USER, order_id))

    async def amend(self, order_id: str, **totals: str) -> Answer:
        values = {name: Decimal(value) for name, value in totals.items()}
        return await self.runner.submit(AmendOrder(USER, order_id, **values))

    async def close(self) -> Answer:
        return await self.runner.submit(ClosePosition(USER, self.symbol))

    # ------------------------------------------------------------ what is seen

    def wire(self, order_id: str) -> dict[str, Any]:
        found: dict[str, Any] = orjson.loads(self.journal.rows.orders[order_id].payload)
        return found

    def orders(self) -> list[dict[str, Any]]:
        return [self.wire(one) for one in self.journal.rows.orders]

    def events(self, order_id: str) -> list[str]:
        """Names of what was told of an order."""
        told = [event for batch in self.journal.batches for event in batch.events if event.event.startswith("order:")]
        return [str(one.event) for one in told if orjson.loads(one.data)["order"]["id"] == order_id]

    async def until_status(self, order_id: str, *statuses: str) -> dict[str, Any]:
        try:
            async with asyncio.timeout(PATIENCE_S):
                await until(lambda: self.wire(order_id)["status"] in statuses)
        except TimeoutError:
            raise AssertionError(f"not {statuses}: {self.wire(order_id)}") from None
        return self.wire(order_id)

    @property
    def held(self) -> Decimal:
        account = self.core.ledger.accounts[USER]
        return account.held(self.symbol)

    @property
    def cash(self) -> Decimal:
        return self.core.ledger.accounts[USER].cash

    def of_client(self, order_id: str) -> list[Any]:
        """What the exchange has under our id of an order."""
        plain = order_id.replace("-", "")
        return [one for one in self.exchange.exchange.orders.values() if one.client_id == plain]


def _body(answer: Answer) -> dict[str, Any]:
    assert answer.body is not None, (answer.code, answer.message)
    found: dict[str, Any] = orjson.loads(answer.body)
    return found


@asynccontextmanager
async def live_desk(*, production_urls: bool = True) -> AsyncIterator[LiveDesk]:
    """A desk that has started, and its exchange, with quotes of a maker's on it."""
    if production_urls:
        async with (
            loopback(with_tls=True) as one,
            production(one) as settings,
            _started(one, {"session": settings["session"]}) as desk,
        ):
            yield desk
    else:
        async with loopback() as one, _started(one, {"urls": one.overridden()["urls"]}) as desk:
            yield desk


@asynccontextmanager
async def _started(one: Loopback, more: dict[str, Any]) -> AsyncIterator[LiveDesk]:
    async with started(LiveDesk(one, more)) as desk:
        yield desk


@asynccontextmanager
async def started(desk: Desk) -> AsyncIterator[Desk]:
    """A desk that trades, until the end."""
    try:
        await desk.start()
        yield desk
    finally:
        await desk.kill()
