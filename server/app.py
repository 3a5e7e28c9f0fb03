"""The composition root: what the server is made of, what runs for as long as it serves, and how it stops."""

import asyncio
import gc
import logging
import os
import signal
import socket
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import structlog

from server.assembly import (
    Exchange,
    bring_under_seal,
    build_exchange,
    core_settings,
    gateway_limits,
    prepare_users,
    signing_secret,
)
from server.bus.debug_log import write_line
from server.bus.listener import Listener
from server.bus.local import LocalBus
from server.clock_and_ids import SystemClock, Uuid7Ids
from server.config import Settings
from server.descriptors import raise_descriptors
from server.domain.commands import OpenAccount
from server.domain.risk import CoreSettings
from server.executor.commits import Commits
from server.executor.core import Core
from server.executor.durable_view import DurableView
from server.executor.recovery import recover
from server.executor.runner import Runner
from server.gateway.app import Gateway
from server.gateway.limits import Limits
from server.gateway.rest.app import build_api
from server.gateway.rest.metrics import ExchangeBudget, Metrics
from server.gateway.rest.services import Services
from server.gateway.streams.epoch import Epoch
from server.gateway.streams.hub import Hub
from server.identity.authenticator import Authenticator, Lifetimes
from server.identity.password_process import PasswordProcess
from server.identity.password_queue import PasswordLine
from server.identity.passwords import verify_password
from server.identity.signing_secret import SecretUnavailable
from server.log_writer import LogWriter
from server.marketdata.feeds import LiveFeed
from server.marketdata.history import Keeper, join_past, restore
from server.marketdata.market_board import MarketBoard
from server.marketdata.pump import pump
from server.marketdata.staleness import Staleness
from server.ports import DatabaseAway, FillReport, FlowStep, JournalFailure, JournalRewound, OpenState
from server.practice.delayed_market_data import LateReader
from server.storage.database import Database, open_database
from server.storage.errors import DatabaseRefused
from server.storage.file_serving import StartProjector
from server.storage.projector import ProjectorThread
from server.storage.projector_process import ProjectorProcess
from server.tls import Certificate, certificate_of
from server.venues.paper import PaperVenue
from server.web import Listening, PortUnavailable, bind, listening, url_of

if TYPE_CHECKING:
    from server.live import LiveExchange
    from server.practice.live_prices import LivePrices

log = structlog.get_logger("server")

FAILED, USAGE_ERROR, START_OVER = 1, 2, -1
# A terminal that is closed (SIGHUP) and ctrl+\ (SIGQUIT) are no reason to lose anything, nor to leave a core file.
ENDING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)
BOARD_EVERY_S = 0.1
# A connection leaves objects that hold each other when it has gone, and only a look through everything finds those of them
# that lived a while. Twenty by fifty was 20 million objects in between: gigabytes. A look costs some 10 ms after `freeze`.
GC_THRESHOLD = (20_000, 5, 2)
DELIVER_EVERY_S = 0.002
LOOK_AFTER_S = 1.0
LOOK_AFTER_FILES_S = 0.4
BETWEEN_BATCHES_S = 0.05
PARTING_S = 0.5  # the sockets of the console that has gone are closed by then
ALONE_EVERY_S = 0.1
STAYING = "staying"  # what a private server says on standard output when its console has gone and others are on it
BAND, BAND_SECONDS = Decimal("0.1"), 300


async def run(
    settings: Settings,
    private_secret: str | None = None,
    lost_log_lines: Callable[[], int] = lambda: 0,
    passphrase: Callable[[], str | None] = lambda: None,
) -> int:
    """Serve until told to stop; the exit code. 2: the port or the database cannot be had, and nothing was touched.

    Raises SettingsError for settings that name what there is not. `passphrase()` is asked for where an exchange's keys
    are kept under one.
    """
    certificate = certificate_of(settings.server)
    raise_descriptors()
    try:
        listener = bind(settings.server.host, settings.server.port)
    except PortUnavailable as error:
        return _refuse(str(error))
    with listener:
        code, is_first = START_OVER, True
        while code == START_OVER:
            live, prices = await _reached(settings, passphrase), await _live_prices(settings)
            try:
                code = await _serve(
                    settings, private_secret, lost_log_lines, listener, certificate, live, prices, is_first
                )
            finally:
                if live is not None:
                    await live.close()
            is_first = False
            gc.unfreeze()
        return code


