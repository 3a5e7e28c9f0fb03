"""The executor as it runs, without a loop, sockets or a disk: commands go through the runner and into a journal in memory."""

from collections.abc import Coroutine, Iterable
from concurrent.futures import Future
from contextlib import suppress
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import orjson

from server.bus.local import LocalBus
from server.domain.commands import Command, CreateOrder, OpenAccount, OrderTerms
from server.domain.markets import Market
from server.domain.risk import CoreSettings
from server.executor.commits import Commits
from server.executor.core import Core
from server.executor.durable_view import DurableView
from server.executor.items import Arrivals, Beat, Flow, Item, Waiting
from server.executor.recovery import recover
from server.executor.runner import Runner
from server.ports import (
    RESET_TRADE,
    Answer,
    Batch,
    BatchRefused,
    Cancel,
    Clock,
    FlowStep,
    JournalFailure,
    MarketRow,
    OpenState,
    OrderRow,
    Place,
    PrintReport,
    Request,
    Venue,
)
from server.venues.delayed import DelayedVenue, delays_of
from server.venues.paper import PaperVenue
from server.venues.untold_fills import UntoldFills
from tests.builders import START, CountedIds, market
from tests.memory_history import MemoryHistory
from tradeterm.protocol.vocabulary import OrderType, Side, TimeInForce


class StepClock:
    """Wall time that can be set, and seconds that only go on."""

    def __init__(self) -> None:
        self.at = START
        self.seconds = 0.0

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.seconds

    def advance(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)
        self.seconds += seconds


class MemoryJournal:
    """`server.ports.Journal` in memory, as strict about sequences and ids as the tables are."""

    def __init__(self) -> None:
        self.rows = Batch()
        self.batches: list[Batch] = []
        self._by_client_id: dict[tuple[str, str], str] = {}
        self._last_trade: str | None = None
        self._staged = Batch()
        self.history = MemoryHistory()

    def load(self) -> OpenState:
        rows = self.rows
        return OpenState(
            epoch="e",
            accounts=[rows.accounts[name] for name in sorted(rows.accounts)],
            orders=[row for row in rows.orders.values() if row.is_open],
            positions=[row for row in rows.positions.values() if row.is_open],
            markets=list(rows.markets.values()),
            last_venue_trade_id=self._last_trade,
        )

    def commit(self, batch: Batch) -> None:
        keys = {(row.account, row.client_order_id): row.id for row in batch.orders.values()}
        for key, order_id in keys.items():
            if self._by_client_id.get(key, order_id) != order_id:
                raise BatchRefused(f"a row is there already: {key}")
        heads = {name: row.seq for name, row in self.rows.accounts.items()}
        for event in batch.events:
            heads[event.account] = heads.get(event.account, 0) + 1
            if event.seq != heads[event.account]:
                raise JournalFailure(f"event {event.seq} of {event.account} does not follow")
        self._by_client_id.update(keys)
        for trade in batch.trades:
            if not trade.venue_trade_id.startswith(RESET_TRADE):
                self._last_trade = trade.venue_trade_id
        self.rows.orders.update(batch.orders)
        self.rows.positions.update(batch.positions)
        self.rows.accounts.update(batch.accounts)
        self.rows.markets.update(batch.markets)
        self.batches.append(batch)
        self.history.commit(batch)

    def stage(self, batch: Batch) -> None:
        self._staged = batch

    def seal(self) -> None:
        self.commit(self._staged)

    def resume(self) -> bool:
        return False

    def find_order(self, account: str, client_order_id: str) -> OrderRow | None:
        found = self._by_client_id.get((account, client_order_id))
        return None if found is None else self.rows.orders[found]

    @property
    def is_remote(self) -> bool:
        return False


class AtOnce(Commits):
    """Commits to a journal that nobody has to wait for."""

    def __init__(self, journal: MemoryJournal, clock: Clock) -> None:
        super().__init__(journal, clock)
        self._memory = journal

    async def commit(self, batch: Batch, *, is_lone: bool) -> None:
        self._memory.commit(batch)


class Unseen:
    """Nobody looks at the market."""

    def observe(self, prints: Iterable[PrintReport], touched: Iterable[str], at: datetime) -> None: ...


