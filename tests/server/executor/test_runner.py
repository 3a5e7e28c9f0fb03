"""The one task that changes anything: what is told when, and what becomes of those who wait while a commit takes long."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from decimal import Decimal

import pytest
from structlog.testing import capture_logs

from server.bus.local import LocalBus
from server.domain.commands import CancelAll, Command, OpenAccount
from server.executor import runner as module
from server.executor import turn
from server.executor.core import Core
from server.executor.runner import Runner
from server.executor.state.ledger import Reply
from server.ports import (
    Answer,
    Batch,
    DatabaseAway,
    EventRow,
    FlowStep,
    JournalFailure,
    OpenState,
    OrderRow,
    OutcomeUnknown,
    Place,
    PrintReport,
    Report,
    Request,
    Stopping,
    TablesBehind,
)
from tests.eventually import in_time, turns
from tests.server.executor.rig import AtOnce, Rig, Unseen, make
from tradeterm.protocol.vocabulary import EventName, Side, TimeInForce


class HeldCommits(AtOnce):
    """Commits that wait for the test, and can fail."""

    def __init__(self, rig: Rig) -> None:
        super().__init__(rig.journal, rig.clock)
        self.may = asyncio.Event()
        self.may.set()
        self.under_way = self.renewed = 0
        self.lone: list[bool] = []
        self.failure: Exception | None = None
        self.on_renewed: Callable[[], None] = lambda: None

    async def commit(self, batch: Batch, *, is_lone: bool) -> None:
        self.lone.append(is_lone)
        self.under_way += 1
        await self.may.wait()
        if self.failure is not None:
            raise self.failure
        await super().commit(batch, is_lone=is_lone)
        self.under_way -= 1

    async def renew(self) -> None:
        if self.failure is not None:
            raise self.failure
        self.renewed += 1
        self.on_renewed()


class Ear:
    """A listener on the bus that looks at whoever is named, and can be broken."""

    def __init__(self) -> None:
        self.heard: list[EventRow] = []
        self.told: list[tuple[str, EventName]] = []
        self.is_broken = False
        self.on_heard: Callable[[], None] = lambda: None

    def deliver(self, events: Sequence[EventRow]) -> None:
        if self.is_broken:
            raise RuntimeError("broken")
        self.heard += events
        self.on_heard()

    def tell(self, account: str, event: EventName, data: bytes, as_of: int) -> None:
        self.told.append((account, event))

    def hears(self, account: str) -> bool:
        return account == "ann"


class Market(Unseen):
    """Whoever watches the markets."""

    def __init__(self) -> None:
        self.on_seen: Callable[[], None] = lambda: None

    def observe(self, prints: Iterable[PrintReport], touched: Iterable[str], at: datetime) -> None:
        self.on_seen()


class Running:
    """A runner at work in the test's loop, with the accounts of ann and bob."""

    def __init__(self) -> None:
        self.rig = rig = Rig()
        self.commits, self.ear, self.market = HeldCommits(rig), Ear(), Market()
        self.behind: str | None = None
        self.away = False  # the database answers no question
        self.commits.on_renewed = lambda: setattr(self, "away", False)
        rig.core.ledger.find_order = self._find_order
        self.runner = Runner(
            *(rig.core, rig.venue, self.commits, LocalBus(self.ear), self.market, rig.clock, rig.view),
            overdue=lambda: self.behind,
        )
        self.task = asyncio.create_task(self.runner.run())

    def _find_order(self, account: str, client_order_id: str) -> OrderRow | None:
        if self.away:
            raise DatabaseAway
        return self.rig.journal.find_order(account, client_order_id)

    async def do(self, command: Command) -> Answer:
        self.rig.clock.advance(1)
        return await self.runner.submit(command)

    async def held(self, command: Command) -> "asyncio.Future[Answer]":
        """A command whose commit has begun and waits."""
        self.commits.may.clear()
        answer = self.runner.submit(command)
        await in_time(lambda: self.commits.under_way)
        return answer


@pytest.fixture
async def running() -> AsyncIterator[Running]:
    found = Running()
    for name in ("ann", "bob"):
        await found.do(OpenAccount(name))
    found.ear.heard.clear()
    yield found
    found.task.cancel()
    with suppress(asyncio.CancelledError, JournalFailure):
        await found.task


def buy(account: str = "ann", quantity: str = "1", price: str = "90.0") -> Command:
    return make(account, "buy", quantity, price)


