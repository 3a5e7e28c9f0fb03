"""The one task that changes anything: drain the inbox, decide, commit, and only then tell anybody."""

import asyncio
from collections.abc import Callable, Iterable
from datetime import datetime
from decimal import localcontext
from functools import partial

import structlog

from server.domain.accounts import Account
from server.domain.commands import Command
from server.executor.backlog import is_put_off
from server.executor.commits import Commits
from server.executor.core import Core
from server.executor.durable_view import DurableView
from server.executor.inbox import Inbox
from server.executor.items import Arrivals, Arriving, Beat, Expiries, Flow, Item, Waiting
from server.executor.recovery import LastCommit
from server.executor.state import payloads
from server.executor.state.setbacks import Setbacks
from server.ports import (
    Answer,
    Batch,
    BatchRefused,
    Bus,
    Clock,
    DatabaseAway,
    FlowStep,
    MarketRow,
    MarketSink,
    OutcomeUnknown,
    PrintReport,
    Stopping,
    TablesBehind,
    Told,
    Venue,
)
from tradeterm.protocol.arithmetic import MONEY
from tradeterm.protocol.times import time_text
from tradeterm.protocol.vocabulary import EventName

log = structlog.get_logger(__name__)

KEEP_MARKETS_S = 1.0
# A commit takes milliseconds. After so long nothing new is taken in; after so long again nobody is left waiting.
AWAY_AFTER_S = 1.0
ANSWER_WITHIN_S = 5.0
STOP_WITHIN_S = 10.0


