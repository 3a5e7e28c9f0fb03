"""Every command of the API with random and hostile values, in every configuration: nothing stops, no cent is lost, no rule
is broken. `TRADETERM_SOAK` multiplies the steps; 50 makes it a million."""

import os
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal, localcontext
from fractions import Fraction
from random import Random
from typing import Any

import orjson
import pytest
import structlog

from server.domain.accounts import Account
from server.domain.commands import Command, PreviewOrder
from server.domain.markets import Market
from server.domain.risk import CoreSettings
from server.executor.recovery import LastCommit
from server.gateway.commands.bodies import BadRequest
from server.marketdata.synthetic import SyntheticFeed
from server.ports import Answer, FlowStep
from tests.builders import market
from tests.server.executor.fuzz import Sender
from tests.server.executor.rig import Rig
from tests.server.executor.slow_model import SlowModel
from tests.server.executor.whole_state import difference, durable_state, whole_state
from tradeterm.protocol.arithmetic import MONEY
from tradeterm.protocol.vocabulary import TimeInForce

pytestmark = pytest.mark.no_cover  # what decides is reached by tests that mean it, not by chance
USERS = ("ann", "bob", "cat")
SOAK = int(os.environ.get("TRADETERM_SOAK", "1"))
SEED = int(os.environ.get("TRADETERM_SEED", "1"))  # read here: a test finds none of these in its environment
STEPS = 2_000 * SOAK  # of each configuration
LOOK_EVERY = 10


@dataclass(frozen=True)
class Configuration:
    """One way to run the server."""

    name: str
    settings: dict[str, Any] = field(default_factory=dict)
    market: dict[str, Any] = field(default_factory=dict)
    latency: str | None = None
    refuses: float = 0.0
    synthetic: bool = False
    prices: tuple[int, int] = (180, 220)  # in halves


TINY = {"tick": Decimal("0.00000001"), "lot": Decimal("0.00000001"), "price_decimals": 8}
CONFIGURATIONS = (
    Configuration("none", {"collar_pct": Decimal(0), "liquidation": False, "enforce_minimums": False}),
    Configuration("liquidation", {"paper_cash": Decimal(150), "collar_pct": Decimal(0)}),
    Configuration("limits", {"limits": {"dayLossPct": Decimal(2), "orderNotionalPct": Decimal(100)}}),
    Configuration("cash", {"cash_account": True, "liquidation": False}),
    Configuration("base fees", {"base_fees": True, "collar_pct": Decimal(0)}),
    Configuration("cash and base fees", {"cash_account": True, "base_fees": True}),
    Configuration("latency", {"collar_pct": Decimal(0)}, latency="5-400"),
    Configuration("latency and rejects", {"paper_cash": Decimal(150)}, latency="20,100,300", refuses=0.2),
    Configuration("tiny ticks", {"collar_pct": Decimal(0)}, market=TINY),
    Configuration("synthetic", {"paper_cash": Decimal(1_000_000)}, synthetic=True, prices=(89_800, 90_200)),
)