# ---------------------------------------------------------------- first durable, then told


async def test_nobody_hears_of_what_is_not_durable(running: Running) -> None:
    """Neither its sender, nor a subscriber, nor who asks how far the account is."""
    head = running.rig.view.head("ann")
    answer = await running.held(buy())
    await asyncio.sleep(0)
    assert not answer.done()
    assert running.ear.heard == []
    assert (running.rig.view.head("ann"), running.rig.view.is_settled) == (head, False)
    running.commits.may.set()
    assert (await answer).status == 201
    assert [one.seq for one in running.ear.heard] == [*range(head + 1, running.rig.view.head("ann") + 1)]


async def test_who_waits_is_told_first_then_who_watches_and_the_market_last(running: Running) -> None:
    """What follows of a commit for the server itself comes after them all."""
    told: list[str] = []
    running.ear.on_heard = lambda: told.append("watcher")
    running.market.on_seen = lambda: told.append("market")
    running.runner.offer(buy(), lambda answer: told.append("sender"))
    await in_time(lambda: "market" in told)
    assert told == ["sender", "watcher", "market"]


async def test_commit_is_lone_where_no_other_command_waits(running: Running) -> None:
    """Neither beside it nor after it."""
    running.commits.lone.clear()
    await running.do(buy())
    await asyncio.gather(running.runner.submit(buy()), running.runner.submit(buy("bob")))
    first = await running.held(buy())
    others = [running.runner.submit(buy(name)) for name in ("ann", "bob")]
    running.commits.may.set()
    await asyncio.gather(first, *others)
    assert running.commits.lone == [True, False, True, False]
    assert running.rig.view.is_settled


async def test_commands_that_wait_together_are_one_commit(running: Running) -> None:
    """What came while a commit was under way is the next one, whoever sent it."""
    first = await running.held(buy())
    before = len(running.rig.journal.batches)
    others = [running.runner.submit(buy(name)) for name in ("ann", "bob", "ann")]
    running.commits.may.set()
    assert [one.status for one in await asyncio.gather(first, *others)] == [201] * 4
    assert len(running.rig.journal.batches) == before + 2


async def test_a_reader_waits_until_memory_is_what_the_journal_says(running: Running) -> None:
    """Between decision and commit memory is ahead; who looks then would see what may never have been."""
    answer = await running.held(buy())
    looking = asyncio.create_task(running.rig.view.settled())
    await asyncio.sleep(0)
    assert not looking.done()
    running.commits.may.set()
    await asyncio.gather(answer, looking)


async def test_who_cannot_be_shown_what_was_traded_stops_nobody(running: Running) -> None:
    """The order is durable and answered, and so is the next."""

    def broken() -> None:
        raise RuntimeError("broken")

    running.market.on_seen = broken
    with capture_logs() as logs:
        assert [(await running.do(buy())).status for _ in range(2)] == [201, 201]
    assert {one["event"] for one in logs} == {"what was traded could not be told to everybody"}


async def test_a_listener_that_breaks_stops_nobody(running: Running) -> None:
    """The order is durable and answered, and so is the next."""
    running.ear.is_broken = True
    assert (await running.do(buy())).status == 201
    running.ear.is_broken = False
    assert (await running.do(buy())).status == 201
    assert running.ear.heard


async def test_profit_that_moved_is_told_to_those_who_look(running: Running) -> None:
    """On the beat after the price moved; bob, whom nobody looks at, is not even computed."""
    await running.runner.flow(FlowStep([_flow(Side.SELL, "2", "100.0")]))
    for name in ("ann", "bob"):
        assert (await running.do(make(name, "buy", "1"))).status == 201
    running.ear.told.clear()
    running.runner.beat()
    await in_time(lambda: len(running.ear.told) >= 2)
    assert running.ear.told == [("ann", EventName.POSITION_UPDATED), ("ann", EventName.ACCOUNT_UPDATED)]