class Rig:
    """A runner over a paper venue. `latency` as in the settings; `refuses` is the share of orders the venue rejects."""

    def __init__(
        self,
        settings: CoreSettings | None = None,
        markets: Iterable[Market] = (),
        latency: str | None = None,
        refuses: float = 0.0,
    ) -> None:
        self.settings = settings or CoreSettings()
        self.settings.answers_later = latency is not None
        self.markets = {one.symbol: one for one in (*markets,)} or {"BTC/USD": market()}
        self.clock, self.ids, self.journal = StepClock(), CountedIds(), MemoryJournal()
        self._latency, self._refuses = latency, refuses
        self._flow_orders = 0
        self._starts = 0
        self.start()

    def start(self) -> None:
        """Start on what the journal holds, as the server does."""
        self._starts += 1
        state = self.journal.load()
        chance = Random(self._starts)
        refuses = (lambda: chance.random() < self._refuses) if self._refuses else None
        untold = UntoldFills(lambda *position: self.core.closable_after(*position))
        coverage = self._keeps_entries if self._latency is None else None
        self.paper = PaperVenue(self.markets, state.last_venue_trade_id, refuses, untold.positions, coverage)
        self.venue: Venue = self.paper
        self.delayed: DelayedVenue | None = None
        if self._latency is not None:
            self.venue = self.delayed = DelayedVenue(self.paper, untold, delays_of(self._latency), self.clock, 1)
        self.core = Core(self.settings, self.markets, self.venue, self.ids, self.journal.find_order)
        recover(self.core, self.venue, state)
        self.view = DurableView(self.core, "e")
        self.runner = Runner(
            self.core, self.venue, AtOnce(self.journal, self.clock), LocalBus(), Unseen(), self.clock, self.view
        )

    def _keeps_entries(self, account: str, symbol: str, side: Side, price: Decimal) -> bool:
        return self.core.keeps_entries(account, symbol, side, price)

    # ------------------------------------------------------------ what happens

    def together(self, *commands: Command) -> list[Answer]:
        """Commands that wait at the same time: one commit carries them."""
        told: list[list[Answer | Exception]] = [[] for _ in commands]
        items: list[Item] = [Waiting(command, one.append) for command, one in zip(commands, told, strict=True)]
        _now(self.runner.work(items))
        return [_answer(*one) for one in told]

    def do(self, command: Command, after: float = 1.0) -> Answer:
        """One command, a second after what was before."""
        self.clock.advance(after)
        return self.together(command)[0]

    def open(self, *names: str) -> None:
        for name in names:
            self.do(OpenAccount(name))

    def order(
        self, account: str, side: str, quantity: str, price: str | None = None, type: str | None = None, **more: object
    ) -> Answer:
        """A limit order when a price is given, else a market order."""
        return self.do(make(account, side, quantity, price, type, **more))

    def flow(
        self, side: str, quantity: str, price: str, tif: TimeInForce = TimeInForce.GTC, symbol: str = "BTC/USD"
    ) -> str:
        """An order of the flow; its id."""
        self._flow_orders += 1
        name = f"flow-{self._flow_orders}"
        self.step(Place(name, "", symbol, Side(side), Decimal(quantity), Decimal(price), tif))
        return name

    def step(self, *requests: Request) -> None:
        """One step of the feed."""
        _now(self.runner.work([Flow(FlowStep(list(requests)), _waiting())]))

    def withdraw(self, *names: str, symbol: str = "BTC/USD") -> None:
        self.step(*(Cancel(name, symbol) for name in names))

    def trade_at(self, price: str, quantity: str = "0.1", symbol: str = "BTC/USD") -> None:
        """A print at `price`: whatever rests there or better trades first, and nothing of the flow is left."""
        self.flow("sell", quantity, price, symbol=symbol)
        self.flow("buy", quantity, price, TimeInForce.IOC, symbol=symbol)

    def beat(self, seconds: float = 0.25) -> None:
        self.clock.advance(seconds)
        _now(self.runner.work([Beat()]))

    def arrive(self, seconds: float = 1.0) -> None:
        """Time passes, and what is underway arrives, and what comes of that."""
        self.clock.advance(seconds)
        if self.delayed is not None and self.delayed.is_due():
            _now(self.runner.work([Arrivals(self.delayed)]))

    def restart(self) -> None:
        """Stop between two turns, and start again on what was written."""
        self.start()

    # ------------------------------------------------------------ what can be seen

    def body(self, answer: Answer) -> dict[str, object]:
        found: dict[str, object] = orjson.loads(answer.body or b"{}")
        return found

    def marks(self) -> list[MarketRow]:
        return list(self.journal.rows.markets.values())


def make(
    account: str, side: str, quantity: str, price: str | None = None, type: str | None = None, **more: object
) -> CreateOrder:
    """The command for an order."""
    terms = OrderTerms(
        str(more.pop("symbol", "BTC/USD")),
        Side(side),
        OrderType(type or ("limit" if price else "market")),
        Decimal(quantity),
        Decimal(price) if price else None,
        **more,  # type: ignore[arg-type]
    )
    return CreateOrder(account, terms, repr(terms))


def _now(work: Coroutine[Any, Any, None]) -> None:
    """Have done what waits for nothing."""
    with suppress(StopIteration):
        work.send(None)
        raise AssertionError("it waits for something")


def _answer(outcome: Answer | Exception) -> Answer:
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


def _waiting() -> Any:
    """Somebody who waits for an answer: a future that needs no loop."""
    return Future()


def opened(settings: CoreSettings | None = None, *names: str) -> Rig:
    """An executor with empty books; ann alone has an account where no others are named."""
    rig = Rig(settings or CoreSettings(collar_pct=Decimal(0)))
    rig.open(*(names or ("ann",)))
    return rig


def holding(quantity: str = "1") -> Rig:
    """The same, and ann is long between two deep prices."""
    rig = opened()
    rig.flow("sell", "50", "100.0")
    rig.flow("buy", "50", "99.0")
    assert rig.order("ann", "buy", quantity).status == 201
    return rig
