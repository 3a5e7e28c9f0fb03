"""The own account: what it holds, what it did, its journal; and its paper money."""

from starlette.requests import Request
from starlette.responses import Response

from server.domain.commands import ResetAccount
from server.gateway.commands import from_body
from server.gateway.rest import openapi
from server.gateway.rest.errors import Refused
from server.gateway.rest.openapi import MOST_ITEMS, NEXT_PAGE, ONE_MARKET, ListOf, answers, number, takes
from server.gateway.rest.reading import (
    DEFAULT_PAGE,
    MAX_PAGE,
    bad_cursor,
    body_of,
    contents_of,
    number_in,
    owner_of,
    page_size,
    symbol_in,
    take_no_body,
    text_in,
    trader_of,
)
from server.gateway.rest.responses import json_response, list_response, page_response, run
from server.gateway.rest.services import services_of
from server.ports import Page
from tradeterm.protocol.answers import EventPage
from tradeterm.protocol.balances import Account, Balance
from tradeterm.protocol.trades import Trade
from tradeterm.protocol.vocabulary import ErrorCode

ANY_SEQ = 2**53 - 1

router = openapi.routes("account")


@router.get("/balances", responses=answers(ListOf[Balance]))
async def balances(request: Request) -> Response:
    """What the account holds, by asset."""
    return list_response((await contents_of(request))["balances"])


@router.get("/account", responses=answers(Account))
async def account(request: Request) -> Response:
    """Equity, margin, profit, limits and trading state."""
    found = (await contents_of(request))["account"]
    if not found:
        raise Refused(ErrorCode.NOT_FOUND, "the account is not open yet")
    return json_response(found[0])


@router.get(
    "/trades",
    responses=answers(ListOf[Trade]),
    openapi_extra=takes(symbol=ONE_MARKET, limit=number(MOST_ITEMS, 1, MAX_PAGE, DEFAULT_PAGE), cursor=NEXT_PAGE),
)
async def trades(request: Request) -> Response:
    """Own trades, newest first."""
    identity, services, symbol = owner_of(request), services_of(request), symbol_in(request)
    await services.view.settled()

    def ask(limit: int, cursor: str | None) -> Page:
        return services.history.trades(identity.user, symbol=symbol, limit=limit, cursor=cursor)

    try:
        page = await services.turns.page(ask, page_size(request), text_in(request, "cursor"))
    except ValueError:
        raise bad_cursor() from None
    return page_response(page)


@router.get(
    "/events",
    responses=answers(EventPage),
    openapi_extra=takes(
        after=number("The last seq that one has; 0 for none.", 0, ANY_SEQ, 0),
        limit=number(MOST_ITEMS, 1, MAX_PAGE, MAX_PAGE),
    ),
)
async def events(request: Request) -> Response:
    """The journal of the own account after a seq, as on the socket. `nextCursor` is the next `after`. Where some of what was
    asked for is no longer kept, `reason` is `HISTORY_LOST`, and `lostThrough` the last seq that is missing."""
    identity = owner_of(request)
    after = number_in(request, "cursor", number_in(request, "after", 0, 0, ANY_SEQ), 0, ANY_SEQ)
    limit = number_in(request, "limit", MAX_PAGE, 1, MAX_PAGE)
    services = services_of(request)
    await services.view.settled()

    def ask(limit: int, cursor: str | None) -> Page:
        after = int(cursor or 0)
        found = services.history.events(identity.user, after, limit)
        until = found[0].seq - 1 if found else services.view.head(identity.user)
        items = [b'{"event":"%b","seq":%d,"data":%b}' % (one.event.encode(), one.seq, one.data) for one in found]
        return Page(items, str(found[-1].seq) if len(found) == limit else None, until if until > after else None)

    return page_response(await services.turns.page(ask, limit, str(after)))


@router.post("/paper/deposit", responses=answers(Account), openapi_extra=takes(from_body.DepositRequest))
async def deposit(request: Request) -> Response:
    """Move paper money in, or out where the amount is negative."""
    identity = trader_of(request)
    return await run(request, from_body.deposit(identity.user, await body_of(request)), identity.user)


@router.post("/paper/reset", responses=answers(Account))
async def reset(request: Request) -> Response:
    """Cancel all, close all, and start again with the paper cash of the settings."""
    identity = trader_of(request)
    await take_no_body(request)
    return await run(request, ResetAccount(identity.user), identity.user)
