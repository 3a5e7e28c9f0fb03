"""What one may look at: the own account, its history, and the markets."""

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server.domain.markets import Market
from server.gateway.api.orders import (
    DEFAULT_PAGE,
    MAX_PAGE,
    json_response,
    list_response,
    number_of,
    page_response,
    symbol_of,
)
from server.gateway.api.services import identity_of, reader_of, services_of
from server.gateway.errors import Refused
from tradeterm.protocol.market import INTERVALS
from tradeterm.protocol.money import price_text, quantity_text
from tradeterm.protocol.vocabulary import ErrorCode

MAX_DEPTH = 1000
ANY_SEQ = 10**12 - 1


async def positions(request: Request) -> Response:
    identity = reader_of(request)
    return list_response(services_of(request).view.snapshot(identity.user)[1]["positions"])


async def balances(request: Request) -> Response:
    identity = reader_of(request)
    return list_response(services_of(request).view.snapshot(identity.user)[1]["balances"])


async def account(request: Request) -> Response:
    identity = reader_of(request)
    found = services_of(request).view.snapshot(identity.user)[1]["account"]
    if not found:
        raise Refused(ErrorCode.NOT_FOUND, "the account is not open yet")
    return json_response(found[0])


async def trades(request: Request) -> Response:
    identity, asked = reader_of(request), request.query_params
    try:
        page = services_of(request).history.trades(
            identity.user,
            symbol=asked.get("symbol"),
            limit=number_of(request, "limit", DEFAULT_PAGE, 1, MAX_PAGE),
            cursor=asked.get("cursor"),
        )
    except ValueError:
        raise Refused(ErrorCode.VALIDATION_FAILED, "cursor is not one that this server gave") from None
    return page_response(page)


async def events(request: Request) -> Response:
    identity = reader_of(request)
    after = number_of(request, "after", 0, 0, ANY_SEQ)
    limit = number_of(request, "limit", MAX_PAGE, 1, MAX_PAGE)
    found = services_of(request).history.events(identity.user, after, limit)
    return list_response(
        [b'{"event":"%b","seq":%d,"data":%b}' % (one.event.encode(), one.seq, one.data) for one in found]
    )


async def markets(request: Request) -> Response:
    identity_of(request)
    return list_response([market_bytes(one) for one in services_of(request).view.markets().values()])


def market_bytes(market: Market) -> bytes:
    return orjson.dumps(
        {
            "symbol": market.symbol,
            "base": market.base,
            "quote": market.quote,
            "tick": quantity_text(market.tick),
            "lot": quantity_text(market.lot),
            "minQuantity": quantity_text(market.min_quantity),
            "minNotional": price_text(market.min_notional, 0),
            "priceDecimals": market.price_decimals,
            "makerFee": quantity_text(market.maker_fee),
            "takerFee": quantity_text(market.taker_fee),
            "state": market.state,
        }
    )


async def ticker(request: Request) -> Response:
    identity_of(request)
    return json_response(services_of(request).market_data.ticker(symbol_of(request)))


async def book(request: Request) -> Response:
    identity_of(request)
    depth = number_of(request, "depth", 20, 1, MAX_DEPTH)
    return json_response(services_of(request).market_data.book(symbol_of(request), depth))


async def tape(request: Request) -> Response:
    identity_of(request)
    limit = number_of(request, "limit", DEFAULT_PAGE, 1, MAX_PAGE)
    return list_response(services_of(request).market_data.trades(symbol_of(request), limit))


async def candles(request: Request) -> Response:
    identity_of(request)
    interval = request.query_params.get("interval", "1m")
    if interval not in INTERVALS:
        raise Refused(ErrorCode.VALIDATION_FAILED, f"interval is one of {', '.join(INTERVALS)}")
    limit = number_of(request, "limit", MAX_PAGE, 1, 2000)
    return list_response(services_of(request).market_data.candles(symbol_of(request), interval, limit))


ROUTES = [
    Route("/positions", positions),
    Route("/balances", balances),
    Route("/account", account),
    Route("/trades", trades),
    Route("/events", events),
    Route("/markets", markets),
    Route("/markets/{symbol}/ticker", ticker),
    Route("/markets/{symbol}/book", book),
    Route("/markets/{symbol}/trades", tape),
    Route("/markets/{symbol}/candles", candles),
]
