"""What runs beside the requests for as long as a server serves: markets, candles, connections, and what comes due."""

import asyncio
import statistics
from collections.abc import Callable, Coroutine
from contextlib import suppress
from decimal import Decimal
from typing import Any

import structlog

from server.composition import Composition
from server.domain.commands import OpenAccount
from server.marketdata.feeds import LiveFeed
from server.marketdata.market_board import MarketBoard
from server.marketdata.pump import pump
from server.ports import DatabaseAway, FlowStep, JournalFailure
from server.venues.paper import PaperVenue

log = structlog.get_logger("server")

BOARD_EVERY_S = 0.1
DELIVER_EVERY_S = 0.002
LOOK_AFTER_S = 1.0
LOOK_AFTER_FILES_S = 0.4
BETWEEN_BATCHES_S = 0.05
BEAT_EVERY_S = 0.25
CUT_EVERY_S, CUTS_AN_AGE = 60.0, 20  # old events are looked for every minute, sooner where none is kept for long
BAND, BAND_SECONDS = Decimal("0.1"), 300

Work = Callable[[], Coroutine[Any, Any, None]]


class Chores:
    """Of one server. Each goes on until it is cancelled; one that fails is for the whole server to mind."""

    def __init__(self, parts: Composition) -> None:
        self._parts = parts
        self._feed, self._paper = parts.exchange.feed, parts.exchange.paper
        self._live, self._delayed = parts.exchange.live, parts.exchange.delayed

    def all(self) -> list[Work]:
        """What is to run now."""
        parts = self._parts
        work: list[Work] = [
            parts.runner.run,
            self._flush_board,
            self._beat,
            parts.gateway.run,
            parts.authenticator.watch,
        ]
        work += [self._look_after_markets, self._keep_candles, self._keep_connections]
        if parts.keep is not None:
            work.append(self._cut_journal)
        work += [listener.run for listener in parts.listeners]
        if self._feed is not None:
            work.append(self._play)
        if isinstance(self._feed, LiveFeed):
            work.append(self._feed.run)
        if self._delayed is not None:
            work.append(self._deliver)
        if self._live is not None:
            work += [self._trade_live, self._deliver_live]
        return work

    async def _trade_live(self) -> None:
        """The account is there before anything is said of it."""
        assert self._live is not None
        await self._parts.runner.submit(OpenAccount(self._parts.owner))
        await self._live.run()

    async def _deliver_live(self) -> None:
        """Hand over what the exchange has said."""
        assert self._live is not None
        while True:
            await self._live.wait()
            self._parts.runner.arrive(self._live)

    async def _play(self) -> None:
        assert self._feed is not None
        await pump(self._feed.steps(), self._take_step, self._parts.clock)

    async def _take_step(self, step: FlowStep) -> None:
        self._parts.staleness.heard(step, self._parts.clock.monotonic())
        await self._parts.runner.flow(step)

    async def _look_after_markets(self) -> None:
        """Tell silent feeds and feeds that are back, and say how far prices may go."""
        while True:
            await asyncio.sleep(LOOK_AFTER_S)
            for symbol in self._parts.staleness.check(self._parts.clock.monotonic()):
                is_stale = self._parts.staleness.is_stale(symbol)
                log.warning("the feed is silent" if is_stale else "the feed is back", symbol=symbol)
                self._parts.board.set_stale(symbol, is_stale)
                self._parts.core.set_stale(symbol, is_stale)
            if self._feed is not None and self._paper is not None:
                set_bands(self._parts.board, self._paper)

    async def _keep_candles(self) -> None:
        """Write closed candles down, a batch at a time, quickly while there are many."""
        while True:
            rows = self._parts.keeper.due()
            with suppress(DatabaseAway):  # they stay due
                await asyncio.to_thread(self._parts.keeper.write, rows, self._parts.clock.now())
            await asyncio.sleep(BETWEEN_BATCHES_S if rows and not self._parts.runner.is_away else LOOK_AFTER_S)

    async def _cut_journal(self) -> None:
        """Let go of events that are too old, a little at a time, quickly while there are many."""
        keep = self._parts.keep
        assert keep is not None
        pause_s = min(keep.total_seconds() / CUTS_AN_AGE, CUT_EVERY_S)
        retention, clock = self._parts.database.retention, self._parts.clock
        while True:
            is_more = False
            try:
                is_more = await asyncio.to_thread(retention.step, clock.now() - keep)
            except DatabaseAway as away:
                log.warning("old events could not be let go; trying again", why=str(away))
            await asyncio.sleep(BETWEEN_BATCHES_S if is_more else pause_s)

    async def _keep_connections(self) -> None:
        """Bring back what a database's restart has cut, and stop when its files are no longer there."""
        while True:
            await asyncio.sleep(LOOK_AFTER_FILES_S)
            fault = await asyncio.to_thread(self._parts.database.fault)
            if fault:
                raise JournalFailure(fault)
            if self._parts.database.is_lost:
                with suppress(DatabaseAway):
                    await asyncio.to_thread(self._parts.database.revive)

    async def _flush_board(self) -> None:
        while True:
            await asyncio.sleep(BOARD_EVERY_S)
            with suppress(DatabaseAway):
                await self._parts.view.settled()
                self._parts.board.flush(self._parts.late or self._parts.hub)

    async def _beat(self) -> None:
        """What time alone brings about is looked at four times a second."""
        while True:
            await asyncio.sleep(BEAT_EVERY_S)
            self._parts.runner.beat()

    async def _deliver(self) -> None:
        """Hand over what is underway when it is due."""
        assert self._delayed is not None
        assert self._parts.late is not None
        while True:
            await asyncio.sleep(DELIVER_EVERY_S)
            self._parts.late.release()
            if self._delayed.is_due():
                self._parts.runner.arrive(self._delayed)


def set_bands(board: MarketBoard, venue: PaperVenue) -> None:
    """Let each symbol trade near the median of its last five minutes, so that one wild order moves no price far."""
    for symbol in board.symbols():
        seconds = board.symbol(symbol).candles.last("1s", BAND_SECONDS)
        if len(seconds) >= BAND_SECONDS // 10:
            middle = statistics.median_high(one.close for one in seconds)
            venue.set_band(symbol, middle * (1 - BAND), middle * (1 + BAND))