async def test_who_cannot_be_told_of_a_price_changes_nothing(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a sink that breaks, nor profit that cannot be told: it is logged, and the next order is taken."""

    def broken(*_: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(Unseen, "observe", broken)
    monkeypatch.setattr(running.ear, "hears", broken)
    offers: list[Request] = [_flow(Side.SELL, "1", price) for price in ("100.0", "101.0", "102.0")]
    await running.runner.flow(FlowStep(offers))  # each trade moves the price
    with capture_logs() as said:
        for _ in range(2):
            assert (await running.runner.submit(make("ann", "buy", "1"))).status == 201
            running.runner.beat()
            await turns()
        assert (await running.runner.submit(buy())).status == 201
    assert [one["event"] for one in said].count("profit that moved with the price could not be told") == 1


async def test_an_answer_that_nobody_can_take_stops_nobody(running: Running) -> None:
    """Who is called back may break; the order is made, and the next one is answered."""

    def broken(outcome: Answer | Exception) -> None:
        raise RuntimeError("broken")

    running.runner.offer(buy(), broken)
    assert (await running.do(buy("bob"))).status == 201
    assert len(running.rig.core.ledger.accounts["ann"].orders) == 1


async def test_what_fails_again_and_again_fills_no_log(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """A feed may send the same nonsense ten times a second."""

    def broken(*_: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(type(running.rig.paper), "execute", broken)
    with capture_logs() as said:
        for _ in range(3):
            await running.runner.flow(FlowStep([_flow(Side.SELL, "1", "100.0")]))
    assert [one["event"] for one in said].count("failed and undone") == 1


# ---------------------------------------------------------------- a commit that takes long


async def test_what_fails_while_the_database_is_away_is_undone_when_it_is_back(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The way back reads the journal: it waits for it, and nothing else is decided meanwhile."""
    load, handle = running.rig.journal.load, Core.handle

    def loaded() -> OpenState:
        if running.away:
            raise DatabaseAway
        return load()

    def breaks(core: Core, command: Command, now: datetime) -> Reply:
        if isinstance(command, CancelAll):
            running.away = True
            raise RuntimeError("broken")
        return handle(core, command, now)

    monkeypatch.setattr(running.rig.journal, "load", loaded)
    monkeypatch.setattr(Core, "handle", breaks)
    answers = [running.runner.submit(one) for one in (buy("bob"), CancelAll("ann"))]
    assert [one.status for one in await asyncio.gather(*answers)] == [201, 500]
    assert running.commits.renewed == 2, "once for both together, once for the one that fails alone"


async def test_a_beat_that_has_to_ask_a_database_that_is_away_costs_nobody_else(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It comes again by itself."""
    asked = []

    def asks(*_: object) -> None:
        asked.append(1)
        raise DatabaseAway

    monkeypatch.setattr(turn, "take_beat", asks)
    running.runner.beat()
    assert (await running.do(buy())).status == 201
    assert asked


async def test_a_command_that_the_database_had_to_be_asked_about_waits_for_it(running: Running) -> None:
    """An id that memory does not know is looked up; while nobody answers that one waits, and those beside it do not."""
    running.away = True
    unknown = make("ann", "buy", "1", "90.0", client_order_id="from-before")
    answers = [running.runner.submit(one) for one in (buy("bob"), unknown)]
    assert [one.status for one in await asyncio.gather(*answers)] == [201, 201]
    assert running.commits.renewed == 1


async def test_one_that_has_to_be_asked_about_is_refused_when_the_database_stays_away(running: Running) -> None:
    """Nothing was done of it; the server stops."""
    running.away = True
    running.commits.failure = JournalFailure("it did not come back")
    answer = running.runner.submit(make("ann", "buy", "1", "90.0", client_order_id="from-before"))
    with pytest.raises(DatabaseAway):
        await answer
    with pytest.raises(JournalFailure):
        await running.task


async def test_nothing_new_is_taken_in_while_a_commit_takes_too_long(running: Running) -> None:
    """A second: from then on a sender is better off asking again than waiting."""
    answer = await running.held(buy())
    running.rig.clock.advance(module.AWAY_AFTER_S - 0.1)
    waiting = running.runner.submit(buy("bob"))
    running.rig.clock.advance(0.1)
    assert running.runner.is_away
    with pytest.raises(DatabaseAway):
        running.runner.submit(buy("bob"))
    running.commits.may.set()
    assert [one.status for one in await asyncio.gather(answer, waiting)] == [201, 201]


async def test_nobody_is_left_waiting_for_a_database_that_stays_away(running: Running) -> None:
    """Whose command is in the commit cannot know what comes of it; of those behind it nothing was done."""
    answer = await running.held(buy())
    waiting = running.runner.submit(buy("bob"))
    step = asyncio.create_task(running.runner.flow(FlowStep([_flow(Side.SELL, "1", "100.0")])))
    await asyncio.sleep(0)
    running.rig.clock.advance(module.ANSWER_WITHIN_S)
    running.runner.beat()
    with pytest.raises(OutcomeUnknown):
        await answer
    with pytest.raises(DatabaseAway):
        await waiting
    assert not step.done(), "the market's own step is not lost"
    running.commits.may.set()
    await step
    assert running.rig.venue.best_ask("BTC/USD") == Decimal("100.0")


async def test_a_journal_that_fails_ends_the_task_with_nothing_told(running: Running) -> None:
    """Its sender is told that nobody knows, the flow is let go, and no listener heard of it."""
    answer = await running.held(buy())
    step = asyncio.create_task(running.runner.flow(FlowStep([])))
    running.commits.failure = JournalFailure("the disk is full")
    running.commits.may.set()
    with pytest.raises(OutcomeUnknown):
        await answer
    with pytest.raises(JournalFailure, match="the disk is full"):
        await running.task
    assert running.ear.heard == []
    running.runner.abandon()
    step.cancel()


# ---------------------------------------------------------------- who is refused


async def test_new_orders_are_refused_while_the_tables_are_too_far_behind(running: Running) -> None:
    """With the sentence why; what takes orders out goes on."""
    assert (await running.do(buy())).status == 201
    running.behind = "the tables are 300.0 MB behind the journal"
    with pytest.raises(TablesBehind, match=r"300\.0 MB"):
        running.runner.submit(buy())
    assert (await running.do(CancelAll("ann", None, include_exits=True))).status == 200
    running.behind = None
    assert (await running.do(buy())).status == 201


async def test_a_stop_finishes_what_was_accepted_and_refuses_the_rest(running: Running) -> None:
    """Who was taken in is answered before it is over."""
    answer = await running.held(buy())
    stopping = asyncio.create_task(running.runner.stop())
    await asyncio.sleep(0)
    with pytest.raises(Stopping):
        running.runner.submit(buy())
    running.commits.may.set()
    assert await stopping is True
    assert answer.done()
    assert (await answer).status == 201


async def test_a_stop_does_not_wait_for_ever(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that is away is given a bound; then whoever waits is told, and the rest is abandoned."""
    monkeypatch.setattr(module, "STOP_WITHIN_S", 0.01)
    answer = await running.held(buy())
    waiting = running.runner.submit(buy("bob"))
    assert await running.runner.stop() is False
    running.runner.abandon()
    with pytest.raises(OutcomeUnknown):
        await answer
    with pytest.raises(Stopping):
        await waiting


async def test_who_gave_up_waiting_is_no_trouble(running: Running) -> None:
    """A connection that closed: its order is made all the same."""
    answer = await running.held(buy())
    answer.cancel()
    running.commits.may.set()
    assert (await running.runner.submit(buy("bob"))).status == 201
    assert len(running.rig.core.ledger.accounts["ann"].orders) == 1


# ---------------------------------------------------------------- what comes by itself


async def test_a_feed_goes_on_when_its_step_is_done(running: Running) -> None:
    """So that one that has no pace of its own keeps one step in the inbox."""
    running.commits.may.clear()
    await running.runner.flow(FlowStep([_flow(Side.SELL, "1", "100.0")]))
    assert running.rig.venue.best_ask("BTC/USD") == Decimal("100.0")


async def test_a_venue_that_has_something_to_say_waits_once(running: Running) -> None:
    """However often it knocks while a commit takes long, it is drawn once, when its turn is."""
    source = FarVenue()
    answer = await running.held(buy())
    for _ in range(5):
        running.runner.arrive(source)
    running.commits.may.set()
    await answer
    await in_time(lambda: source.drawn)
    assert (await running.do(buy())).status == 201
    assert source.drawn == 1
    running.runner.arrive(source)
    await in_time(lambda: source.drawn == 2)


class FarVenue:
    """Some way off, with nothing in particular to say."""

    def __init__(self) -> None:
        self.drawn = 0

    def arrived(self) -> Iterator[Report]:
        self.drawn += 1
        return iter(())

    first_arrived = arrived

    def due(self) -> int:
        return 0

    def put_off(self, seconds: float) -> None: ...


def _flow(side: Side, quantity: str, price: str) -> Place:
    return Place(f"flow-{side}-{price}", "", "BTC/USD", side, Decimal(quantity), Decimal(price), TimeInForce.GTC)
