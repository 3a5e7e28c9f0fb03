"""The Venue port over a real exchange. What a turn asks for leaves when the turn is committed; what the exchange says waits
here until a turn takes it, and comes again when that turn fails.

Quotes are those of a book that mirrors the exchange's public one; no order of a user is ever in it.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import suppress
from decimal import Decimal
from typing import Any

from server.domain.markets import Market
from server.ports import (
    Amend,
    Cancel,
    Clock,
    Expected,
    Ids,
    Level,
    Place,
    Report,
    Request,
    Venue,
)
from server.venues.exchange.amending import Amending
from server.venues.exchange.hearsay import Hearsay
from server.venues.exchange.owed_word import OwedWord
from server.venues.exchange.reconciliation import Holdings, Reconciliation
from server.venues.exchange.seen import ExchangeApi
from server.venues.exchange.shadow import Shadow
from server.venues.exchange.sightings import OwnOrders, Sightings
from server.venues.exchange.trading import Trading
from server.venues.exchange.user_stream import UserStream

WAITS_AGAIN_S = 0.25


class ExchangeVenue:
    """ports.Venue of one account at one exchange. `book` shows the market; `run` is the work that goes on beside. `shadow`,
    where there is one, trades the same on paper."""

    outlives_us = True

    def __init__(
        self,
        exchange: ExchangeApi,
        book: Venue,
        markets: Mapping[str, Market],
        features: Mapping[str, Any],
        account: str,
        journal: OwnOrders,
        clock: Clock,
        ids: Ids,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        shadow: Shadow | None = None,
        holdings: Holdings = lambda: None,
    ) -> None:
        """`holdings()` is what is held by our own books, per asset."""
        self._book, self._clock, self.shadow = book, clock, shadow
        self._unsent: list[Request] = []
        self._come: deque[Report] = deque()
        self._drawn: list[Report] = []
        self._put_off: list[tuple[float, Report]] = []
        self._something = asyncio.Event()
        self._work: set[asyncio.Task[None]] = set()
        owed = OwedWord(clock)
        ways = (sleep, self._tell, self._spawn, owed.owe)
        self._sightings = Sightings(exchange, markets, account, journal, clock, ids, *ways)
        self._trading = Trading(exchange, markets, features, self._sightings, journal, clock, *ways)
        self._amending = Amending(self._trading, self._sightings, markets, features)
        self.reconciliation = Reconciliation(exchange, self._sightings, account, holdings, self._tell, sleep)
        self.stream = UserStream(
            exchange, Hearsay(exchange, self._sightings, self._spawn), self._stream_changed, owed, sleep
        )

    # ------------------------------------------------------------ the market

    def best_bid(self, symbol: str) -> Decimal | None:
        return self._book.best_bid(symbol)

    def best_ask(self, symbol: str) -> Decimal | None:
        return self._book.best_ask(symbol)

    def depth(self, symbol: str, levels: int) -> tuple[list[Level], list[Level]]:
        return self._book.depth(symbol, levels)

    def expected(self, order: Place) -> Expected:
        return self._book.expected(order)

    def ahead(self, symbol: str, order_id: str) -> Decimal | None:
        """The exchange does not say."""
        return None

    def take_touched(self) -> set[str]:
        return self._book.take_touched()

    def execute(self, request: Request) -> Iterator[Report]:
        """What the exchange's public streams show."""
        if self.shadow is not None:
            self.shadow.flow(request)
        return self._book.execute(request)

    def go_on(self) -> Iterator[Report]:
        return self._book.go_on()

    # ------------------------------------------------------------ orders

    def send(self, request: Request) -> Iterator[Report]:
        """It leaves with the commit of the turn that asks for it."""
        self._unsent.append(request)
        return iter(())

    def restore(self, order: Place) -> None:
        self._trading.restore(order)

    def keep(self) -> None:
        self._book.keep()
        self._drawn.clear()
        unsent, self._unsent = self._unsent, []
        if self.shadow is not None:
            self.shadow.keep(unsent)
        for request in unsent:
            self._leave(request)

    def _leave(self, request: Request) -> None:
        if isinstance(request, Place):
            self._trading.place(request)
        elif isinstance(request, Cancel):
            self._trading.cancel(request)
        else:
            self._change(request)

    def _change(self, amend: Amend) -> None:
        working = self._sightings.known.get(amend.order_id)
        if working is not None:
            self._spawn(self._amending.amend(working, amend))

    def undo(self) -> None:
        self._book.undo()
        if self.shadow is not None:
            self.shadow.undo()
        self._unsent.clear()
        self._come.extendleft(reversed(self._drawn))
        self._drawn.clear()

    # ------------------------------------------------------------ what has come

    def _tell(self, reports: Sequence[Report]) -> None:
        self._come.extend(reports)
        if reports:
            self._something.set()
        if self.shadow is not None:
            for report in reports:
                self.shadow.heard(report)

    async def wait(self) -> None:
        """Until something new has come, or a while has passed in which something waits."""
        limit = WAITS_AGAIN_S if self._put_off or self._come else None
        with suppress(TimeoutError):
            async with asyncio.timeout(limit):
                await self._something.wait()
        self._something.clear()

    def arrived(self) -> Iterator[Report]:
        while self._is_due():
            yield from self.first_arrived()

    def first_arrived(self) -> Iterator[Report]:
        self._put_back()
        if self._come:
            report = self._come.popleft()
            self._drawn.append(report)
            yield report

    def due(self) -> int:
        self._put_back()
        return len(self._come)

    def _is_due(self) -> bool:
        return self.due() > 0

    def put_off(self, seconds: float) -> None:
        """The first thing that has come cannot be taken: it comes again later, what is behind it does not wait."""
        if self._come:
            self._put_off.append((self._clock.monotonic() + seconds, self._come.popleft()))

    def _put_back(self) -> None:
        now = self._clock.monotonic()
        self._come.extend(report for at, report in self._put_off if at <= now)
        self._put_off = [entry for entry in self._put_off if entry[0] > now]

    # ------------------------------------------------------------ the work

    async def run(self) -> None:
        """Stream, reconcile and settle, until cancelled; what is under way then is found out about after the next start."""
        self.reconciliation.doubt("the exchange has not been asked yet")
        self._trading.settle_restored()
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self.stream.run())
                tasks.create_task(self.reconciliation.run())
        finally:
            for task in self._work:
                task.cancel()
            await asyncio.gather(*self._work, return_exceptions=True)

    def _stream_changed(self, is_up: bool) -> None:
        if not is_up:
            self.reconciliation.doubt("the exchange's order stream is down")
        self.reconciliation.soon()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._work.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._work.discard(task)
        if not task.cancelled() and task.exception() is not None:
            # Whatever it was about: the exchange is asked again for everything.
            asyncio.get_running_loop().call_exception_handler(
                {"message": "work at the exchange failed", "exception": task.exception(), "task": task}
            )
            self.reconciliation.soon()
