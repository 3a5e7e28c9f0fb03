"""What one server is made of: the parts, each built once, with whom it asks and whom it tells."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
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
)
from server.bus.debug_log import write_line
from server.bus.listener import Listener
from server.bus.local import LocalBus
from server.clock_and_ids import SystemClock, Uuid7Ids
from server.config import Settings
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
from server.marketdata.history import Keeper, join_past, restore
from server.marketdata.market_board import MarketBoard
from server.marketdata.staleness import Staleness
from server.ports import FillReport, OpenState
from server.practice.delayed_market_data import LateReader
from server.storage.database import Database
from tradeterm.protocol.vocabulary import Side

if TYPE_CHECKING:
    from server.live import LiveExchange
    from server.practice.live_prices import LivePrices

log = structlog.get_logger("server")


@dataclass(frozen=True, slots=True)
class Given:
    """What is there before the parts are. `live` is a real exchange, `prices` one whose prices a paper server shows;
    `is_stopping()` says that nothing more is to be taken in."""

    settings: Settings
    database: Database
    secret: bytes
    private_secret: str | None
    lost_log_lines: Callable[[], int]
    is_stopping: Callable[[], bool] = lambda: False
    live: "LiveExchange | None" = None
    prices: "LivePrices | None" = None


class Composition:
    """The parts of a server, as its journal left them."""

    def __init__(self, given: Given) -> None:
        self._given, self.database, self.reached = given, given.database, given.live
        keep_days = given.settings.server.journal_keep_days
        self.keep = None if keep_days is None else timedelta(days=keep_days)  # events; absent: for ever
        self.owner = ""  # whose account at a real exchange it is
        self.clock, self._ids = SystemClock(), Uuid7Ids()
        self.password_process = PasswordProcess()
        prepare_users(self.database.users, given.settings, given.private_secret, self.clock)
        bring_under_seal(self.database.users, given.secret)
        state = self.database.journal.load()
        self.exchange, rules = self._build_exchange(state)
        self.core = self._build_core(rules, state)
        self.board = MarketBoard(self.exchange.markets, self.exchange.venue, self.clock)
        self._join_history()
        self.listeners = self._build_listeners()
        self.view = DurableView(self.core, self.database.epoch)
        self.hub = self._build_hub()
        self.runner = self._build_runner(LocalBus(*self.listeners, self.hub))
        limits = Limits(gateway_limits(given.settings), self.clock)
        self.authenticator = self._build_authenticator(limits)
        self.gateway = self._build_gateway(limits)
        self.late = self._build_late()

    def _build_late(self) -> LateReader | None:
        """For practice: what holds market data back on its way to the hub."""
        delays = self.exchange.delays
        return None if delays is None else LateReader(self.hub, delays.feed, self.clock, self.exchange.seed)

    def _overdue(self) -> str | None:
        return self.database.overdue(self._given.settings.server.most_behind_mb * 1e6)

    def _build_exchange(self, state: OpenState) -> tuple[Exchange, CoreSettings]:
        """Where orders trade, and the rules of its money."""
        settings, live = self._given.settings, self.reached
        if live is None:
            exchange = build_exchange(
                settings, state, self.clock, self._closable, self._keeps_entries, self._given.prices
            )
            return exchange, core_settings(settings)
        self.owner = live.owner(settings, self.database.users)
        parts = live.services(self.database.history, self.clock, self._ids, self._wanted, self._holdings)
        return live.build(state, self.owner, parts), live.rules(settings, self.owner)

    def _build_core(self, rules: CoreSettings, state: OpenState) -> Core:
        """As it was at the last commit."""
        exchange = self.exchange
        core = Core(rules, exchange.markets, exchange.venue, self._ids, self.database.journal.find_order)
        recover(core, exchange.venue, state)
        for symbol, price in ({} if self.reached is None else self.reached.last).items():
            core.ledger.last.setdefault(symbol, price)
        return core

    # What venue and feed ask the core once it is there: it asks them too, so one of them is looked up when it is needed.

    def _closable(self, account: str, symbol: str, fills: Sequence[FillReport]) -> Decimal:
        return self.core.closable_after(account, symbol, fills)

    def _keeps_entries(self, account: str, symbol: str, side: Side, price: Decimal) -> bool:
        return self.core.keeps_entries(account, symbol, side, price)

    def _holdings(self) -> Mapping[str, Decimal] | None:
        return self.core.holdings(self.owner)

    def _wanted(self) -> set[str]:
        """The markets that somebody looks at, or depends on."""
        assert self.reached is not None
        return {*self.reached.section.follow} | self.board.watched_symbols() | self.core.followed()

    def _build_listeners(self) -> list[Listener]:
        """Who hears of every event beside those who are connected."""
        if not log.is_enabled_for(logging.DEBUG):
            return []
        return [Listener("debug log", self.database.history, write_line)]

    def _build_runner(self, bus: LocalBus) -> Runner:
        feed = self.exchange.feed
        commits = Commits(self.database.journal, self.clock, self._given.settings.server.database_wait_s)
        return Runner(
            self.core,
            self.exchange.venue,
            commits,
            bus,
            self.board,
            self.clock,
            self.view,
            market_state=(lambda symbol: b"") if feed is None else feed.state,
            overdue=self._overdue,
        )

    def _build_hub(self) -> Hub:
        return Hub(
            view=self.view,
            history=self.database.history,
            market_data=self.board,
            clock=self.clock,
            epoch=Epoch(self.view, self._ids, self.database.epochs),
        )

    def _join_history(self) -> None:
        """Let every market go on where it was: candles that were kept, else the past that its feed knows."""
        now, last, feed = self.clock.now(), self.core.ledger.last, self.exchange.feed
        marks = restore(self.board, self.database.candles, now)
        join_past(self.board, feed, now, last, marks)
        for symbol, price in last.items():
            self.board.symbol(symbol).last = price
        self.keeper = Keeper(self.board, self.database.candles, now, marks)
        symbols = [*self.board.symbols()] if feed else []
        self.staleness = Staleness(symbols, self.clock.monotonic(), unheard=self.reached is not None)
        for symbol in symbols if self.reached is not None else ():
            self.board.set_stale(symbol, True)
            self.core.set_stale(symbol, True)

    def _build_metrics(self) -> Metrics:
        live = self.reached
        exchange = None if live is None else ExchangeBudget(lambda: live.weight_left, live.budget.banned_for)
        return Metrics(self._given.lost_log_lines, self.database.behind, exchange)

    def _build_authenticator(self, limits: Limits) -> Authenticator:
        settings = self._given.settings
        return Authenticator(
            secret=self._given.secret,
            users=self.database.users,
            changes=self.database.user_changes,
            clock=self.clock,
            ids=self._ids,
            passwords=PasswordLine(verify_password, self.password_process.verify, self.clock),
            guard=limits.sign_in,
            lifetimes=Lifetimes(
                access=timedelta(seconds=settings.auth.access_token_s),
                session=timedelta(seconds=settings.auth.session_s),
            ),
            on_revoked=[self.hub.revoke],
        )

    def _build_gateway(self, limits: Limits) -> Gateway:
        settings = self._given.settings
        services = Services(
            orders=self.runner,
            view=self.view,
            history=self.database.history,
            epochs=self.database.epochs,
            users=self.database.users,
            market_data=self.board,
            clock=self.clock,
            authenticator=self.authenticator,
            limits=limits,
            allow_origins=settings.server.allow_origin,
            hosts=(settings.server.host, *settings.server.allow_host),
            trusted_proxies=settings.server.trusted_proxies,
            is_ready=self._is_ready,
            behind=self.database.behind,
            overdue=self._overdue,
            sockets=self._connected,
            metrics=self._build_metrics(),
            venue=settings.server.venue,
            feed="ccxt" if settings.is_live else settings.server.feed.partition(":")[0],
            mode="paper" if self.reached is None else self.reached.mode,
            market_reach_pct=self.core.ledger.settings.market_reach_pct,
            leverage=self.core.ledger.settings.usual_leverage,
            exchange=self._exchange_status,
            shadow=self._shadow,
        )
        return Gateway(build_api(services), services, self._ids, self.hub)

    def _is_ready(self) -> bool:
        return not (self._given.is_stopping() or self.runner.is_away or self.authenticator.is_away)

    def _exchange_status(self) -> dict[str, Any]:
        live = self.exchange.live
        return {} if self.reached is None or live is None else self.reached.status(live)

    def _shadow(self, user: str) -> dict[str, Any] | None:
        live = self.exchange.live
        if self.reached is None or live is None or user != self.owner:
            return None
        return self.reached.shadow(live)

    def _connected(self) -> list[dict[str, Any]]:
        """The sockets there are, as wire objects."""
        return [one.as_wire() for one in self.hub.statuses()]
