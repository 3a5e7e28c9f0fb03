"""What a request says: who asks, with which body, for which page. Every reading either gives a checked value or raises Refused."""

import asyncio
from collections.abc import Collection, Mapping
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from server.gateway import names
from server.gateway.commands.bodies import parse, shown
from server.gateway.rest.errors import Refused
from server.gateway.rest.read_budget import Endpoint, too_much
from server.gateway.rest.services import services_of
from server.gateway.transport.asgi import bearer_token
from server.identity.authenticator import Identity
from server.identity.tokens import Refusal
from tradeterm.protocol.times import parse_time
from tradeterm.protocol.vocabulary import HTTP_STATUS, ErrorCode, Role, Scope
from tradeterm.protocol.wire import WireIn

BODY_TIMEOUT_S = 10
MAX_PAGE = 500
DEFAULT_PAGE = 100
MAX_TEXT = 512
_WHY = {
    Refusal.BAD: "the token is not valid",
    Refusal.EXPIRED: "the token has expired",
    Refusal.EARLY: "the token is not valid yet; get another",
    Refusal.REVOKED: "the session has ended",
}

# ---------------------------------------------------------------- who


def identity_of(request: Request) -> Identity:
    """Who asks. Raises Refused UNAUTHENTICATED, or EXPIRED where another token of the session would do."""
    token = bearer_token(request.scope)
    if token is None:
        raise Refused(ErrorCode.UNAUTHENTICATED, "sign in first: this needs an Authorization: Bearer token")
    found = services_of(request).authenticator.check(token)
    if isinstance(found, Refusal):
        raise unauthenticated(found, _WHY[found])
    request.state.budget = found.budget
    if request.method in ("GET", "HEAD") and (wait_s := services_of(request).limits.read_wait(found.budget, "")):
        raise too_much(wait_s)
    return found


def unauthenticated(why: Refusal, text: str) -> Refused:
    """The refusal of a token, with the code that says whether another one would do."""
    code = ErrorCode.EXPIRED if why.passes else ErrorCode.UNAUTHENTICATED
    return Refused(code, text, status=HTTP_STATUS[ErrorCode.UNAUTHENTICATED])


def trader_of(request: Request) -> Identity:
    """Who asks, if they may trade. Raises Refused FORBIDDEN."""
    identity = identity_of(request)
    if not identity.may_trade:
        raise Refused(
            ErrorCode.FORBIDDEN, f"role {identity.role.value} with scope {identity.scope.value} may not trade"
        )
    return identity


def owner_of(request: Request) -> Identity:
    """Who asks, if they have an account to look at. Raises Refused FORBIDDEN."""
    identity = identity_of(request)
    if identity.role is not Role.TRADER:
        raise Refused(ErrorCode.FORBIDDEN, f"the role {identity.role.value} has no account")
    return identity


async def contents_of(request: Request) -> Mapping[str, list[bytes]]:
    """What the account of who asks holds, as encoded wire objects by kind. Raises DatabaseAway."""
    user, view = owner_of(request).user, services_of(request).view
    await view.settled()
    return view.snapshot(user)[1]


def admin_of(request: Request, *, changes: bool = False) -> Identity:
    """Who asks, if they are an admin; with `changes`, one whose token may change something. Raises Refused FORBIDDEN."""
    identity = identity_of(request)
    if identity.role is not Role.ADMIN:
        raise Refused(ErrorCode.FORBIDDEN, "this is for admins")
    if changes and identity.scope is not Scope.TRADE:
        raise Refused(ErrorCode.FORBIDDEN, "a token with scope read changes nothing")
    return identity


def address_of(request: Request) -> str:
    return request.client.host if request.client else ""


# ---------------------------------------------------------------- the body


async def body_of(request: Request) -> bytes:
    """The whole body, counted while it comes in, whatever its header says. Raises Refused BODY_TOO_LARGE."""
    limit = services_of(request).limits.configured.body_bytes
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_TIMEOUT_S):
            async for part in request.stream():
                body += part
                if len(body) > limit:
                    raise Refused(ErrorCode.BODY_TOO_LARGE, f"a body may have {limit // 1024} KiB at most")
    except TimeoutError:
        raise Refused(ErrorCode.MALFORMED, "the body did not come in time", status=408) from None
    return bytes(body)


class NothingRequest(WireIn):
    """The body of a command that takes none."""


async def take_no_body(request: Request) -> None:
    """Have a command that its path says whole say nothing more: whoever narrows it down in a body that nobody reads does not
    mean it. Raises BadRequest."""
    parse(NothingRequest, await body_of(request) or {})


# ---------------------------------------------------------------- path and query


def all_read(endpoint: Endpoint, known: Collection[str]) -> Endpoint:
    """A route that changes something, with nothing in its query but the parameters that it reads: a misspelt filter would make
    what is about one thing about all."""

    async def handler(request: Request) -> Response:
        for name, _ in request.query_params.multi_items():
            if name not in known:
                raise _wrong(shown(name), f"there is no parameter {shown(name)}")
            if len(request.query_params.getlist(name)) > 1:
                raise _wrong(name, f"{name} is there twice")
        return await endpoint(request)

    return handler


def known_symbol(request: Request) -> str:
    """The market in the path. Raises Refused NOT_FOUND."""
    symbol = names.symbol_of(request.path_params["symbol"])
    if symbol not in services_of(request).view.markets():
        raise Refused(ErrorCode.NOT_FOUND, "there is no such market")
    return symbol


def known_id(request: Request, noun: str = "order") -> str:
    """The id in the path, if it could be one. Raises Refused NOT_FOUND."""
    found: str = request.path_params["id"]
    if not names.is_id(found):
        raise Refused(ErrorCode.NOT_FOUND, f"there is no {noun} of that id")
    return found


def text_in(request: Request, name: str) -> str | None:
    """A parameter that is only compared. Raises Refused for one that nothing could equal."""
    text = request.query_params.get(name)
    if text is not None and (len(text) > MAX_TEXT or not text.isprintable()):
        raise _wrong(name, f"{name} is too long or not readable")
    return text


def symbol_in(request: Request) -> str | None:
    text = text_in(request, "symbol")
    return None if text is None else names.symbol_of(text)


def one_of(request: Request, name: str, words: Collection[str]) -> str | None:
    text = request.query_params.get(name)
    if text is not None and text not in words:
        raise _wrong(name, f"{name} is one of {', '.join(words)}")
    return text


def number_in(request: Request, name: str, default: int, least: int, most: int) -> int:
    text = request.query_params.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(most)) and least <= int(text) <= most):
        raise _wrong(name, f"{name} is a whole number from {least} to {most}")
    return int(text)


def time_in(request: Request, name: str) -> datetime | None:
    text = request.query_params.get(name)
    if text is None:
        return None
    try:
        return parse_time(text)
    except (ValueError, OverflowError):
        raise _wrong(name, f"{name} is a time like 2026-01-05T12:00:00Z") from None


def page_size(request: Request) -> int:
    return number_in(request, "limit", DEFAULT_PAGE, 1, MAX_PAGE)


def bad_cursor() -> Refused:
    return _wrong("cursor", "cursor is not one that this server gave")


def _wrong(name: str, text: str) -> Refused:
    return Refused(ErrorCode.VALIDATION_FAILED, text, details={"field": name})
