"""Settings turned into parts: the users that they ask for, the markets, the venue, the feed, and the rules of the money."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING

import structlog

from server.clock_and_ids import SystemClock
from server.config import Settings, SettingsError, zone_of
from server.descriptors import allowed_descriptors
from server.domain.capacity import HELD_PLACES, MOST_PLACES, market_places
from server.domain.markets import Market
from server.domain.risk import CoreSettings
from server.gateway.limits import GatewayLimits
from server.identity.passwords import hash_password, verify_password, weakness
from server.identity.sealed_secrets import SecretSeal, seal_what_is_not
from server.identity.user_names import PRIVATE_USER
from server.marketdata.feeds import PricedFeed, feed_of
from server.marketdata.live import CcxtFeed
from server.marketdata.markets import default_markets, market_of
from server.ports import Coverage, OpenState, Positions, Users, Venue
from server.signing import signing_secret_of
from server.venues.delayed import DelayedVenue, Delays, DelaySpecError, delays_of
from server.venues.paper import PaperVenue
from server.venues.untold_fills import UntoldFills
from tradeterm.protocol.money import quantity_text
from tradeterm.protocol.vocabulary import Role

if TYPE_CHECKING:  # only a server on a real exchange loads what trades there
    from server.practice.live_prices import LivePrices
    from server.venues.exchange.venue import ExchangeVenue

ADMIN = "admin"
log = structlog.get_logger(__name__)
SETTLEMENT = CoreSettings().currency


@dataclass(slots=True)
class Exchange:
    """Where orders trade, and what drives it. `paper` None: it is a real one, `live`."""

    markets: dict[str, Market]
    venue: Venue
    paper: PaperVenue | None
    feed: PricedFeed | None
    seed: int
    delayed: DelayedVenue | None = None
    delays: Delays | None = None
    live: "ExchangeVenue | None" = None


def signing_secret(settings: Settings) -> bytes:
    """The secret that tokens are signed with. Raises SecretUnavailable."""
    given = settings.jwt_secret
    return signing_secret_of(settings.db_url, None if given is None else given.get_secret_value())


def bring_under_seal(users: Users, secret: bytes) -> None:
    """See that what the database keeps of users' secrets is sealed; say of what is not to be opened."""
    for name in seal_what_is_not(users, SecretSeal(secret)):
        log.error("a second factor was sealed under another signing secret; `user totp` gives a new one", user=name)


def prepare_users(users: Users, settings: Settings, private_secret: str | None, clock: SystemClock) -> None:
    """The users that the settings ask for: the console's own, and an admin. Raises SettingsError for a weak password."""
    if private_secret is not None:
        _prepare_private_user(users, private_secret, clock)
    if settings.admin_password is not None and users.get(ADMIN) is None:
        password = settings.admin_password.get_secret_value()
        why = weakness(password, ADMIN)
        if why is not None:
            raise SettingsError(f"TRADETERM_ADMIN_PASSWORD is not taken: {why}")
        users.add(ADMIN, Role.ADMIN, hash_password(password), clock.now())


def _prepare_private_user(users: Users, secret: str, clock: SystemClock) -> None:
    """Whatever was done to a user of that name: here they trade, with this password alone, and nobody else is them."""
    found = users.get(PRIVATE_USER)
    if found is None:
        users.add(PRIVATE_USER, Role.TRADER, hash_password(secret), clock.now())
        return
    if not verify_password(users.password_hash(PRIVATE_USER), secret):  # else it is a console's that started it again
        users.set_password(PRIVATE_USER, hash_password(secret))
        users.close_all_sessions(PRIVATE_USER)
    if found.role is not Role.TRADER:
        users.set_role(PRIVATE_USER, Role.TRADER)
    if found.disabled:
        users.set_disabled(PRIVATE_USER, False)
    if users.second_factor(PRIVATE_USER) is not None:
        users.set_second_factor(PRIVATE_USER, None)


def build_exchange(
    settings: Settings,
    state: OpenState,
    clock: SystemClock,
    positions: Positions,
    coverage: Coverage,
    prices: "LivePrices | None" = None,
) -> Exchange:
    """The markets, the venue and the feed that the settings name. `positions` is what the core says that accounts hold,
    `coverage` which of their entries they keep when exits close that; `prices`: of the exchange whose prices they are."""
    markets = {market.symbol: market for market in list_markets(settings, prices)}
    check_held(markets, state)
    # Numbers go on from the clock: a trade that was lost with its uncommitted turn must not lend its number.
    last_trade = max(int(state.last_venue_trade_id or 0), int(clock.now().timestamp() * 1_000_000))
    seed = settings.server.seed if settings.server.seed is not None else secrets.randbits(32)
    refuses, delays = random_rejects(settings.paper.reject_rate, seed), _delays(settings)
    untold = UntoldFills(positions)
    # Some way off, entries are cut when the word of the exit is there: not between the fills of one order.
    known = (positions, coverage) if delays is None else (untold.positions, None)
    venue = PaperVenue(markets, str(last_trade), refuses, *known)
    saved = {row.symbol: row.state for row in state.markets if row.state}
    try:
        feed = (
            CcxtFeed(prices.connect, markets) if prices else feed_of(settings.server.feed, markets, venue, seed, saved)
        )
    except ValueError as error:
        raise SettingsError(f"the setting server.feed is wrong: {error}") from None
    if delays is None:
        return Exchange(markets, venue, venue, feed, seed)
    delayed = DelayedVenue(venue, untold, delays, clock, seed)
    return Exchange(markets, delayed, venue, feed, seed, delayed, delays)


