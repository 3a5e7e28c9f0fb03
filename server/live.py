"""A real exchange, reached before the server starts: its markets, what the account holds there, and what it is traded with.

Only a server that is told to trade on one comes here, and only here its key is held.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import structlog

from server.assembly import Exchange, check_held, core_settings
from server.clock_and_ids import SystemClock, Uuid7Ids
from server.config import Settings, SettingsError, VenueSection
from server.domain.markets import Market
from server.domain.risk import CoreSettings
from server.marketdata.live import CcxtFeed
from server.ports import History, OpenState, Users
from server.venue_keys import key_of
from server.venues.exchange.ccxt.exchange import CcxtExchange, Clients
from server.venues.exchange.ccxt.loading import Access, ExchangeUnusable, Loaded, load, make_client
from server.venues.exchange.ccxt.values import number
from server.venues.exchange.ccxt.weights import Budget
from server.venues.exchange.own_orders import JournaledOrders
from server.venues.exchange.reconciliation import Holdings
from server.venues.exchange.shadow import Shadow
from server.venues.exchange.shadow_payload import NOTHING, shadow_payload
from server.venues.exchange.venue import ExchangeVenue
from server.venues.paper import PaperVenue
from server.venues.submit_outcome import outcome_of_error
from tradeterm.protocol.arithmetic import ZERO
from tradeterm.protocol.times import time_text
from tradeterm.protocol.vocabulary import Role

log = structlog.get_logger(__name__)

UNCOUNTED = 1_000_000  # of an exchange whose weights nobody keeps here
START_WITHIN_S = 60.0


@dataclass(frozen=True, slots=True)
class LiveServices:
    """What a real exchange's adapter works with. `wanted()`: the markets that somebody looks at; `holdings()`: what our books
    say that is held there, per asset."""

    history: History
    clock: SystemClock
    ids: Uuid7Ids
    wanted: Callable[[], set[str]]
    holdings: Holdings


@dataclass(slots=True)
class LiveExchange:
    """An exchange that answers. `cash` is what the account has of the settlement currency, `last` the markets' last prices."""

    name: str
    section: VenueSection
    access: Access
    loaded: Loaded
    budget: Budget
    exchange: CcxtExchange
    cash: Decimal
    last: Mapping[str, Decimal]
    clock: SystemClock
    clients: Clients

    @property
    def markets(self) -> dict[str, Market]:
        return self.loaded.markets

    @property
    def mode(self) -> str:
        """What every screen says: real money, or an exchange's test money."""
        return "test" if self.section.sandbox else "live"

    @property
    def owns(self) -> str:
        """Whose a database is: test money and real money never meet in one."""
        return f"{self.name}:test" if self.section.sandbox else self.name

    @property
    def weight_left(self) -> int | None:
        """Of this minute; None where the exchange's weights are not counted."""
        return self.budget.left if self.access.quirks.weight_limit else None

    def status(self, venue: ExchangeVenue) -> dict[str, Any]:
        """How it stands, as a wire object."""
        banned_for_s = self.budget.banned_for()
        until = self.clock.now() + timedelta(seconds=banned_for_s)
        return {
            "weightLeft": self.weight_left,
            "weightLimit": self.access.quirks.weight_limit or None,
            "bannedUntil": time_text(until) if banned_for_s else None,
            "streamUp": venue.stream.is_up,
            "agrees": venue.reconciliation.agrees,
            "tried": self.access.quirks.tried,
        }

    def shadow(self, venue: ExchangeVenue) -> dict[str, Any]:
        """What orders came to beside their twins on paper, as a wire object."""
        return dict(NOTHING) if venue.shadow is None else shadow_payload(venue.shadow, self.markets)

    def owner(self, settings: Settings, users: Users) -> str:
        """Whose account there it is: who is named, else the only trader. Raises SettingsError."""
        traders = [user.name for user in users.list() if user.role is Role.TRADER and not user.disabled]
        named = self.section.user
        if named is not None and named not in traders:
            raise SettingsError(f"there is no trader {named}, whose the account at {self.name} is to be")
        if named is None and len(traders) != 1:
            text = f"there are {len(traders)} traders: name whose account at {self.name} it is"
            raise SettingsError(f"{text}, as venues.{self.name}.user")
        return named or traders[0]

    def services(
        self,
        history: History,
        clock: SystemClock,
        ids: Uuid7Ids,
        wanted: Callable[[], set[str]],
        holdings: Holdings,
    ) -> LiveServices:
        """What the adapter works with."""
        return LiveServices(history, clock, ids, wanted, holdings)

    def build(self, state: OpenState, owner: str, parts: LiveServices) -> Exchange:
        """What the executor trades on; its public streams, on a client without a key, are the market data."""
        check_held(self.markets, state)
        book, journal = PaperVenue(self.markets), JournaledOrders(parts.history, owner)
        shadow = Shadow(PaperVenue(self.markets), self.markets, parts.clock) if self.section.shadow else None
        venue = ExchangeVenue(
            *(self.exchange, book, self.markets, self.loaded.features, owner, journal, parts.clock, parts.ids),
            shadow=shadow,
            holdings=parts.holdings,
        )
        public = partial(_client, self.access, self.loaded, with_keys=False, in_step_with=self.clients.orders)
        feed = CcxtFeed(public, self.markets, wanted=parts.wanted)
        return Exchange(self.markets, venue, None, feed, 0, live=venue)

    def rules(self, settings: Settings, owner: str) -> CoreSettings:
        """The money rules on a real spot account: its own money, nothing borrowed, fees as they are taken."""
        return replace(
            core_settings(settings),
            currency=self.section.settle,
            paper_cash=self.cash,
            enforce_minimums=True,
            liquidation=False,
            cash_account=True,
            base_fees=True,
            funding_rate=ZERO,
            answers_later=True,
            only_account=owner,
        )

    async def close(self) -> None:
        for client in (self.loaded.client, self.clients.orders, self.clients.looks):
            await client.close()


