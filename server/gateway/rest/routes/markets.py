"""The markets: their terms, and what is known of them now and before."""

import orjson
from starlette.requests import Request
from starlette.responses import Response

from server.domain.markets import Market as MarketTerms
from server.gateway.rest import openapi
from server.gateway.rest.openapi import MOST_ITEMS, ListOf, answers, number, takes, word
from server.gateway.rest.reading import DEFAULT_PAGE, MAX_PAGE, identity_of, known_symbol, number_in, one_of
from server.gateway.rest.responses import json_response, list_response
from server.gateway.rest.services import services_of
from tradeterm.protocol.market import BOOK_LEVELS, INTERVALS, Book, Candle, Market, Print, Ticker
from tradeterm.protocol.money import amount_text, quantity_text

MAX_DEPTH = 1000
MAX_CANDLES = 2000
DEFAULT_INTERVAL = "1m"

router = openapi.routes("markets")


@router.get("/markets", responses=answers(ListOf[Market]))
async def find(request: Request) -> Response:
    """All markets and their terms."""
    identity_of(request)
    return list_response([market_bytes(one) for one in services_of(request).view.markets().values()])


@router.get("/markets/{symbol}", responses=answers(Market))
async def show(request: Request) -> Response:
    """One market's terms."""
    identity_of(request)
    return json_response(market_bytes(services_of(request).view.markets()[known_symbol(request)]))


@router.get("/markets/{symbol}/ticker", responses=answers(Ticker))
async def ticker(request: Request) -> Response:
    """The market at a glance."""
    identity_of(request)
    await services_of(request).view.settled()
    return json_response(services_of(request).market_data.ticker(known_symbol(request)))


@router.get(
    "/markets/{symbol}/book",
    responses=answers(Book),
    openapi_extra=takes(depth=number("So many levels of each side at most.", 1, MAX_DEPTH, BOOK_LEVELS)),
)
async def book(request: Request) -> Response:
    """The book, best prices first."""
    identity_of(request)
    depth = number_in(request, "depth", BOOK_LEVELS, 1, MAX_DEPTH)
    await services_of(request).view.settled()
    return json_response(services_of(request).market_data.book(known_symbol(request), depth))


@router.get(
    "/markets/{symbol}/trades",
    responses=answers(ListOf[Print]),
    openapi_extra=takes(limit=number(MOST_ITEMS, 1, MAX_PAGE, DEFAULT_PAGE)),
)
async def tape(request: Request) -> Response:
    """Everybody's latest trades."""
    identity_of(request)
    limit = number_in(request, "limit", DEFAULT_PAGE, 1, MAX_PAGE)
    return list_response(services_of(request).market_data.trades(known_symbol(request), limit))


@router.get(
    "/markets/{symbol}/candles",
    responses=answers(ListOf[Candle]),
    openapi_extra=takes(
        interval=word("How long a candle is.", INTERVALS), limit=number(MOST_ITEMS, 1, MAX_CANDLES, MAX_PAGE)
    ),
)
async def candles(request: Request) -> Response:
    """Candles, oldest first, the running one last."""
    identity_of(request)
    interval = one_of(request, "interval", tuple(INTERVALS)) or DEFAULT_INTERVAL
    limit = number_in(request, "limit", MAX_PAGE, 1, MAX_CANDLES)
    services = services_of(request)
    found = services.market_data.candles(known_symbol(request), interval, limit)
    return list_response(await services.turns.slices(found))


def market_bytes(market: MarketTerms) -> bytes:
    """A market's wire object."""
    return orjson.dumps(
        {
            "symbol": market.symbol,
            "base": market.base,
            "quote": market.quote,
            "tick": quantity_text(market.tick),
            "lot": quantity_text(market.lot),
            "minQuantity": quantity_text(market.min_quantity),
            "minNotional": amount_text(market.min_notional),
            "priceDecimals": market.price_decimals,
            "makerFee": quantity_text(market.maker_fee),
            "takerFee": quantity_text(market.taker_fee),
            "state": market.state,
        }
    )