def _delays(settings: Settings) -> Delays | None:
    """How far off the paper venue is; None: not at all."""
    if settings.paper.latency_ms is None:
        return None
    try:
        return delays_of(settings.paper.latency_ms)
    except DelaySpecError as error:
        raise SettingsError(f"the setting paper.latency_ms is wrong: {error}") from None


def check_held(markets: Mapping[str, Market], state: OpenState) -> None:
    """Raises SettingsError where somebody has an order or a position in what is not listed."""
    held = {row.symbol for row in state.orders} | {row.symbol for row in state.positions}
    held -= markets.keys()
    if held:
        raise SettingsError(f"there are orders or positions in {', '.join(sorted(held))}, which is not listed")


def random_rejects(rate: Decimal, seed: int) -> Callable[[], bool] | None:
    """For practice: which orders the venue refuses, drawn from the seed. None: none."""
    if not rate:
        return None
    chance, share = Random(f"{seed}:rejects"), float(rate)  # noqa: S311
    return lambda: chance.random() < share


def list_markets(settings: Settings, prices: "LivePrices | None" = None) -> list[Market]:
    """The paper markets. Raises SettingsError for one that settles in another currency than the accounts' money."""
    paper = settings.paper
    if prices is not None and not paper.markets:
        listed = [*prices.markets.values()]
    elif not paper.markets:
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
    for market in listed:
        if market.quote != SETTLEMENT:
            raise SettingsError(f"the market {market.symbol} does not settle in {SETTLEMENT}, as all on paper must")
        _check_numbers(market, paper.funding_rate)
    if settings.server.feed == "none":
        for market in listed:
            market.min_quantity = market.min_notional = Decimal(0)
    return listed


def _check_numbers(market: Market, funding_rate: Decimal) -> None:
    """Raises SettingsError for a market in which nothing could be traded, or not be computed with exactly."""
    needed = market_places(market.tick, market.lot, market.maker_fee, market.taker_fee, funding_rate)
    if needed > MOST_PLACES:
        text = f"sizes ({HELD_PLACES} at least), prices and rates of {market.symbol} have {needed} decimals together"
        raise SettingsError(f"{text}: {MOST_PLACES} at most can be computed exactly")
    price, quantity = market.largest_price, market.largest_quantity
    for name, value, most in (
        ("start_price", market.start_price, price),
        ("tick", market.tick, price),
        ("lot", market.lot, quantity),
        ("minimum", market.min_quantity, quantity),
        ("min_notional", market.min_notional, price * quantity),
    ):
        if value > most:
            text = f"{name} is above {quantity_text(most)}, the most that could be traded there"
            raise SettingsError(f"nothing can be traded on {market.symbol}: its {text}")


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
        base_fees=paper.fee_currency == "base",
        funding_rate=paper.funding_rate,
        day_zone=zone_of(paper.day_zone),
        flatten_on_day_loss=settings.risk.flatten_on_day_loss,
        answers_later=paper.latency_ms is not None,
        limits=risk_limits(settings),
    )


OPEN_ORDERS = 1_000  # entries that wait: more only cost everybody time and memory


def risk_limits(settings: Settings) -> dict[str, Decimal | int | None]:
    """What binds every account that has no limit of its own. With no feed only what is configured does."""
    risk = settings.risk
    is_live = settings.server.feed != "none"
    limits: dict[str, Decimal | int | None] = {
        "orderNotionalPct": risk.order_notional_pct or (Decimal(100) if is_live else None),
        "dayLossPct": (Decimal(5) if is_live else None) if risk.day_loss_pct is None else risk.day_loss_pct,
        "maxOrderQuantity": risk.max_order_quantity,
        "maxOrderNotional": risk.max_order_notional,
        "maxPositionNotional": risk.max_position_notional,
        "maxGrossExposure": risk.max_gross_exposure,
        "maxOpenOrders": risk.max_open_orders or (OPEN_ORDERS if is_live else None),
        "ordersPerSecond": risk.orders_per_s,
    }
    return {name: limit for name, limit in limits.items() if limit is not None}


def gateway_limits(settings: Settings) -> GatewayLimits:
    limits = settings.limits
    return GatewayLimits(
        commands_per_s=limits.commands_per_s,
        sockets_per_min=limits.sockets_per_min,
        sockets_per_user=limits.sockets_per_user,
        connections_per_address=limits.connections_per_address,
        connections=limits.connections,
        read_bytes_per_s=limits.read_bytes_per_s,
        descriptors=allowed_descriptors(),
        subscriptions=limits.subscriptions,
        frame_bytes=limits.frame_bytes,
        sign_in_failures=limits.sign_in_failures,
        sign_in_window_s=limits.sign_in_window_s,
        sign_ins_per_min=limits.sign_ins_per_min,
    )
