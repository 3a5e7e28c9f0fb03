"""Positions: look, close, reverse, protect; and the switch that stops everything."""

from starlette.requests import Request
from starlette.responses import Response

from server.domain.commands import CloseAllPositions, Kill, Resume
from server.gateway.commands import from_body
from server.gateway.rest import openapi
from server.gateway.rest.openapi import ListOf, answers, takes
from server.gateway.rest.reading import body_of, contents_of, known_symbol, take_no_body, trader_of
from server.gateway.rest.responses import list_response, run
from tradeterm.protocol.answers import OrderGroup, ReversingOrder, WhatIsLeft
from tradeterm.protocol.balances import Account
from tradeterm.protocol.orders import CloseRequest, Order, ProtectionRequest
from tradeterm.protocol.positions import Position

router = openapi.routes("positions")


@router.get("/positions", responses=answers(ListOf[Position]))
async def find(request: Request) -> Response:
    """The open positions."""
    return list_response((await contents_of(request))["positions"])


@router.post("/positions/close", responses=answers(OrderGroup))
async def close_all(request: Request) -> Response:
    """Close every position at market."""
    identity = trader_of(request)
    await take_no_body(request)
    return await run(request, CloseAllPositions(identity.user), identity.user, leaving=True)


@router.post(
    "/positions/{symbol}/close",
    status_code=201,
    responses=answers(Order, 201, 200),
    openapi_extra=takes(CloseRequest, required=False),
)
async def close(request: Request) -> Response:
    """Close one symbol's position at market; its entries are cancelled first."""
    identity = trader_of(request)
    command = from_body.close_position(identity.user, known_symbol(request), await body_of(request))
    return await run(request, command, identity.user, leaving=True)


@router.post(
    "/positions/{symbol}/reverse",
    status_code=201,
    responses=answers(ReversingOrder, 201, 200),
    openapi_extra=takes(CloseRequest, required=False),
)
async def reverse(request: Request) -> Response:
    """Turn one symbol's position round with one order of twice its quantity."""
    identity = trader_of(request)
    command = from_body.reverse_position(identity.user, known_symbol(request), await body_of(request))
    return await run(request, command, identity.user)


@router.put("/positions/{symbol}/protection", responses=answers(OrderGroup), openapi_extra=takes(ProtectionRequest))
async def protect(request: Request) -> Response:
    """Give a position its one pair of exits, or take it away."""
    identity = trader_of(request)
    command = from_body.set_protection(identity.user, known_symbol(request), await body_of(request))
    return await run(request, command, identity.user, leaving=True)


@router.post("/kill", responses=answers(WhatIsLeft))
async def kill(request: Request) -> Response:
    """Halt, cancel all, flatten, verify; answers what is left. Safe to ask twice."""
    identity = trader_of(request)
    await take_no_body(request)
    return await run(request, Kill(identity.user), identity.user, leaving=True)


@router.post("/resume", responses=answers(Account))
async def resume(request: Request) -> Response:
    """End a halt."""
    identity = trader_of(request)
    await take_no_body(request)
    return await run(request, Resume(identity.user), identity.user)
