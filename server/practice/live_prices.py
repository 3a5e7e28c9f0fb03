"""Paper on a real exchange's prices: its own ticks, lots, least values and fees for the markets that it lists, and the way
to its public streams. Read before the server starts, without a key, and never traded on.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from server.config import PaperSection, Settings, SettingsError, VenueSection
from server.domain.markets import Market
from server.marketdata.live import outside_symbol
from server.marketdata.markets import default_markets
from server.venues.exchange.ccxt.loading import Access, ExchangeUnusable, make_client, market_from, read_markets
from server.venues.submit_outcome import outcome_of_error

START_WITHIN_S = 20.0
KIND = "ccxt:"


@dataclass(frozen=True, slots=True)
class LivePrices:
    """`markets` by symbol, in the accounts' currency; `connect` makes a client of the exchange's public streams."""

    markets: Mapping[str, Market]
    connect: Callable[[], Any]


async def live_prices(settings: Settings) -> LivePrices | None:
    """Of the exchange that the feed names; None for another feed. What `[venues.ID]` says of its address counts here too,
    and `follow` adds markets to the usual ones. Raises SettingsError, in one sentence."""
    feed = settings.server.feed
    if not feed.startswith(KIND):
        return None
    exchange = feed.removeprefix(KIND)
    section = settings.venues.get(exchange, VenueSection())
    access = Access(section.exchange or exchange, "", "", section.sandbox, section.ccxt)
    try:
        async with asyncio.timeout(START_WITHIN_S):
            client = await read_markets(access)
    except ExchangeUnusable as error:
        raise SettingsError(f"the setting server.feed is wrong: {error}") from None
    except Exception as error:
        text = outcome_of_error(error).text
        raise SettingsError(f"the feed {feed} cannot be reached: {type(error).__name__}: {text}") from None
    markets = {market.symbol: market for market in _listed(client.markets, settings.paper, section.follow)}
    await client.close()
    if not markets:
        raise SettingsError(f"the feed {feed} lists none of our markets: name some as venues.{exchange}.follow")

    def connect() -> Any:
        made = make_client(access, with_keys=False, exact=False)
        made.set_markets_from_exchange(client)
        return made

    return LivePrices(markets, connect)


def _listed(listed: Mapping[str, Any], paper: PaperSection, follow: tuple[str, ...]) -> Iterator[Market]:
    """The usual markets, or those that the settings list, and those to follow: as far as the exchange lists them."""
    usual = {market.symbol: market for market in default_markets(paper.maker_fee, paper.taker_fee)}
    for symbol in dict.fromkeys([*usual, *(f"{one.partition('/')[0]}/USD" for one in follow)]):
        outside = outside_symbol(symbol, listed)
        market = None if outside is None else market_from(listed[outside], outside.partition("/")[2])
        if market is not None:
            start = usual[symbol].start_price if symbol in usual else market.start_price
            yield replace(market, symbol=symbol, quote="USD", start_price=start, **_own_fees(paper))


def _own_fees(paper: PaperSection) -> dict[str, Any]:
    """What the settings say of fees counts before what the exchange takes."""
    return {name: getattr(paper, name) for name in ("maker_fee", "taker_fee") if name in paper.model_fields_set}