def venue_section(settings: Settings) -> VenueSection:
    """Of the venue that the settings name: its own, or that of the exchange of that name. Raises SettingsError."""
    name = settings.server.venue
    section = settings.venues.get(name, VenueSection())
    return section if section.exchange else section.model_copy(update={"exchange": name})


async def reach(settings: Settings, clock: SystemClock, ask_passphrase: Callable[[], str | None]) -> LiveExchange:
    """Ask an exchange for what a start needs. Raises SettingsError, in one sentence without secrets."""
    name, section = settings.server.venue, venue_section(settings)
    key = await asyncio.to_thread(key_of, name, section, ask_passphrase)
    access = Access(section.exchange, key.api_key, key.secret, section.sandbox, {**key.more, **section.ccxt})
    try:
        async with asyncio.timeout(START_WITHIN_S):
            return await _reached(name, section, access, clock)
    except ExchangeUnusable as error:
        raise SettingsError(f"the venue {name} cannot be used: {error}") from None
    except Exception as error:
        text = outcome_of_error(error).text
        raise SettingsError(f"the venue {name} cannot be reached: {type(error).__name__}: {text}") from None


async def _reached(name: str, section: VenueSection, access: Access, clock: SystemClock) -> LiveExchange:
    loaded = await load(access, section.settle)
    budget = Budget(clock, asyncio.sleep, access.quirks.weight_limit or UNCOUNTED)
    orders, looks = (_client(access, loaded, with_keys=True) for _ in range(2))
    stream = partial(_client, access, loaded, with_keys=True, in_step_with=orders)
    clients = Clients(orders, looks, stream)
    exchange = CcxtExchange(clients, access.quirks, budget, section.settle, lambda: _now_ms(clock))
    await agree_on_time(orders, looks)
    cash = (await exchange.balances()).get(section.settle, ZERO)
    last = await _last_prices(looks, loaded.markets)
    return LiveExchange(name, section, access, loaded, budget, exchange, cash, last, clock, clients)


def _client(access: Access, loaded: Loaded, *, with_keys: bool, in_step_with: Any = None) -> Any:
    """Another client of the exchange; its time is what `in_step_with` has agreed on with it."""
    made = make_client(access, with_keys=with_keys, exact=with_keys)
    made.set_markets_from_exchange(loaded.client)
    if in_step_with is not None:
        made.options["timeDifference"] = in_step_with.options.get("timeDifference", 0)
    return made


async def agree_on_time(*clients: Any) -> None:
    """Requests carry the exchange's time, not ours: where it says what time it is."""
    for client in clients:
        if not client.has.get("fetchTime"):
            continue
        try:
            await client.load_time_difference()
        except Exception as error:  # a request that is refused for its time sets it
            log.warning("the exchange does not say what time it is", reason=outcome_of_error(error).text)


async def _last_prices(client: Any, markets: Mapping[str, Market]) -> dict[str, Decimal]:
    """Of all markets at once, where the exchange tells them so; else a market has none until it is looked at."""
    try:
        tickers = await client.fetch_tickers() if client.has.get("fetchTickers") else {}
    except Exception as error:
        log.warning("the last prices could not be had", reason=outcome_of_error(error).text)
        return {}
    found = {symbol: number(one.get("last")) for symbol, one in tickers.items() if symbol in markets}
    return {symbol: price for symbol, price in found.items() if price is not None and price > 0}


def _now_ms(clock: SystemClock) -> int:
    return int(clock.now().timestamp() * 1_000)
