"""Orders: the busiest routes, so they are plain functions on bytes; what they take is checked by the wire models."""

from datetime import datetime

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server.domain.commands import (
    CancelAll,
    CancelOrder,
    CloseAllPositions,
    ClosePosition,
    Command,
    CreateOco,
    Kill,
    PreviewOrder,
    Resume,
    ReversePosition,
    SetProtection,
)
from server.gateway import requests
from server.gateway.api.services import (
    body_of,
    carry_out,
    pass_limit,
    reader_of,
    services_of,
    trader_of,
)
from server.gateway.errors import Refused
from server.ports import Page
from tradeterm.protocol.orders import CloseRequest, OcoRequest, OrderRequest, ProtectionRequest
from tradeterm.protocol.times import parse_time
from tradeterm.protocol.vocabulary import ErrorCode, OrderStatus, Side

MAX_PAGE = 500
DEFAULT_PAGE = 100


def json_response(body: bytes | None, status: int = 200) -> Response:
    return Response(body or b"{}", status, media_type="application/json")


def page_response(page: Page) -> Response:
    cursor = orjson.dumps(page.next_cursor)
    return json_response(b'{"items":[%b],"nextCursor":%b}' % (b",".join(page.items), cursor))


def list_response(items: list[bytes]) -> Response:
    return page_response(Page(items, None))


def symbol_of(request: Request) -> str:
    """The symbol in the path, where a dash stands for the slash. Raises Refused NOT_FOUND."""
    symbol = request.path_params["symbol"].replace("-", "/")
    if symbol not in services_of(request).view.markets():
        raise Refused(ErrorCode.NOT_FOUND, "there is no such market")
    return str(symbol)


def number_of(request: Request, name: str, default: int, least: int, most: int) -> int:
    text = request.query_params.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit()) or not least <= int(text[:12]) <= most:
        raise Refused(ErrorCode.VALIDATION_FAILED, f"{name} is a whole number from {least} to {most}")
    return int(text)


def time_of(request: Request, name: str) -> datetime | None:
    text = request.query_params.get(name)
    try:
        return parse_time(text) if text else None
    except ValueError:
        raise Refused(ErrorCode.VALIDATION_FAILED, f"{name} is a time like 2026-01-05T12:00:00Z") from None


async def run(request: Request, command: Command, *, leaving: bool = False) -> Response:
    """Limit, carry out, answer. `leaving` commands (cancels, exits) have a budget of their own."""
    services = services_of(request)
    pass_limit(services.limits, command.account, leaving=leaving)
    answer = await carry_out(services, command)
    return json_response(answer.body, answer.status)


async def create(request: Request) -> Response:
    identity = trader_of(request)
    command = requests.create_order(identity.user, await body_of(request))
    return await run(request, command, leaving=command.terms.reduce_only)


async def preview(request: Request) -> Response:
    identity = trader_of(request)
    asked = requests.parse(OrderRequest, await body_of(request))
    return await run(request, PreviewOrder(identity.user, requests.terms_of(asked)))


async def create_oco(request: Request) -> Response:
    identity = trader_of(request)
    asked = requests.parse(OcoRequest, await body_of(request))
    first, second = requests.terms_of(asked.first), requests.terms_of(asked.second)
    command = CreateOco(identity.user, first, second, requests.fingerprint(asked))
    return await run(request, command, leaving=first.reduce_only)


async def find(request: Request) -> Response:
    identity, services = reader_of(request), services_of(request)
    order_id = request.path_params["id"]
    found = services.view.order(identity.user, order_id) or services.history.order(identity.user, order_id)
    if found is None:
        raise Refused(ErrorCode.NOT_FOUND, "there is no order of that id")
    return json_response(found)


async def amend(request: Request) -> Response:
    identity = trader_of(request)
    return await run(request, requests.amend_order(identity.user, request.path_params["id"], await body_of(request)))


async def cancel(request: Request) -> Response:
    identity = trader_of(request)
    return await run(request, CancelOrder(identity.user, request.path_params["id"]), leaving=True)


async def cancel_all(request: Request) -> Response:
    identity = trader_of(request)
    include = request.query_params.get("include", "entries")
    if include not in ("entries", "all"):
        raise Refused(ErrorCode.VALIDATION_FAILED, "include is entries or all")
    symbol = request.query_params.get("symbol")
    return await run(request, CancelAll(identity.user, symbol, include == "all"), leaving=True)


async def list_orders(request: Request) -> Response:
    identity, asked = reader_of(request), request.query_params
    status = asked.get("status")
    status = "cancelled" if status == "canceled" else status
    if status is not None and status != "open" and status not in set(OrderStatus):
        raise Refused(ErrorCode.VALIDATION_FAILED, f"status is open or one of {', '.join(OrderStatus)}")
    if asked.get("side") is not None and asked["side"] not in set(Side):
        raise Refused(ErrorCode.VALIDATION_FAILED, "side is buy or sell")
    try:
        page = services_of(request).history.orders(
            identity.user,
            status=status,
            symbol=asked.get("symbol"),
            side=asked.get("side"),
            since=time_of(request, "from"),
            until=time_of(request, "to"),
            limit=number_of(request, "limit", DEFAULT_PAGE, 1, MAX_PAGE),
            cursor=asked.get("cursor"),
        )
    except ValueError:
        raise Refused(ErrorCode.VALIDATION_FAILED, "cursor is not one that this server gave") from None
    return page_response(page)


async def close(request: Request) -> Response:
    identity, symbol = trader_of(request), symbol_of(request)
    asked = requests.parse(CloseRequest, await body_of(request) or b"{}")
    return await run(request, ClosePosition(identity.user, symbol, asked.client_order_id), leaving=True)


async def close_all(request: Request) -> Response:
    return await run(request, CloseAllPositions(trader_of(request).user), leaving=True)


async def reverse(request: Request) -> Response:
    identity, symbol = trader_of(request), symbol_of(request)
    asked = requests.parse(CloseRequest, await body_of(request) or b"{}")
    return await run(request, ReversePosition(identity.user, symbol, asked.client_order_id))


async def protect(request: Request) -> Response:
    identity, symbol = trader_of(request), symbol_of(request)
    asked = requests.parse(ProtectionRequest, await body_of(request))
    command = SetProtection(
        *(identity.user, symbol, requests.take_profit_leg(asked.take_profit), requests.stop_loss_leg(asked.stop_loss))
    )
    return await run(request, command, leaving=True)


async def kill(request: Request) -> Response:
    return await run(request, Kill(trader_of(request).user), leaving=True)


async def resume(request: Request) -> Response:
    return await run(request, Resume(trader_of(request).user))


ROUTES = [
    Route("/orders", create, methods=["POST"]),
    Route("/orders", list_orders, methods=["GET"]),
    Route("/orders", cancel_all, methods=["DELETE"]),
    Route("/orders/preview", preview, methods=["POST"]),
    Route("/orders/oco", create_oco, methods=["POST"]),
    Route("/orders/{id}", find, methods=["GET"]),
    Route("/orders/{id}", amend, methods=["PATCH"]),
    Route("/orders/{id}", cancel, methods=["DELETE"]),
    Route("/positions/close", close_all, methods=["POST"]),
    Route("/positions/{symbol}/close", close, methods=["POST"]),
    Route("/positions/{symbol}/reverse", reverse, methods=["POST"]),
    Route("/positions/{symbol}/protection", protect, methods=["PUT"]),
    Route("/kill", kill, methods=["POST"]),
    Route("/resume", resume, methods=["POST"]),
]
