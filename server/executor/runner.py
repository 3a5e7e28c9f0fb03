"""The one task that changes anything: drain the inbox, decide, commit, and only then tell anybody."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import localcontext

import structlog

from server.domain.accounts import SERVICE_ACCOUNTS, Account
from server.domain.commands import Command
from server.domain.markets import Market
from server.executor import turn
from server.executor.core import Core
from server.executor.state import payloads
from server.executor.state.ledger import Reply
from server.ports import (
    Answer,
    Batch,
    Bus,
    Busy,
    Clock,
    FlowStep,
    Journal,
    JournalFailure,
    MarketRow,
    MarketSink,
    Report,
    Stopping,
    Venue,
)
from tradeterm.protocol.arithmetic import MONEY
from tradeterm.protocol.times import time_text
from tradeterm.protocol.vocabulary import EventName

log = structlog.get_logger(__name__)

INBOX_SIZE = 10_000
TURN_SIZE = 500
KEEP_MARKETS_S = 1.0


@dataclass(slots=True)
class Waiting:
    """A command in the inbox, and who waits for its answer."""

    command: Command
    answer: asyncio.Future[Answer]


class Beat:
    """Time has passed: what it alone brings about is looked at."""


@dataclass(slots=True)
class Arrivals:
    """Reports of a venue that is some way off have come; `reports` is drawn when their turn is."""

    reports: Iterator[Report]


@dataclass(slots=True)
class Flow:
    """A step of the feed, and the feed that waits for it to be carried out."""

    step: FlowStep
    done: asyncio.Future[None]


Item = Waiting | Flow | Beat | Arrivals


class Runner:
    """The executor: ports.Orders for who commands, ports.View for who looks."""

    def __init__(
        self, core: Core, venue: Venue, journal: Journal, bus: Bus, sink: MarketSink, clock: Clock, epoch: str
    ) -> None:
        self._core, self._venue, self._journal = core, venue, journal
        self._bus, self._sink, self._clock = bus, sink, clock
        self._epoch = epoch
        self._inbox: asyncio.Queue[Item] = asyncio.Queue(INBOX_SIZE)
        self._stopping = False
        self._marks_moved: set[str] = set()  # symbols whose mark moved since profit was last told
        self._unkept: set[str] = set()  # symbols whose mark moved since it was written
        self._keep_markets_at = 0.0
        self._market_state: Callable[[], Mapping[str, bytes]] = dict

    # ------------------------------------------------------------ the inbox

    @property
    def backlog(self) -> int:
        """How many items wait in the inbox."""
        return self._inbox.qsize()

    def submit(self, command: Command) -> "asyncio.Future[Answer]":
        """Queue a command. Raises Busy when the inbox is full, Stopping after `stop`."""
        if self._stopping:
            raise Stopping
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        try:
            self._inbox.put_nowait(Waiting(command, answer))
        except asyncio.QueueFull:
            raise Busy from None
        return answer

    async def flow(self, step: FlowStep) -> None:
        """Have done what the flow did: when this returns, it is done. So the next step sees the book as it is, and a feed
        that has no pace of its own keeps one step in the inbox, not all of it: users wait for no more than that."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        await self._inbox.put(Flow(step, done))
        await done

    async def arrive(self, reports: Iterator[Report]) -> None:
        """Queue what a venue that is some way off has said."""
        await self._inbox.put(Arrivals(reports))

    async def beat(self) -> None:
        """Have the core look at the clock; called a few times a second."""
        await self._inbox.put(Beat())

    def keep_with_market(self, state: Callable[[], Mapping[str, bytes]]) -> None:
        """Have `state()` (by symbol) written with the marks, for the flow to go on from."""
        self._market_state = state

    async def stop(self) -> None:
        """Refuse new work and wait until what was accepted is done."""
        self._stopping = True
        await self._inbox.join()

    # ------------------------------------------------------------ the task

    async def run(self) -> None:
        """Work until cancelled. Raises JournalFailure: nothing of that batch was told, and the server must stop."""
        while True:
            items = [await self._inbox.get()]
            while len(items) < TURN_SIZE and not self._inbox.empty():
                items.append(self._inbox.get_nowait())
            try:
                self._turn(items)
            finally:
                for item in items:
                    if isinstance(item, Flow) and not item.done.done():
                        item.done.set_result(None)
                    self._inbox.task_done()

    def _turn(self, items: list[Item]) -> None:
        now = self._clock.now()
        waiting: list[tuple[asyncio.Future[Answer], Reply]] = []
        try:
            with localcontext(MONEY):
                for item in items:
                    if isinstance(item, Waiting):
                        waiting.append((item.answer, turn.take_command(self._core, self._venue, item.command, now)))
                    elif isinstance(item, Flow):
                        turn.take_flow(self._core, self._venue, item.step.requests, now)
                    elif isinstance(item, Arrivals):
                        turn.take_arrivals(self._core, self._venue, item.reports, now)
                    else:
                        turn.take_beat(self._core, self._venue, now)
                self._core.settle()
                answers = [(future, reply()) for future, reply in waiting]
                self._commit(now)
        except BaseException as error:
            # Whatever happened, nobody may be left waiting, and nothing may be taken for done.
            for item in items:
                if isinstance(item, Waiting) and not item.answer.done():
                    item.answer.set_exception(Stopping() if isinstance(error, JournalFailure) else error)
            raise
        for future, answer in answers:
            if not future.done():
                future.set_result(answer)
        if any(isinstance(item, Beat) for item in items):
            self._tell_marks()

    def _commit(self, now: datetime) -> None:
        batch, prints = self._core.take_batch()
        for one in prints:
            self._unkept.add(one.symbol)
            self._marks_moved.add(one.symbol)
        due = self._clock.monotonic() >= self._keep_markets_at
        if self._unkept and (due or not batch.is_empty()):
            self._add_markets(batch)
        if not batch.is_empty():
            self._journal.commit(batch)
        self._bus.publish(batch.events)
        touched = self._venue.take_touched()
        if prints or touched:
            self._sink.observe(prints, touched, now)

    def _tell_marks(self) -> None:
        """Tell profit that moved with the price, to those who look: not journaled, worthless when late."""
        moved, self._marks_moved = self._marks_moved, set()
        ledger, accounts = self._core.ledger, {}
        with localcontext(MONEY):
            for symbol in moved:
                for account in ledger.holders.get(symbol, {}).values():
                    if self._bus.hears(account.name):
                        accounts[account.name] = account
                        value = ledger.position_bytes(account, account.positions[symbol])
                        self._tell(account, EventName.POSITION_UPDATED, b"position", value)
            for account in accounts.values():
                self._tell(account, EventName.ACCOUNT_UPDATED, b"account", ledger.figures(account).account)

    def _tell(self, account: Account, event: EventName, noun: bytes, value: bytes) -> None:
        stamp = time_text(self._clock.now()).encode()
        self._bus.tell(account.name, event, payloads.event_data(noun, value, stamp), account.seq)

    def _add_markets(self, batch: Batch) -> None:
        """Marks go with whatever is committed, so that a restart values positions as they were last told; a market
        in which only the flow trades is written down now and then."""
        state = self._market_state()
        for symbol in self._unkept:
            batch.markets[symbol] = MarketRow(symbol, self._core.ledger.last[symbol], state.get(symbol, b""))
        self._unkept.clear()
        self._keep_markets_at = self._clock.monotonic() + KEEP_MARKETS_S

    # ------------------------------------------------------------ the view

    def head(self, account: str) -> int:
        found = self._core.ledger.accounts.get(account)
        return found.seq if found else 0

    def epoch(self) -> str:
        return self._epoch

    def accounts(self) -> Iterable[str]:
        return [name for name in self._core.ledger.accounts if name not in SERVICE_ACCOUNTS]

    def markets(self) -> Mapping[str, Market]:
        return self._core.ledger.markets

    def order(self, account: str, order_id: str) -> bytes | None:
        order = self._core.ledger.orders.get(order_id)
        return None if order is None or order.account != account else self._core.ledger.order_bytes(order)

    def snapshot(self, account: str) -> tuple[int, Mapping[str, list[bytes]]]:
        ledger, found = self._core.ledger, self._core.ledger.accounts.get(account)
        if found is None:
            return 0, {"orders": [], "positions": [], "balances": [], "account": []}
        with localcontext(MONEY):
            figures = ledger.figures(found)
            return found.seq, {
                "orders": [ledger.order_bytes(order) for order in found.orders.values()],
                "positions": [ledger.position_bytes(found, position) for position in found.positions.values()],
                "balances": [figures.balance],
                "account": [figures.account],
            }