class Fuzzer:
    """One configuration, its users and the flow, and the slow model beside them."""

    def __init__(self, configuration: Configuration, seed: int) -> None:
        self.configuration, self.chance = configuration, Random(f"{configuration.name} {seed}")
        self.trades = 0
        values: dict[str, Any] = {"paper_cash": Decimal(2_000), **configuration.settings}
        start = Decimal(sum(configuration.prices) // 4)
        terms: dict[str, Any] = {"lot": Decimal("0.1"), "start_price": start, **configuration.market}
        markets: list[Market] = [market(**terms), market("DOGE/USD", **terms)]
        self.rig = Rig(CoreSettings(**values), markets, configuration.latency, configuration.refuses)
        self.rig.open(*USERS)
        self.sender = Sender(self.chance, USERS, configuration.prices)
        self.model, self.taken = SlowModel(), 0
        self.ids: dict[str, list[str]] = defaultdict(list)
        self.answers: defaultdict[int, int] = defaultdict(int)
        self.steps = self._synthetic() if configuration.synthetic else None

    def _synthetic(self) -> Iterator[tuple[float, FlowStep]]:
        feed = SyntheticFeed(self.rig.markets, self.rig.paper, self.chance.randint(1, 10**6), {})
        return feed.steps()

    # ------------------------------------------------------------ what happens

    def step(self) -> None:
        draw = self.chance.random()
        if draw < 0.60:
            self.send()
        elif draw < 0.62:
            self.send_together()
        elif draw < 0.88:
            self.flow()
        elif draw < 0.98:
            self.pass_time()
        elif draw < 0.985:
            self.set_clock()
        elif draw < 0.9925:
            self.restart()
        else:
            self.go_back()
        self.rig.arrive(self.chance.choice((0.0, 0.01, 0.3)))
        self.catch_up()

    def commands(self, count: int) -> list[Command]:
        made: list[Command] = []
        for _ in range(count):
            try:
                made.append(self.sender.command(self.ids, self.rig.clock.now()))
            except BadRequest:
                self.answers[422] += 1
        return made

    def send(self) -> None:
        for command in self.commands(1):
            if isinstance(command, PreviewOrder):
                self.preview(command)
            else:
                self.heard(self.rig.do(command, self.chance.choice((0.0, 0.01, 1.0))))

    def preview(self, command: PreviewOrder) -> None:
        """Whatever is asked, and whatever the answer is: it changes nothing."""
        rig = self.rig
        before = whole_state(rig.core, rig.venue)
        with localcontext(MONEY):
            self.heard(rig.core.handle(command, rig.clock.now())())
        self.same(whole_state(rig.core, rig.venue), before)

    def send_together(self) -> None:
        """Some that are committed together."""
        for answer in self.rig.together(*self.commands(self.chance.randint(2, 6))):
            self.heard(answer)

    def heard(self, answer: Answer) -> None:
        assert answer.status < 500, answer
        self.answers[answer.status] += 1

    def flow(self) -> None:
        if self.steps is not None:
            for _ in range(10):
                _, step = next(self.steps)
                self.rig.step(*step.requests)
            return
        chance = self.chance
        tif = chance.choice((TimeInForce.GTC, TimeInForce.IOC))
        price = f"{chance.randint(*self.configuration.prices) / 2:g}"
        symbol = chance.choice(("BTC/USD", "DOGE/USD"))
        self.rig.flow(chance.choice(("buy", "sell")), f"{chance.randint(1, 60) / 10:g}", price, tif, symbol)

    def pass_time(self) -> None:
        self.rig.beat(self.chance.choice((0.25, 0.25, 0.25, 5, 600, 7 * 3600)))

    def set_clock(self) -> None:
        self.rig.clock.at += timedelta(seconds=self.chance.choice((-3600, -1, 1, 3600, 86400)))

    def restart(self) -> None:
        """Everything durable is there again."""
        before = durable_state(self.rig.core, self.rig.venue)
        self.rig.restart()
        after = durable_state(self.rig.core, self.rig.venue)
        if self.rig.delayed is not None:
            del before["queues"], after["queues"]  # what was on its way is sent anew
            for order in (*before["orders"].values(), *after["orders"].values()):
                del order["sent"]
        self.same(after, before)
        if self.steps is not None:
            self.steps = self._synthetic()

    def go_back(self) -> None:
        """With nothing to undo, the way back changes nothing: what is committed, and what memory kept, is all there is."""
        rig = self.rig
        before = whole_state(rig.core, rig.venue)
        with localcontext(MONEY):
            LastCommit(rig.core, rig.venue, rig.journal.load).go_back()
        self.same(whole_state(rig.core, rig.venue), before)

    def same(self, one: Any, other: Any) -> None:
        different = difference(one, other)
        assert different is None

    def catch_up(self) -> None:
        batches = self.rig.journal.batches
        for batch in batches[self.taken :]:
            self.model.take(batch)
            for row in batch.orders.values():
                if row.id not in self.ids[row.account][-40:]:
                    self.ids[row.account].append(row.id)
            for trade in batch.trades:
                self.check_trade(orjson.loads(trade.payload))
            for account in batch.accounts.values():
                self.check_cash(account.account, account.cash)
        batches.clear()
        self.taken = 0

    # ------------------------------------------------------------ what must hold

    def check_trade(self, trade: dict[str, Any]) -> None:
        self.trades += 1
        row = self.rig.journal.rows.orders[trade["orderId"]]
        order = orjson.loads(row.payload)
        assert not (order.get("reduceOnly") and trade["type"] == "entry"), "an order that only reduces opens nothing"

    def check_cash(self, name: str, cash: Decimal) -> None:
        if self.rig.settings.cash_account and name in USERS:
            assert cash >= 0, "a cash account borrows nothing"

    def check(self) -> None:
        ledger = self.rig.core.ledger
        accounts = ledger.accounts.values()
        with localcontext(MONEY):
            assert sum(one.cash for one in accounts) == sum(one.deposits for one in accounts), "Σ cash = Σ deposits"
            for symbol in self.rig.markets:
                assert sum(one.held(symbol) for one in accounts) == 0, "Σ position = 0"
                bid, ask = self.rig.venue.best_bid(symbol), self.rig.venue.best_ask(symbol)
                assert bid is None or ask is None or bid < ask, "the book is crossed"
            for name in USERS:
                self.check_account(ledger.accounts[name])

    def check_account(self, account: Account) -> None:
        book, ledger = self.model.books[account.name], self.rig.core.ledger
        margin = ledger.valuation.margin(account)
        pairs = [(account.cash, book.cash), (account.fees_paid, book.fees)]
        pairs += [(account.held(symbol), book.held[symbol]) for symbol in self.rig.markets]
        # The wire shows twelve places; finer ticks, and fees in what was bought, have more.
        is_exact = not (ledger.settings.base_fees or self.configuration.market)
        for exact, told in pairs:
            assert abs(Fraction(exact) - told) <= (0 if is_exact else Fraction(1, 10**6))
        assert margin.equity == account.deposits + account.realised + margin.unrealised - account.fees_paid
        assert account.orders.keys() == book.orders.keys()
        assert margin.reserved >= 0
        for symbol in self.rig.markets:
            self.check_exits(account, symbol)

    def check_exits(self, account: Account, symbol: str) -> None:
        if self.rig.delayed is not None:
            return  # trimmed on arrival
        for is_stop in (True, False):
            largest: dict[str, Decimal] = {}
            for order in account.exits.get(symbol, {}).values():
                if order.is_stop == is_stop:
                    key = order.oco_id or order.id
                    largest[key] = max(largest.get(key, Decimal(0)), order.leaves)
            assert sum(largest.values()) <= abs(account.held(symbol)), "exits never exceed the position"


@pytest.fixture(autouse=True)
def loud() -> Iterator[list[Any]]:
    """Whatever is logged as an error is one: a beat or a step of the flow that failed and was undone as well."""
    errors: list[Any] = []

    def note(logger: Any, method: str, entry: Any) -> Any:
        if method in ("error", "exception", "critical"):
            errors.append(entry)
        raise structlog.DropEvent

    before = structlog.get_config()
    structlog.configure(processors=[note], cache_logger_on_first_use=False)
    yield errors
    structlog.configure(**before)
    assert not errors


@pytest.mark.parametrize("configuration", CONFIGURATIONS, ids=lambda one: one.name.replace(" ", "_"))
def test_whatever_comes_nothing_stops_and_no_cent_is_lost(configuration: Configuration, loud: list[Any]) -> None:
    """No refusal but 4xx, no gap in a stream, no cent made or lost, all the same after restarts and ways back."""
    fuzzer = Fuzzer(configuration, SEED)
    for number in range(1, STEPS + 1):
        fuzzer.step()
        assert not loud
        if number % LOOK_EVERY == 0:
            fuzzer.check()
    assert min(fuzzer.answers[200], fuzzer.answers[201], fuzzer.answers[422]) > STEPS / 50, "it did something"
    assert fuzzer.trades > STEPS / 20, "and traded"