async def _reached(settings: Settings, passphrase: Callable[[], str | None]) -> "LiveExchange | None":
    """The real exchange that the settings name; a server on paper does not even load what trades there."""
    if not settings.is_live:
        return None
    from server.live import reach

    return await reach(settings, SystemClock(), passphrase)


async def _live_prices(settings: Settings) -> "LivePrices | None":
    """Of a paper server's feed; one whose prices are nobody's does not load what reads them."""
    if settings.is_live or not settings.server.feed.startswith("ccxt:"):
        return None
    from server.practice.live_prices import live_prices

    return await live_prices(settings)


async def _serve(
    settings: Settings,
    private_secret: str | None,
    lost_log_lines: Callable[[], int],
    listener: socket.socket,
    certificate: Certificate | None,
    live: "LiveExchange | None",
    prices: "LivePrices | None",
    is_first: bool,
) -> int:
    """Serve from what the journal says; START_OVER when it is to be read anew. The port is kept."""
    try:
        owner = settings.server.venue if live is None else live.owns
        start = _projector(settings, is_private=private_secret is not None)
        database = open_database(settings.db_url, owner, start_projector=start)
    except DatabaseRefused as error:
        return _refuse(str(error)) if is_first else _refuse(str(error), FAILED)
    try:
        secret = signing_secret(settings)
        with database.patiently():
            server = Server(settings, database, secret, private_secret, lost_log_lines, live, prices)
        tls = certificate.context if certificate else None
        web = listening(server.gateway, server.gateway.uvicorn_options(tls), secure=tls is not None)
        return await server.serve(web, listener.dup(), certificate, is_first=is_first)
    except SecretUnavailable as error:
        return _refuse(str(error))
    except DatabaseAway as error:
        return _refuse(f"the database cannot be used: {error}", USAGE_ERROR if is_first else FAILED)
    finally:
        database.close()


def _projector(settings: Settings, *, is_private: bool) -> StartProjector:
    """A process leaves the server's core to the server; one desk's own server does not need a second one."""
    chosen = settings.server.projector or ("thread" if is_private else "process")
    return ProjectorThread if chosen == "thread" else ProjectorProcess


def _refuse(reason: str, code: int = USAGE_ERROR) -> int:
    sys.stderr.write(f"tradeterm: {reason}\n")
    return code


def _announce(url: str) -> None:
    """Say on standard output that connections are accepted."""
    out = LogWriter(sys.stdout.fileno(), "ready")
    out.write(f"ready {url}\n")
    if not out.close():
        log.warning("standard output takes nothing: that the server is ready is said here alone")