class Runner:
    """The executor: ports.Orders for who commands. Who looks has the view."""

    def __init__(
        self,
        core: Core,
        venue: Venue,
        commits: Commits,
        bus: Bus,
        sink: MarketSink,
        clock: Clock,
        view: DurableView,
        market_state: Callable[[str], bytes] = lambda symbol: b"",
        overdue: Callable[[], str | None] = lambda: None,
    ) -> None:
        """`market_state(symbol)` is written with the marks, for the flow to go on from. `overdue()` says in a sentence
        that the tables are too far behind the journal for new orders."""
        self._core, self._venue, self._commits = core, venue, commits
        self._bus, self._sink, self._clock = bus, sink, clock
        self._view = view
        self._committing_since: float | None = None
        self._undecided: list[Item] = []  # whose commands are in the commit that is under way
        self._put_off: list[Waiting] = []  # what waits for the database to be asked again
        self._inbox = Inbox()
        self._arriving: set[Arriving] = set()  # whose arrivals stand in the inbox
        self._stopping = False
        self._marks_moved: set[str] = set()  # symbols whose mark moved since profit was last told
        self._unkept: set[str] = set()  # symbols whose mark moved since it was written
        self._keep_markets_at = 0.0
        self._market_state, self._overdue = market_state, overdue
        self._last_commit = LastCommit(core, venue, commits.load)
        self._quiet = Setbacks()  # what was logged a moment ago

    # ------------------------------------------------------------ the inbox

    def submit(self, command: Command) -> "asyncio.Future[Answer]":
        """Queue a command. Raises Busy when the inbox is full, DatabaseAway while a commit takes too long or the tables are
        too far behind, Stopping after `stop`."""
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self.offer(command, partial(_settle, answer))
        return answer

    def offer(self, command: Command, told: Told) -> None:
        """The same for who is called back, within the turn that carried it out."""
        if self._stopping:
            raise Stopping
        if self._committing_since is not None and self.is_away:
            raise DatabaseAway
        overdue = self._overdue()
        if overdue is not None and is_put_off(self._core.ledger, command):
            raise TablesBehind(overdue)
        self._inbox.offer(Waiting(command, told))

    async def flow(self, step: FlowStep) -> None:
        """Have done what the flow did: when this returns, it is done. So the next step sees the book as it is, and a feed
        that has no pace of its own keeps one step in the inbox, not all of it: users wait for no more than that."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._inbox.put(Flow(step, done))
        await done

    def arrive(self, source: Arriving) -> None:
        """Queue what a venue that is some way off has said by then. It is drawn when its turn is: one that waits is
        enough, however long a commit takes."""
        if source not in self._arriving:
            self._arriving.add(source)
            self._inbox.put(Arrivals(source))

    def beat(self) -> None:
        """Have the core look at the clock; called a few times a second."""
        if self._committing_for() < ANSWER_WITHIN_S:
            self._inbox.put(Beat())
        else:
            self._turn_away(DatabaseAway())

    async def stop(self) -> bool:
        """Refuse new work and wait until what was accepted is done; False when the database lets that take too long."""
        self._stopping = True
        try:
            async with asyncio.timeout(STOP_WITHIN_S):
                await self._inbox.finished()
        except TimeoutError:
            return False
        return True

    def abandon(self) -> None:
        """Nothing more will be decided: leave nobody waiting."""
        self._stopping = True
        self._turn_away(Stopping())

    # ------------------------------------------------------------ a commit that takes long

    @property
    def is_away(self) -> bool:
        """Whether the database has not answered for so long that nothing new is taken in."""
        return self._committing_for() >= AWAY_AFTER_S

    def _committing_for(self) -> float:
        since = self._committing_since
        return 0.0 if since is None else self._clock.monotonic() - since

    def _turn_away(self, error: Exception) -> None:
        """Those whose commands are in the commit cannot be told what comes of them, those in the inbox that nothing has."""
        _refuse(self._undecided, OutcomeUnknown())
        _refuse(self._put_off, error)
        items = self._inbox.emptied()
        _refuse(items, error)
        for item in items:
            if not isinstance(item, Waiting):
                self._inbox.put(item)

    # ------------------------------------------------------------ the task

    async def run(self) -> None:
        """Work until cancelled. Raises JournalFailure: nothing of that batch was told, and the server must stop."""
        while True:
            items = await self._inbox.drain()
            self._arriving.clear()
            try:
                await self.work(items)
            finally:
                # Whatever happened, nobody may be left waiting, and nothing may be taken for done.
                _refuse(items, Stopping())
                for item in items:
                    if isinstance(item, Flow):
                        item.free()
                self._inbox.done()
            await self._inbox.gather(len(items))
            if len(self._inbox):
                await asyncio.sleep(0)  # more than one turn takes: everybody else has theirs in between

    async def work(self, items: list[Item]) -> None:
        """Carry out what stood in the inbox. Raises JournalFailure."""
        is_due = self._core.watch.is_due(self._clock.now())
        await self._turn([Expiries(), *items] if is_due else items)
        if any(isinstance(item, Beat) for item in items):
            self._tell_marks()
        if self._view.is_awaited:
            await asyncio.sleep(0)  # they look before the next turn moves anything

    async def _turn(self, items: list[Item]) -> None:
        """Carry out and commit together. What fails is undone whole, and then tried piece by piece: only what fails by
        itself is left out."""
        now = self._clock.now()
        try:
            with localcontext(MONEY):
                decided = self._decide(items, now)
                batch, prints = self._batch()
        except Exception as error:
            await self._undo(items, now, error)
            return
        try:
            await self._commit(batch, prints, now, decided)
        except BatchRefused as error:
            await self._undo(items, now, error)
            return
        if len(decided) < len(items):
            await self._try_again([item for item in _commands(items) if not item.is_told])

    async def _try_again(self, put_off: list[Waiting]) -> None:
        """Commands that could not be looked at, once the database is back; those of them that still wait."""
        await self._renew(put_off)
        await self._turn([item for item in put_off if not item.is_told])

    def _decide(self, items: list[Item], now: datetime) -> list[Item]:
        """Carry out what came in, in memory: those that are, and not the commands that could not be looked at, because the
        database was asked and did not answer."""
        decided = []
        self._core.tick(self._clock.monotonic())
        for item in items:
            try:
                item.take(self._core, self._venue, now)
                decided.append(item)
            except DatabaseAway:
                if not isinstance(item, Waiting):
                    raise
        self._core.settle()
        for item in decided:
            item.settle()
        return decided

    async def _renew(self, waiting: list[Waiting]) -> None:
        """Get the database back for commands that it had to be asked about; nothing of them is done yet."""
        self._put_off, self._committing_since = waiting, self._clock.monotonic()
        try:
            await self._commits.renew()
        except BaseException:
            _refuse(waiting, DatabaseAway())
            raise
        self._put_off, self._committing_since = [], None

    # ------------------------------------------------------------ what failed

    async def _undo(self, items: list[Item], now: datetime, error: Exception) -> None:
        await self._go_back(_commands(items))
        with localcontext(MONEY):
            pieces = items if len(items) > 1 else items[0].pieces(self._core, now)
        if not pieces:
            self._failed(items[0], error)
        for piece in pieces:
            await self._turn([piece])

    async def _go_back(self, waiting: list[Waiting]) -> None:
        self._view.leaves_rest()
        while True:
            try:
                with localcontext(MONEY):
                    self._last_commit.go_back()
            except DatabaseAway:
                await self._renew(waiting)
            else:
                self._view.comes_to_rest()
                return

    def _failed(self, item: Item, error: Exception) -> None:
        error_id, name, seconds = self._core.ledger.ids.new(), item.name, self._clock.monotonic()
        again_in_s = item.fail(self._core, error_id)
        if isinstance(item, Waiting) or not self._quiet.holds(name, seconds):
            log.error("failed and undone", what=name, error_id=error_id, again_in_s=again_in_s, exc_info=error)
            self._quiet.add(name, seconds)

    # ------------------------------------------------------------ what is committed

    def _batch(self) -> tuple[Batch, list[PrintReport]]:
        """What is to be made durable. Marks go with whatever is committed, so that a restart values positions as they were
        last told; a market in which only the flow trades is written down now and then."""
        batch, prints = self._core.take_batch()
        moved = self._unkept | {one.symbol for one in prints}
        is_due = self._clock.monotonic() >= self._keep_markets_at
        if moved and (is_due or not batch.is_empty()):
            for symbol in moved:
                batch.markets[symbol] = MarketRow(symbol, self._core.ledger.last[symbol], self._market_state(symbol))
        return batch, prints

    async def _commit(self, batch: Batch, prints: list[PrintReport], now: datetime, decided: list[Item]) -> None:
        """Make what was decided durable, and only then tell it: first whoever waits for it, then whoever watches their
        account, and the market's watchers last. Raises BatchRefused: nothing of it is."""
        if not batch.is_empty():
            await self._make_durable(batch, decided)
        for item in decided:
            item.tell()
        self._bus.publish(batch.events)
        self._last_commit.keep()
        self._note_marks(batch, prints)
        self._show(prints, now)

    def _note_marks(self, batch: Batch, prints: list[PrintReport]) -> None:
        """Which marks moved, and which of those are written down."""
        moved = {one.symbol for one in prints}
        self._marks_moved |= moved
        self._unkept |= moved
        if batch.markets:
            self._unkept.clear()
            self._keep_markets_at = self._clock.monotonic() + KEEP_MARKETS_S

    async def _make_durable(self, batch: Batch, decided: list[Item]) -> None:
        self._undecided, self._committing_since = decided, self._clock.monotonic()
        self._view.leaves_rest()
        try:
            await self._commits.commit(batch, is_lone=len(decided) < 2 and not len(self._inbox))
        except BatchRefused:
            self._undecided, self._committing_since = [], None
            raise
        except BaseException:
            _refuse(decided, OutcomeUnknown())
            raise
        self._undecided, self._committing_since = [], None
        self._view.comes_to_rest(batch.accounts.values())

    def _show(self, prints: list[PrintReport], now: datetime) -> None:
        """It is durable: whoever cannot be shown what was traded changes nothing about that."""
        try:
            touched = self._venue.take_touched()
            if prints or touched:
                self._sink.observe(prints, touched, now)
        except Exception:
            log.exception("what was traded could not be told to everybody")

    def _tell_marks(self) -> None:
        """Tell profit that moved with the price, to those who look: not journaled, worthless when late."""
        moved, self._marks_moved = self._marks_moved, set()
        try:
            with localcontext(MONEY):
                self._tell_profit(moved)
        except Exception:
            if not self._quiet.holds("marks", self._clock.monotonic()):
                log.exception("profit that moved with the price could not be told")
                self._quiet.add("marks", self._clock.monotonic())

    def _tell_profit(self, moved: set[str]) -> None:
        ledger, accounts = self._core.ledger, {}
        for symbol in moved:
            for account in ledger.holders.get(symbol, {}).values():
                if self._bus.hears(account.name):
                    accounts[account.name] = account
                    value = ledger.position_bytes(account, account.positions[symbol])
                    self._tell(account, EventName.POSITION_UPDATED, payloads.POSITION, value)
        for account in accounts.values():
            self._tell(account, EventName.ACCOUNT_UPDATED, payloads.ACCOUNT, ledger.figures(account)[1])

    def _tell(self, account: Account, event: EventName, head: bytes, value: bytes) -> None:
        end = payloads.event_end(time_text(self._clock.now()))
        self._bus.tell(account.name, event, head + value + end, account.seq)


def _commands(items: Iterable[Item]) -> list[Waiting]:
    return [item for item in items if isinstance(item, Waiting)]


def _refuse(items: Iterable[Item], error: Exception) -> None:
    for item in items:
        if isinstance(item, Waiting):
            item.refuse(error)


def _settle(answer: "asyncio.Future[Answer]", outcome: Answer | Exception) -> None:
    if answer.done():
        return
    if isinstance(outcome, Answer):
        answer.set_result(outcome)
    else:
        answer.set_exception(outcome)
