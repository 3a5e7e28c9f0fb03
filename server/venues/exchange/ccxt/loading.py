"""ccxt, loaded when a real exchange is asked for and not before: off the loop, with its long list of markets.

What is made here holds the account's key; nothing of it is ever printed, and ccxt's own printing is off.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from server.domain.capacity import MOST_PLACES, market_places
from server.domain.markets import Market, decimals_of
from server.lean_ccxt import CcxtMissing, UnknownExchange, exchange_class
from server.venues.exchange.ccxt.in_turn import InTurn
from server.venues.exchange.ccxt.quirks import Quirks, quirks_of
from server.venues.exchange.ccxt.values import number
from tradeterm.protocol.arithmetic import ZERO
from tradeterm.protocol.vocabulary import MarketState

STEPS = 4  # ccxt's number for precisions that are ticks and lots
DEFAULT_FEE = Decimal("0.001")


class ExchangeUnusable(Exception):
    """The exchange cannot be traded on; the text says why, in one sentence without secrets."""


@dataclass(frozen=True, slots=True)
class Access:
    """How an exchange is reached: `more` goes into ccxt's constructor, deep-merged over ours."""

    exchange: str
    api_key: str = field(repr=False)
    secret: str = field(repr=False)
    is_sandbox: bool = False
    more: Mapping[str, Any] = field(default_factory=dict, repr=False)  # a key's own passphrase may be in it
    turns: InTurn = field(default_factory=InTurn, compare=False, repr=False)

    @property
    def quirks(self) -> Quirks:
        return quirks_of(self.exchange)


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was found out at the start."""

    client: Any  # whose markets the others share
    markets: dict[str, Market]
    features: Mapping[str, Any]


def merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """`over` laid over `under`, table by table."""
    found = dict(under)
    for key, value in over.items():
        held = found.get(key)
        found[key] = merged(held, value) if isinstance(held, Mapping) and isinstance(value, Mapping) else value
    return found


def class_of(exchange: str) -> Any:
    """ccxt's class of an exchange. Raises ExchangeUnusable where there is none."""
    try:
        return exchange_class(exchange)
    except CcxtMissing:
        raise ExchangeUnusable("a real exchange needs the extra: install tradeterm[ccxt]") from None
    except UnknownExchange:
        raise ExchangeUnusable(f"ccxt knows no exchange {exchange}") from None


def make_client(access: Access, *, with_keys: bool = True, exact: bool = True) -> Any:
    """One of ccxt's. `exact`: numbers come as text. Raises ExchangeUnusable."""
    made_of = class_of(access.exchange)
    ours: dict[str, Any] = {
        "enableRateLimit": not access.quirks.weight_limit,
        "newUpdates": True,
        "options": dict(access.quirks.options),
    }
    if with_keys:
        # Coinbase's is a text of several lines, which is written on one.
        ours |= {"apiKey": access.api_key, "secret": access.secret.replace("\\n", "\n")}
    made = made_of(merged(ours, access.more))
    if made.precisionMode != STEPS:
        text = "its prices step by significant digits, and have no tick"
        raise ExchangeUnusable(f"{access.exchange} cannot be traded on here: {text}")
    if access.is_sandbox:
        _to_test_net(made, access)
    if exact:
        made.number = str
    made.verbose = False
    made.log = lambda *_: None  # it would print the key
    made.timeout_on_exit = 0
    if with_keys and access.quirks.is_in_turn:
        access.turns.bind(made)
    return made


def _to_test_net(made: Any, access: Access) -> None:
    """Its addresses replace all that the client has; what the settings say of addresses is laid over them anew."""
    try:
        made.set_sandbox_mode(True)
    except Exception:
        raise ExchangeUnusable(f"{access.exchange} has no test net that ccxt knows") from None
    own = (access.more.get("urls") or {}).get("api")
    if isinstance(own, Mapping):
        made.urls["api"] = merged(made.urls["api"], own)


async def load(access: Access, settle: str) -> Loaded:
    """The markets that settle in `settle`. Raises ExchangeUnusable; whatever ccxt raises goes up."""
    await asyncio.to_thread(class_of, access.exchange)
    client = await read_markets(access)
    features = ((client.features or {}).get("spot") or {}).get("createOrder") or {}
    listed = await asyncio.to_thread(_listed, client, settle)
    if not listed:
        raise ExchangeUnusable(f"{access.exchange} lists no spot market in {settle}")
    return Loaded(client, listed, features)


def _listed(client: Any, settle: str) -> dict[str, Market]:
    found = (market_from(raw, settle) for raw in client.markets.values())
    return {market.symbol: market for market in found if market is not None}


async def read_markets(access: Access) -> Any:
    """A client that knows them. Reading thousands of markets takes longer than a loop may stand still: it is done in a thread, where nothing that
    was handed in belongs to this loop."""
    client = make_client(access)
    if "session" in access.more:
        await client.load_markets()
        return client

    async def read() -> Any:
        reader = make_client(access, with_keys=False)
        try:
            await reader.load_markets()
        finally:
            await reader.close()
        return reader

    client.set_markets_from_exchange(await asyncio.to_thread(asyncio.run, read()))
    return client


def market_from(raw: Mapping[str, Any], settle: str) -> Market | None:
    """A market's terms; None for one that cannot be traded here: no spot, another currency, or without a tick and a lot."""
    if not raw.get("spot") or raw.get("quote") != settle:
        return None
    tick, lot = (number((raw.get("precision") or {}).get(name)) for name in ("price", "amount"))
    if not tick or not lot or tick <= 0 or lot <= 0:
        return None
    maker, taker = (number(raw.get(name)) for name in ("maker", "taker"))
    maker, taker = (DEFAULT_FEE if fee is None else fee for fee in (maker, taker))
    limits = raw.get("limits") or {}
    least_amount, least_cost = (number((limits.get(name) or {}).get("min")) for name in ("amount", "cost"))
    if market_places(tick, lot, maker, taker) > MOST_PLACES:
        return None
    return Market(
        *(raw["symbol"], raw["base"], raw["quote"], tick, lot, least_amount or ZERO, least_cost or ZERO),
        price_decimals=decimals_of(tick),
        maker_fee=maker,
        taker_fee=taker,
        start_price=_about(tick),
        state=MarketState.OPEN if raw.get("active", True) is not False else MarketState.PAUSED,
    )


def _about(tick: Decimal) -> Decimal:
    """What a price may be like, for how large numbers can grow: nobody was asked for prices yet."""
    return max(Decimal(1), tick * 10_000)
