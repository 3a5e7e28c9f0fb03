"""Orders: place, look, change, cancel. What they may do is decided behind the inbox."""

from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from server.domain.commands import CancelOrder
from server.gateway.commands import from_body
from server.gateway.commands.bodies import BadRequest
from server.gateway.rest import openapi
from server.gateway.rest.errors import Refused
from server.gateway.rest.openapi import MOST_ITEMS, NEXT_PAGE, ONE_MARKET, answers, number, takes, time, word
from server.gateway.rest.reading import (
    DEFAULT_PAGE,
    MAX_PAGE,
    bad_cursor,
    body_of,
    known_id,
    one_of,
    owner_of,
    page_size,
    symbol_in,
    take_no_body,
    text_in,
    time_in,
    trader_of,
)
from server.gateway.rest.responses import charge, json_response, list_response, page_response, run
from server.gateway.rest.services import services_of
from server.ports import Page
from tradeterm.protocol.answers import CancelledOrders, OrderGroup, Preview
from tradeterm.protocol.money import quantity_text
from tradeterm.protocol.orders import AmendRequest, OcoRequest, Order, OrderRequest, QueuePlace
from tradeterm.protocol.vocabulary import ErrorCode, OrderStatus, Side

STATUSES = ("open", *OrderStatus, "canceled")

router = openapi.routes("orders")


@router.post("/orders", status_code=201, responses=answers(Order, 201, 200), openapi_extra=takes(OrderRequest))
async def create(request: Request) -> Response:
    """Place an order: 201 once it is durable, with its status at that moment; 200 for one that is known by its clientOrderId."""
    identity = trader_of(request)
    body = await body_of(request)
    try:
        command = from_body.create_order(identity.user, body)
    except BadRequest:
        charge(request, identity.user)  # a flood of nonsense is a flood
        raise
    return await run(request, command, identity.user, leaving=command.terms.reduce_only)


@router.post("/orders/preview", responses=answers(Preview), openapi_extra=takes(OrderRequest))
async def preview(request: Request) -> Response:
    """What the order would do: fills, fee, position, margin and limits. Changes nothing."""
    identity = trader_of(request)
    return await run(request, from_body.preview_order(identity.user, await body_of(request)), identity.user)


@router.post("/orders/oco", status_code=201, responses=answers(OrderGroup, 201, 200), openapi_extra=takes(OcoRequest))
async def create_oco(request: Request) -> Response:
    """Place two exits or two entries, of which one cancels the other."""
    identity = trader_of(request)
    command = from_body.create_oco(identity.user, await body_of(request))
    return await run(request, command, identity.user, leaving=command.first.reduce_only)


@router.get(
    "/orders",
    responses=answers(openapi.ListOf[Order]),
    openapi_extra=takes(
        status=word("How far they are; `open` is all that have not ended.", STATUSES),
        symbol=ONE_MARKET,
        side=word("Buy or sell.", Side),
        from_=time("Made at this time or later, UTC."),
        to=time("Made at this time or before, UTC."),
        limit=number(MOST_ITEMS, 1, MAX_PAGE, DEFAULT_PAGE),
        cursor=NEXT_PAGE,
    ),
)
async def find(request: Request) -> Response:
    """Orders, newest first."""
    identity, services = owner_of(request), services_of(request)
    status = one_of(request, "status", STATUSES)
    asked: dict[str, Any] = {
        "status": "cancelled" if status == "canceled" else status,
        "symbol": symbol_in(request),
        "side": one_of(request, "side", tuple(Side)),
        "since": time_in(request, "from"),
        "until": time_in(request, "to"),
    }
    await services.view.settled()  # what is not found here may be in the commit that is under way

    def ask(limit: int, cursor: str | None) -> Page:
        return services.history.orders(identity.user, **asked, limit=limit, cursor=cursor)

    try:
        page = await services.turns.page(ask, page_size(request), text_in(request, "cursor"))
    except ValueError:
        raise bad_cursor() from None
    return page_response(page)


@router.get("/orders/queue", responses=answers(openapi.ListOf[QueuePlace]))
async def queue(request: Request) -> Response:
    """What stands before each resting order at its price; those of which the venue does not say are left out."""
    identity, services = owner_of(request), services_of(request)
    await services.view.settled()
    places = services.view.ahead(identity.user).items()
    return list_response(
        [orjson.dumps({"orderId": order_id, "ahead": quantity_text(ahead)}) for order_id, ahead in places]
    )


@router.get("/orders/{id}", responses=answers(Order))
async def show(request: Request) -> Response:
    """One order, open or ended."""
    identity, services, order_id = owner_of(request), services_of(request), known_id(request)
    await services.view.settled()
    found = services.view.order(identity.user, order_id) or services.history.order(identity.user, order_id)
    if found is None:
        raise Refused(ErrorCode.NOT_FOUND, "there is no order of that id")
    return json_response(found)


@router.patch("/orders/{id}", responses=answers(Order), openapi_extra=takes(AmendRequest))
async def amend(request: Request) -> Response:
    """Give an open order new totals."""
    identity = trader_of(request)
    command = from_body.amend_order(identity.user, known_id(request), await body_of(request))
    return await run(request, command, identity.user)


@router.delete("/orders/{id}", responses=answers(Order))
async def cancel(request: Request) -> Response:
    """Cancel one order."""
    identity = trader_of(request)
    await take_no_body(request)
    return await run(request, CancelOrder(identity.user, known_id(request)), identity.user, leaving=True)


@router.delete(
    "/orders",
    responses=answers(CancelledOrders),
    openapi_extra=takes(
        symbol=ONE_MARKET,
        include=word("`entries`, the default, keeps what protects positions; `all` does not.", from_body.INCLUDE),
    ),
)
async def cancel_all(request: Request) -> Response:
    """Cancel all entries, of one symbol if it is named; `include=all` takes the exits as well."""
    identity = trader_of(request)
    await take_no_body(request)
    command = from_body.cancel_all(identity.user, symbol_in(request), request.query_params.get("include"))
    return await run(request, command, identity.user, leaving=True)
