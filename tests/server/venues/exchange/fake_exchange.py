"""An exchange in memory and in virtual time, behind the adapter's port: every fault that a request can meet, by its fate."""

import asyncio
import uuid
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from typing import Any

import ccxt

from server.ports import Place, Report
from server.venues.exchange.hearsay import Hearsay
from server.venues.exchange.seen import Ask, Ending, Listeners, Named, SeenOrder, SeenTrade
from server.venues.exchange.sightings import Sightings
from server.venues.exchange.trading import Trading
from tests.builders import market
from tests.exchange.virtual_time import run
from tradeterm.protocol.vocabulary import Liquidity, Side, TimeInForce

SYMBOL, USER = "BTC/USDT", "ann"
WINDOW_S = 10.0
MARKETS = {SYMBOL: market(SYMBOL)}


class LoopClock:
    """Our clock is the loop's."""

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.monotonic(), UTC)

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()


@dataclass
class Fate:
    """What becomes of one submit. Seconds; `accepted_s` None: it never gets there. `answer` None: the order as it is."""

    accepted_s: float | None = 0.05
    found_after_s: float = 0.0
    answer: Any = None
    answer_s: float = 0.1


@dataclass
class Order:
    seen: SeenOrder
    visible_at: float
    trades: list[SeenTrade] = field(default_factory=list)


