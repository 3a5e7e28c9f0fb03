"""The composition root: what the server is made of, what runs for as long as it serves, and how it stops."""

import asyncio
import os
import secrets
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from typing import Any

import structlog

from server.bus.local import LocalBus
from server.config import Settings, SettingsError
from server.domain.markets import Market
from server.domain.risk import CoreSettings
from server.executor.core import Core
from server.executor.recovery import recover
from server.executor.runner import Runner
from server.gateway.api.app import build_api
from server.gateway.api.services import Services
from server.gateway.app import UVICORN_OPTIONS, Gateway, build_gateway
from server.gateway.auth import Authenticator
from server.gateway.limits import GatewayLimits, Limits
from server.late_reader import LateReader
from server.listening import Listening, PortUnavailable, bind, listening, url_of
from server.marketdata.board import Board
from server.marketdata.markets import default_markets, market_of
from server.marketdata.past import seed_history
from server.marketdata.synthetic import SyntheticFeed
from server.passwords import hash_password, verify_password
from server.ports import Feed, JournalFailure, OpenState, Users, Venue
from server.pump import pump
from server.secret import SecretUnavailable, kept_secret
from server.storage.database import Database, open_database
from server.storage.failures import DatabaseRefused
from server.system import SystemClock, Uuid7Ids
from server.venues.delayed import DelayedVenue, Delays, DelaySpecError, delays_of
from server.venues.paper import PaperVenue
from tradeterm.protocol.vocabulary import Role

log = structlog.get_logger("server")

FAILED, USAGE_ERROR = 1, 2
BOARD_EVERY_S = 0.1
DELIVER_EVERY_S = 0.002
LOCAL_USER = "local"


async def run(settings: Settings, private_secret: str | None = None) -> int:
    """Serve until told to stop; the exit code. 2: the port or the database cannot be had, and nothing was touched."""
    try:
        listener = bind(settings.server.host, settings.server.port)
    except PortUnavailable as error:
        return _refuse(str(error))
    try:
        database = open_database(settings.db_url, settings.server.venue)
    except DatabaseRefused as error:
        listener.close()
        return _refuse(str(error))
    try:
        secret = signing_secret(settings)
        server = Server(settings, database, secret, private_secret)
        return await server.serve(listening(server.gateway, UVICORN_OPTIONS), listener)
    except SecretUnavailable as error:
        return _refuse(str(error))
    finally:
        database.close()
        listener.close()


def _refuse(reason: str) -> int:
    sys.stderr.write(f"tradeterm: {reason}\n")
    return USAGE_ERROR


@dataclass(slots=True)
class Exchange:
    """The paper exchange and what drives it."""

    markets: dict[str, Market]
    venue: Venue
    feed: Feed | None
    seed: int
    delayed: DelayedVenue | None = None
    delays: Delays | None = None