class Server:
    """Everything that one process serves with."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        secret: bytes,
        private_secret: str | None,
        lost_log_lines: Callable[[], int],
        live: "LiveExchange | None" = None,
        prices: "LivePrices | None" = None,
    ) -> None:
        self._settings, self._database, self._reached, self._prices = settings, database, live, prices
        self._owner = ""  # whose account at a real exchange it is
        self._clock, self._ids = SystemClock(), Uuid7Ids()
        self._private = private_secret is not None
        self._password_process = PasswordProcess()
        self._stop = asyncio.Event()
        self._exit_code = 0
        prepare_users(database.users, settings, private_secret, self._clock)
        bring_under_seal(database.users, secret)
        state = database.journal.load()
        exchange, rules = self._build(state)
        self._feed, self._paper, self._live, self._delayed = (
            exchange.feed,
            exchange.paper,
            exchange.live,
            exchange.delayed,
        )
        self._core = self._build_core(rules, exchange, state)
        self._board = MarketBoard(exchange.markets, exchange.venue, self._clock)
        self._join_history(self._core)
        self._listeners = self._build_listeners()
        self._view = DurableView(self._core, database.epoch)
        self._hub = self._build_hub()
        self._runner = self._build_runner(exchange, LocalBus(*self._listeners, self._hub))
        self.gateway = self._build_gateway(secret, self._hub, self._build_metrics(lost_log_lines))
        self._late = self._build_late(exchange)

    def _build_late(self, exchange: Exchange) -> LateReader | None:
        """For practice: what holds market data back on its way to the hub."""
        if exchange.delays is None:
            return None
        return LateReader(self._hub, exchange.delays.feed, self._clock, exchange.seed)

    def _overdue(self) -> str | None:
        return self._database.overdue(self._settings.server.most_behind_mb * 1e6)

    def _build(self, state: OpenState) -> tuple[Exchange, CoreSettings]:
        """Where orders trade, and the rules of its money."""
        settings, live = self._settings, self._reached
        if live is None:
            exchange = build_exchange(settings, state, self._clock, self._closable, self._prices)
            return exchange, core_settings(settings)
        self._owner = live.owner(settings, self._database.users)
        parts = live.services(self._database.history, self._clock, self._ids, self._wanted, self._holdings)
        return live.build(state, self._owner, parts), live.rules(settings, self._owner)

    def _build_core(self, rules: CoreSettings, exchange: Exchange, state: OpenState) -> Core:
        """As it was at the last commit."""
        core = Core(rules, exchange.markets, exchange.venue, self._ids, self._database.journal.find_order)
        recover(core, exchange.venue, state)
        for symbol, price in ({} if self._reached is None else self._reached.last).items():
            core.ledger.last.setdefault(symbol, price)
        return core

    # What venue and feed ask the core once it is there: it asks them too, so one of them is looked up when it is needed.

    def _closable(self, account: str, symbol: str, fills: Sequence[FillReport]) -> Decimal:
        return self._core.closable_after(account, symbol, fills)

    def _holdings(self) -> Mapping[str, Decimal] | None:
        return self._core.holdings(self._owner)

    def _wanted(self) -> set[str]:
        """The markets that somebody looks at, or depends on."""
        assert self._reached is not None
        return {*self._reached.section.follow} | self._board.watched_symbols() | self._core.followed()

    def _build_listeners(self) -> list[Listener]:
        """Who hears of every event beside those who are connected."""
        if not log.is_enabled_for(logging.DEBUG):
            return []
        return [Listener("debug log", self._database.history, write_line)]

    def _build_runner(self, exchange: Exchange, bus: LocalBus) -> Runner:
        commits = Commits(self._database.journal, self._clock, self._settings.server.database_wait_s)
        return Runner(
            self._core,
            exchange.venue,
            commits,
            bus,
            self._board,
            self._clock,
            self._view,
            market_state=dict if exchange.feed is None else exchange.feed.state,
            overdue=self._overdue,
        )

    def _build_hub(self) -> Hub:
        return Hub(
            view=self._view,
            history=self._database.history,
            market_data=self._board,
            clock=self._clock,
            epoch=Epoch(self._view, self._ids, self._database.epochs),
        )

    def _join_history(self, core: Core) -> None:
        """Let every market go on where it was: candles that were kept, else the past that its feed knows."""
        now, last = self._clock.now(), core.ledger.last
        marks = restore(self._board, self._database.candles, now)
        join_past(self._board, self._feed, now, last, marks)
        for symbol, price in last.items():
            self._board.symbol(symbol).last = price
        self._keeper = Keeper(self._board, self._database.candles, now, marks)
        symbols = [*self._board.symbols()] if self._feed else []
        self._staleness = Staleness(symbols, self._clock.monotonic(), unheard=self._reached is not None)
        for symbol in symbols if self._reached is not None else ():
            self._board.set_stale(symbol, True)
            core.set_stale(symbol, True)

    def _build_metrics(self, lost_log_lines: Callable[[], int]) -> Metrics:
        live = self._reached
        exchange = None if live is None else ExchangeBudget(lambda: live.weight_left, live.budget.banned_for)
        return Metrics(lost_log_lines, self._database.behind, exchange)

    def _build_gateway(self, secret: bytes, hub: Hub, metrics: Metrics) -> Gateway:
        settings, users = self._settings, self._database.users
        limits = Limits(gateway_limits(settings), self._clock)
        self._authenticator = Authenticator(
            secret=secret,
            users=users,
            changes=self._database.user_changes,
            clock=self._clock,
            ids=self._ids,
            passwords=PasswordLine(verify_password, self._password_process.verify, self._clock),
            guard=limits.sign_in,
            lifetimes=Lifetimes(
                access=timedelta(seconds=settings.auth.access_token_s),
                session=timedelta(seconds=settings.auth.session_s),
            ),
            on_revoked=[hub.revoke],
        )
        services = Services(
            orders=self._runner,
            view=self._view,
            history=self._database.history,
            epochs=self._database.epochs,
            users=users,
            market_data=self._board,
            clock=self._clock,
            authenticator=self._authenticator,
            limits=limits,
            allow_origins=settings.server.allow_origin,
            hosts=(settings.server.host, *settings.server.allow_host),
            trusted_proxies=settings.server.trusted_proxies,
            is_ready=lambda: not self._stop.is_set() and not self._runner.is_away,
            behind=self._database.behind,
            overdue=self._overdue,
            sockets=self._connected,
            metrics=metrics,
            venue=settings.server.venue,
            feed="ccxt" if settings.is_live else settings.server.feed.partition(":")[0],
            mode="paper" if self._reached is None else self._reached.mode,
            exchange=self._exchange_status,
            shadow=self._shadow,
        )
        return Gateway(build_api(services), services, self._ids, hub)

    # ------------------------------------------------------------ running

    async def serve(
        self, web: Listening, listener: Any, certificate: Certificate | None = None, *, is_first: bool = True
    ) -> int:
        """Serve on the bound socket until a signal, the end of the private pipe or a failed commit."""
        loop = asyncio.get_running_loop()
        for number in ENDING:
            # Under `nohup` a closed terminal is no signal to end.
            if number is not signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
                loop.add_signal_handler(number, self._stop.set)
        if certificate is not None:
            loop.add_signal_handler(signal.SIGHUP, certificate.read_again)
        if self._private:
            loop.add_reader(sys.stdin.fileno(), self._private_pipe)
        tasks = [loop.create_task(self._guarded(one), name=one.__qualname__) for one in self._work()]
        serving = loop.create_task(web.serve(sockets=[listener]))
        await web.accepting.wait()
        # What start-up made stays; looking it through again and again costs a pause of tens of milliseconds each time, and
        # even once is a tenth of a start. Only a server that starts over leaves its predecessor behind.
        if not is_first:
            gc.collect()
        gc.freeze()
        gc.set_threshold(*GC_THRESHOLD)
        gc.enable()
        url = url_of(listener, secure=certificate is not None)
        if is_first:
            _announce(url)
        log.info("ready", url=url, epoch=self._database.epoch)
        await self._stop.wait()
        await self._wind_down(web, serving, tasks)
        return self._exit_code

    async def _wind_down(self, web: Listening, serving: asyncio.Task[None], tasks: list[asyncio.Task[None]]) -> None:
        """Refuse new work, finish what was accepted, say good-bye to the sockets, then end."""
        log.info("stopping")
        if not self._exit_code and not await self._runner.stop():
            self._exit_code = FAILED
        self._runner.abandon()
        await asyncio.sleep(0)  # the answers are there; here they are written, before their sockets are closed
        self.gateway.drain()
        web.should_exit = True
        await serving
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        with suppress(DatabaseAway):
            while not self._exit_code and self._keeper.save(self._clock.now()):
                pass  # a batch at a time, until nothing is due
        self._password_process.close()
        log.info("stopped")

    def _work(self) -> list[Any]:
        work = [self._runner.run, self._flush_board, self._beat, self.gateway.run, self._authenticator.watch]
        work += [self._look_after_markets, self._keep_candles, self._keep_connections]
        work += [listener.run for listener in self._listeners]
        if self._feed is not None:
            work.append(self._play)
        if isinstance(self._feed, LiveFeed):
            work.append(self._feed.run)
        if self._delayed is not None:
            work.append(self._deliver)
        if self._live is not None:
            work += [self._trade_live, self._deliver_live]
        return work

    def _exchange_status(self) -> dict[str, Any]:
        return {} if self._reached is None or self._live is None else self._reached.status(self._live)

    def _shadow(self, user: str) -> dict[str, Any] | None:
        if self._reached is None or self._live is None or user != self._owner:
            return None
        return self._reached.shadow(self._live)

    async def _trade_live(self) -> None:
        """The account is there before anything is said of it."""
        assert self._live is not None
        await self._runner.submit(OpenAccount(self._owner))
        await self._live.run()

    async def _deliver_live(self) -> None:
        """Hand over what the exchange has said."""
        assert self._live is not None
        while True:
            await self._live.wait()
            self._runner.arrive(self._live)

    async def _guarded(self, work: Any) -> None:
        """Run one part; when it fails, the whole server stops: half a server tells half the truth."""
        try:
            await work()
        except JournalRewound as error:
            log.critical("the database came back as it was before; starting over from it", error=str(error))
            self._end(START_OVER)
        except JournalFailure as error:
            log.critical("the journal cannot be written; stopping", error=str(error))
            self._end(FAILED)
        except Exception:
            fault = self._database.fault()  # then it is no wonder, and no bug
            if fault:
                log.critical("the journal cannot be written; stopping", error=fault)
            else:
                log.exception("a part of the server failed; stopping", part=work.__qualname__)
            self._end(FAILED)

    def _end(self, code: int) -> None:
        self._exit_code = code
        self._stop.set()

    async def _play(self) -> None:
        assert self._feed is not None
        await pump(self._feed.steps(), self._take_step, self._clock)

    async def _take_step(self, step: FlowStep) -> None:
        self._staleness.heard(step, self._clock.monotonic())
        await self._runner.flow(step)

    async def _look_after_markets(self) -> None:
        """Tell silent feeds and feeds that are back, and say how far prices may go."""
        while True:
            await asyncio.sleep(LOOK_AFTER_S)
            for symbol in self._staleness.check(self._clock.monotonic()):
                is_stale = self._staleness.is_stale(symbol)
                log.warning("the feed is silent" if is_stale else "the feed is back", symbol=symbol)
                self._board.set_stale(symbol, is_stale)
                self._core.set_stale(symbol, is_stale)
            if self._feed is not None and self._paper is not None:
                set_bands(self._board, self._paper)

    async def _keep_candles(self) -> None:
        """Write closed candles down, a batch at a time, quickly while there are many."""
        while True:
            rows = self._keeper.due()
            with suppress(DatabaseAway):  # they stay due
                await asyncio.to_thread(self._keeper.write, rows, self._clock.now())
            await asyncio.sleep(BETWEEN_BATCHES_S if rows and not self._runner.is_away else LOOK_AFTER_S)

    async def _keep_connections(self) -> None:
        """Bring back what a database's restart has cut, and stop when its files are no longer there."""
        while True:
            await asyncio.sleep(LOOK_AFTER_FILES_S)
            fault = self._database.fault()
            if fault:
                raise JournalFailure(fault)
            if self._database.is_lost:
                with suppress(DatabaseAway):
                    await asyncio.to_thread(self._database.revive)

    async def _flush_board(self) -> None:
        while True:
            await asyncio.sleep(BOARD_EVERY_S)
            with suppress(DatabaseAway):
                await self._view.settled()
                self._board.flush(self._late or self._hub)

    async def _beat(self) -> None:
        """What time alone brings about is looked at four times a second."""
        while True:
            await asyncio.sleep(0.25)
            self._runner.beat()

    async def _deliver(self) -> None:
        """Hand over what is underway when it is due."""
        assert self._delayed is not None
        assert self._late is not None
        while True:
            await asyncio.sleep(DELIVER_EVERY_S)
            self._late.release()
            if self._delayed.is_due():
                self._runner.arrive(self._delayed)

    def _private_pipe(self) -> None:
        """The console's end of the pipe says nothing more; when it closes, the console is gone."""
        if not os.read(sys.stdin.fileno(), 1024):
            loop = asyncio.get_running_loop()
            loop.remove_reader(sys.stdin.fileno())
            self._leaving = loop.create_task(self._leave_when_alone())

    async def _leave_when_alone(self) -> None:
        """Whoever started it has gone. Other consoles that are on it keep it, and with the last of them it ends."""
        with suppress(TimeoutError):
            async with asyncio.timeout(PARTING_S):
                await self._until_alone()
        if self._connected():
            log.info("staying", sockets=len(self._connected()))
            sys.stdout.write(f"{STAYING}\n")
            with suppress(BrokenPipeError):
                sys.stdout.flush()
            await self._until_alone()
        self._stop.set()

    async def _until_alone(self) -> None:
        while self._connected():  # noqa: ASYNC110  (a socket that goes tells nobody but the hub)
            await asyncio.sleep(ALONE_EVERY_S)

    def _connected(self) -> list[dict[str, Any]]:
        """The sockets there are, as wire objects."""
        return [one.as_wire() for one in self._hub.statuses()]


def set_bands(board: MarketBoard, venue: PaperVenue) -> None:
    """Let each symbol trade near the median of its last five minutes, so that one wild order moves no price far."""
    for symbol in board.symbols():
        seconds = board.symbol(symbol).candles.last("1s", BAND_SECONDS)
        if len(seconds) >= BAND_SECONDS // 10:
            middle = statistics.median_high(one.close for one in seconds)
            venue.set_band(symbol, middle * (1 - BAND), middle * (1 + BAND))