class FakeExchange:
    """server.venues.exchange.seen.ExchangeApi. `fate()` is asked for each submit; `deaf()` whether a look-up fails."""

    window_s = WINDOW_S

    def __init__(self) -> None:
        self.fate: Callable[[], Fate] = Fate
        self.deaf: Callable[[], BaseException | None] = lambda: None
        self.cancel_error: BaseException | None = None
        self.is_mute = self.is_listed_short = self.is_trade_late = False
        self.orders: dict[str, Order] = {}
        self._of_clients: dict[str, list[Order]] = {}
        self.submits: Counter[str] = Counter()
        self.asked: Counter[str] = Counter()
        self.held: dict[str, Decimal] = {"USDT": Decimal(100_000)}
        self.listening: Listeners | None = None
        self.dropped = asyncio.Event()
        self._numbers, self._trades = count(1001), count(1)

    # ------------------------------------------------------------ the port

    async def submit(self, ask: Ask) -> Any:
        self.submits[ask.client_id] += 1
        if any(one.seen.ending is None for one in self.of_client(ask.client_id)):
            raise ccxt.InvalidOrder('binance {"code":-2010,"msg":"Duplicate order sent."}')
        fate = self.fate()
        if fate.accepted_s is not None:
            self._after(fate.accepted_s, lambda: self.accept(ask, fate.found_after_s))
        await asyncio.sleep(fate.answer_s)
        if isinstance(fate.answer, BaseException):
            raise fate.answer
        if fate.answer is not None:
            return fate.answer
        return {"id": self.of_client(ask.client_id)[-1].seen.venue_order_id}

    def read(self, answer: Any) -> tuple[SeenOrder | None, list[SeenTrade]]:
        order = self.orders.get(answer["id"]) if isinstance(answer, dict) and answer.get("id") else None
        return (None, []) if order is None else (order.seen, [])

    async def cancel(self, named: Named) -> None:
        await self._ask("cancel")
        order = self._named(named)
        if self.cancel_error is not None:
            raise self.cancel_error
        if order is None or order.seen.ending is not None:
            raise ccxt.OrderNotFound('binance {"code":-2011,"msg":"Unknown order sent."}')
        self.end(order, Ending.CANCELLED)

    async def find(self, named: Named, *, is_proof: bool = False) -> SeenOrder | None:
        await self._ask("find")
        order = self._named(named)
        now = asyncio.get_running_loop().time()
        return None if order is None or order.visible_at > now else order.seen

    async def trades_of(self, named: Named) -> list[SeenTrade]:
        assert named.venue_order_id is not None, "only an order that the exchange has named has trades"
        await self._ask("trades")
        order = self._named(named)
        return [] if order is None or self.is_trade_late else [*order.trades]

    async def open_orders(self, markets: Collection[str]) -> list[SeenOrder]:
        await self._ask("open")
        seen = [one.seen for one in self.orders.values() if one.seen.ending is None]
        return seen[: len(seen) // 2] if self.is_listed_short else seen

    async def balances(self) -> dict[str, Decimal]:
        await self._ask("balances")
        return dict(self.held)

    async def listen(self, listening: Listeners) -> None:
        await self._ask("listen")
        self.listening, self.dropped = listening, asyncio.Event()
        listening.connected()
        try:
            await self.dropped.wait()
        finally:
            self.listening = None
        raise ConnectionError("the stream was cut")

    async def _ask(self, what: str) -> None:
        self.asked[what] += 1
        await asyncio.sleep(0.05)
        error = self.deaf()
        if error is not None:
            raise error

    # ------------------------------------------------------------ what happens there

    def accept(self, ask: Ask, found_after_s: float = 0.0) -> Order:
        number, now = str(next(self._numbers)), asyncio.get_running_loop().time()
        seen = SeenOrder(
            *(number, ask.client_id, ask.symbol, ask.side, ask.quantity, ask.price), filled=Decimal(0), ending=None
        )
        order = self.orders[number] = Order(seen, now + found_after_s)
        self._of_clients.setdefault(ask.client_id, []).append(order)
        self._tell_order(order)
        return order

    def fill(self, order: Order, quantity: str, *, tell: bool = True) -> SeenTrade:
        seen, size = order.seen, Decimal(quantity)
        price = seen.price or Decimal(100)
        trade = SeenTrade(
            *(str(next(self._trades)), seen.venue_order_id, seen.symbol, seen.side, size, price),
            *(Liquidity.MAKER, Decimal(0), "USDT"),
        )
        order.trades.append(trade)
        assert seen.filled is not None, "it works"
        filled = seen.filled + size
        order.seen = replace(seen, filled=filled, ending=Ending.FILLED if filled == seen.quantity else None)
        if tell and self.listening is not None and not self.is_mute:
            self.listening.trade(trade)
            self.listening.order(order.seen)
        return trade

    def end(self, order: Order, ending: Ending) -> None:
        order.seen = replace(order.seen, ending=ending)
        self._tell_order(order)

    def _tell_order(self, order: Order) -> None:
        if self.listening is not None and not self.is_mute:
            self.listening.order(order.seen)

    # ------------------------------------------------------------ looking

    def of_client(self, client_id: str) -> list[Order]:
        return self._of_clients.get(client_id, [])

    def _named(self, named: Named) -> Order | None:
        if named.venue_order_id is not None:
            return self.orders.get(named.venue_order_id)
        found = self.of_client(named.client_id or "")
        return found[-1] if found else None

    def _after(self, seconds: float, do: Callable[[], Any]) -> None:
        asyncio.get_running_loop().call_later(seconds, do)


class HexIds:
    """Ids of the form that orders have: 1, 2, 3 …"""

    def __init__(self) -> None:
        self._numbers = count(1)

    def new(self) -> str:
        return str(uuid.UUID(int=next(self._numbers)))


class NoJournal:
    """Nothing was before."""

    def __init__(self, trades: Mapping[str, set[str]] | None = None) -> None:
        self.trades = dict(trades or {})

    def is_ours(self, order_id: str) -> bool:
        return order_id in self.trades

    def venue_trade_ids(self, order_id: str) -> set[str]:
        return self.trades.get(order_id, set())


class Bench:
    """`Trading` on that exchange, and all that it told."""

    def __init__(self, exchange: FakeExchange | None = None, journal: NoJournal | None = None) -> None:
        self.exchange = exchange or FakeExchange()
        self.told: list[Report] = []
        self.tasks: set[asyncio.Task[None]] = set()
        self.ids = HexIds()
        before, clock, ways = journal or NoJournal(), LoopClock(), (asyncio.sleep, self.told.extend, self._spawn)
        self.sightings = Sightings(self.exchange, MARKETS, USER, before, clock, self.ids, *ways)
        self.trading = Trading(self.exchange, MARKETS, {}, self.sightings, before, clock, *ways)
        self.hearsay = Hearsay(self.exchange, self.sightings, self._spawn)
        told = (self.hearsay.order, self.hearsay.trade, self.hearsay.touched)
        self.exchange.listening = Listeners(lambda: None, *told)

    def _spawn(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def quiet(self) -> None:
        """Until nothing is under way."""
        while self.tasks:
            await asyncio.wait({*self.tasks})
            for task in [*self.tasks]:
                with suppress(asyncio.CancelledError):
                    await task

    def place(self, quantity: str = "1", price: str | None = "100", **more: Any) -> Place:
        limit = None if price is None else Decimal(price)
        force = more.pop("force", TimeInForce.GTC)
        order = Place(self.ids.new(), USER, SYMBOL, Side.BUY, Decimal(quantity), limit, force, **more)
        self.trading.place(order)
        return order

    def trading_ask(self) -> Ask:
        """Some order as it would be sent."""
        return Ask("0" * 32, SYMBOL, Side.BUY, Decimal(1), Decimal(100), TimeInForce.GTC, post_only=False)

    def of(self, order: Place) -> Order:
        """The one there."""
        (found,) = self.exchange.of_client(order.order_id.replace("-", ""))
        return found

    def names(self) -> list[str]:
        """Kinds of what was told; the world's side of a fill left out."""
        return [type(one).__name__ for one in self.told if getattr(one, "order_id", "x")]


def played(scene: Callable[[Bench], Any]) -> Bench:
    """Have a scene played to its end."""

    async def work() -> Bench:
        bench = Bench()
        await scene(bench)
        await bench.quiet()
        return bench

    return run(work())