class Server:
    """Everything that one process serves with."""

    def __init__(self, settings: Settings, database: Database, secret: bytes, private_secret: str | None) -> None:
        self._settings, self._database = settings, database
        self._clock, self._ids = SystemClock(), Uuid7Ids()
        self._private = private_secret is not None
        self._stop = asyncio.Event()
        self._exit_code = 0
        prepare_users(database.users, settings, private_secret, self._clock)
        state = database.journal.load()
        exchange = build_exchange(settings, state, self._clock)
        self._feed = exchange.feed
        core = Core(core_settings(settings), exchange.markets, exchange.venue, self._ids, database.journal.find_order)
        recover(core, exchange.venue, state)
        self._board = Board(exchange.markets, exchange.venue, self._clock)
        if exchange.feed is not None:
            self._join_history(core, exchange.markets)
        bus = LocalBus()
        self._runner = Runner(core, exchange.venue, database.journal, bus, self._board, self._clock, database.epoch)
        if exchange.feed is not None:
            self._runner.keep_with_market(exchange.feed.state)
        self.gateway = self._build_gateway(secret)
        bus.attach(self.gateway.hub)
        self._late = None
        if exchange.delays is not None:
            self._late = LateReader(self.gateway.hub, exchange.delays.feed, self._clock, exchange.seed)
        self._delayed = exchange.delayed
        self._board.tell(self._late or self.gateway.hub)

    def _join_history(self, core: Core, markets: Mapping[str, Market]) -> None:
        now, seed = int(self._clock.now().timestamp()), self._settings.server.seed or 0
        for symbol, market in markets.items():
            price = core.ledger.last.setdefault(symbol, market.start_price)
            board = self._board.symbol(symbol)
            board.last = price
            seed_history(board.candles, market, price, now, seed)

    def _build_gateway(self, secret: bytes) -> Gateway:
        settings, users = self._settings, self._database.users
        limits = Limits(gateway_limits(settings), self._clock)
        self._authenticator = Authenticator(
            secret=secret,
            users=users,
            clock=self._clock,
            ids=self._ids,
            verify=verify_password,
            guard=limits.sign_in,
        )
        services = Services(
            orders=self._runner,
            view=self._runner,
            history=self._database.history,
            users=users,
            market_data=self._board,
            clock=self._clock,
            authenticator=self._authenticator,
            limits=limits,
            allow_origins=settings.server.allow_origin,
            is_ready=lambda: not self._stop.is_set(),
        )
        return build_gateway(build_api(services), services, self._ids)

    # ------------------------------------------------------------ running

    async def serve(self, web: Listening, listener: Any) -> int:
        """Serve on the bound socket until a signal, the end of the private pipe or a failed commit."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        if self._private:
            loop.add_reader(sys.stdin.fileno(), self._private_pipe)
        tasks = [loop.create_task(self._guarded(one), name=one.__qualname__) for one in self._work()]
        serving = loop.create_task(web.serve(sockets=[listener]))
        await web.accepting.wait()
        sys.stdout.write(f"ready {url_of(listener)}\n")
        sys.stdout.flush()
        log.info("ready", url=url_of(listener), epoch=self._database.epoch)
        await self._stop.wait()
        await self._wind_down(web, serving, tasks)
        return self._exit_code

    async def _wind_down(self, web: Listening, serving: asyncio.Task[None], tasks: list[asyncio.Task[None]]) -> None:
        """Refuse new work, finish what was accepted, say good-bye to the sockets, then end."""
        log.info("stopping")
        if not self._exit_code:
            await self._runner.stop()
        self.gateway.drain()
        web.should_exit = True
        await serving
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        log.info("stopped")

    def _work(self) -> list[Any]:
        work = [self._runner.run, self._flush_board, self._beat, self.gateway.run, self._authenticator.watch]
        if self._feed is not None:
            work.append(self._play)
        if self._delayed is not None:
            work.append(self._deliver)
        return work

    async def _guarded(self, work: Any) -> None:
        """Run one part; when it fails, the whole server stops: half a server tells half the truth."""
        try:
            await work()
        except JournalFailure as error:
            log.critical("the journal cannot be written; stopping", error=str(error))
            self._fail()
        except Exception:
            log.exception("a part of the server failed; stopping", part=work.__qualname__)
            self._fail()

    def _fail(self) -> None:
        self._exit_code = FAILED
        self._stop.set()

    async def _play(self) -> None:
        assert self._feed is not None
        await pump(self._feed.steps(), self._runner.flow, self._clock)

    async def _flush_board(self) -> None:
        while True:
            await asyncio.sleep(BOARD_EVERY_S)
            self._board.flush()

    async def _beat(self) -> None:
        """What time alone brings about is looked at four times a second."""
        while True:
            await asyncio.sleep(0.25)
            await self._runner.beat()

    async def _deliver(self) -> None:
        """Hand over what is underway when it is due."""
        assert self._delayed is not None
        assert self._late is not None
        while True:
            await asyncio.sleep(DELIVER_EVERY_S)
            self._late.release()
            if self._delayed.is_due():
                await self._runner.arrive(self._delayed.arrived())

    def _private_pipe(self) -> None:
        """The console's end of the pipe says nothing more; when it closes, the console is gone."""
        if not os.read(sys.stdin.fileno(), 1024):
            asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
            self._stop.set()


# ---------------------------------------------------------------- parts from settings


def signing_secret(settings: Settings) -> bytes:
    """The secret that tokens are signed with. Raises SecretUnavailable."""
    if settings.jwt_secret is not None:
        return settings.jwt_secret.get_secret_value().encode()
    return kept_secret(settings.db_url)


def prepare_users(users: Users, settings: Settings, private_secret: str | None, clock: SystemClock) -> None:
    """The users that the settings ask for: the console's own, and an admin."""
    if private_secret is not None:
        password_hash = hash_password(private_secret)
        if users.get(LOCAL_USER) is None:
            users.add(LOCAL_USER, Role.TRADER, password_hash, clock.now())
        else:
            users.set_password(LOCAL_USER, password_hash)
    if settings.admin_password is not None and users.get("admin") is None:
        users.add("admin", Role.ADMIN, hash_password(settings.admin_password.get_secret_value()), clock.now())


def build_exchange(settings: Settings, state: OpenState, clock: SystemClock) -> Exchange:
    """The markets, the venue and the feed that the settings name."""
    markets = {market.symbol: market for market in list_markets(settings)}
    held = {row.symbol for row in state.orders} | {row.symbol for row in state.positions}
    held -= markets.keys()
    if held:
        raise SettingsError(f"there are orders or positions in {', '.join(sorted(held))}, which is not listed")
    # Numbers go on from the clock: a trade that was lost with its uncommitted turn must not lend its number.
    last_trade = max(int(state.last_venue_trade_id or 0), int(clock.now().timestamp() * 1_000_000))
    seed = settings.server.seed if settings.server.seed is not None else secrets.randbits(32)
    venue = PaperVenue(markets, str(last_trade), random_rejects(settings.paper.reject_rate, seed))
    feed: Feed | None = None
    if settings.server.feed == "synthetic":
        saved = {row.symbol: row.state for row in state.markets if row.state}
        feed = SyntheticFeed(markets, venue, seed, saved)
    if settings.paper.latency_ms is None:
        return Exchange(markets, venue, feed, seed)
    try:
        delays = delays_of(settings.paper.latency_ms)
    except DelaySpecError as error:
        raise SettingsError(f"the setting paper.latency_ms is wrong: {error}") from None
    delayed = DelayedVenue(venue, delays, clock, seed)
    return Exchange(markets, delayed, feed, seed, delayed, delays)


def random_rejects(rate: Decimal, seed: int) -> Callable[[], bool] | None:
    """For practice: which orders the venue refuses, drawn from the seed. None: none."""
    if not rate:
        return None
    chance, share = Random(f"{seed}:rejects"), float(rate)  # noqa: S311
    return lambda: chance.random() < share


def list_markets(settings: Settings) -> list[Market]:
    """The paper markets. Raises SettingsError for one that settles in another currency than the first."""
    paper = settings.paper
    if not paper.markets:
        listed = default_markets(paper.maker_fee, paper.taker_fee)
    else:
        listed = [
            market_of(
                *(one.symbol, one.tick, one.lot, one.minimum, one.min_notional, one.start_price, one.price_decimals),
                maker_fee=paper.maker_fee,
                taker_fee=paper.taker_fee,
            )
            for one in paper.markets
        ]
    currency = listed[0].quote
    for market in listed:
        if market.quote != currency:
            raise SettingsError(f"the market {market.symbol} does not settle in {currency} as {listed[0].symbol} does")
    if settings.server.feed == "none":
        for market in listed:
            market.min_quantity = market.min_notional = Decimal(0)
    return listed


def core_settings(settings: Settings) -> CoreSettings:
    """The money rules as configured."""
    paper = settings.paper
    return CoreSettings(
        paper_cash=paper.cash,
        leverage=paper.leverage,
        collar_pct=paper.collar_pct,
        enforce_minimums=settings.server.feed != "none",
        liquidation=settings.server.feed != "none" if paper.liquidation is None else paper.liquidation,
        cash_account=paper.account == "cash",
        day_zone=paper.day_zone,
        flatten_on_day_loss=settings.risk.flatten_on_day_loss,
        limits=risk_limits(settings),
    )


def risk_limits(settings: Settings) -> dict[str, Decimal | int | None]:
    """What binds every account that has no limit of its own. With no feed only what is configured does."""
    risk = settings.risk
    is_live = settings.server.feed != "none"
    limits: dict[str, Decimal | int | None] = {
        "orderNotionalPct": risk.order_notional_pct or (Decimal(100) if is_live else None),
        "dayLossPct": risk.day_loss_pct or (Decimal(5) if is_live else None),
        "maxOrderQuantity": risk.max_order_quantity,
        "maxOrderNotional": risk.max_order_notional,
        "maxPositionNotional": risk.max_position_notional,
        "maxGrossExposure": risk.max_gross_exposure,
        "maxOpenOrders": risk.max_open_orders,
        "ordersPerSecond": risk.orders_per_s,
    }
    return {name: limit for name, limit in limits.items() if limit is not None}


def gateway_limits(settings: Settings) -> GatewayLimits:
    limits = settings.limits
    return GatewayLimits(
        commands_per_s=limits.commands_per_s,
        sockets_per_min=limits.sockets_per_min,
        sockets_per_user=limits.sockets_per_user,
        subscriptions=limits.subscriptions,
        frame_bytes=limits.frame_bytes,
        sign_in_failures=limits.sign_in_failures,
        sign_in_window_s=limits.sign_in_window_s,
    )
