"""What the routes work with: the ports, the sign-in and the limits, and how a request becomes an identity."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request

from server.domain.commands import Command
from server.gateway.auth import Authenticator, Identity
from server.gateway.errors import Refused
from server.gateway.limits import Limits
from server.gateway.tokens import Refusal
from server.ports import Answer, Busy, Clock, History, MarketData, Orders, Stopping, Users, View
from tradeterm.protocol.vocabulary import ErrorCode, Role

BODY_BYTES = 65_536


@dataclass(slots=True)
class Services:
    """Everything the gateway may use, put together by the composition root."""

    orders: Orders
    view: View
    history: History
    users: Users
    market_data: MarketData
    clock: Clock
    authenticator: Authenticator
    limits: Limits
    allow_origins: Sequence[str] = ()
    is_ready: Callable[[], bool] = lambda: True
    sockets: Callable[[], list[dict[str, Any]]] = field(default=list)


def services_of(request: Request) -> Services:
    found: Services = request.app.state.services
    return found


def identity_of(request: Request) -> Identity:
    """Who asks. Raises Refused UNAUTHENTICATED."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer" or not token:
        raise Refused(ErrorCode.UNAUTHENTICATED, "sign in first: this needs an Authorization: Bearer token")
    found = services_of(request).authenticator.check(token.strip())
    if isinstance(found, Refusal):
        said = {Refusal.EXPIRED: "the token has expired", Refusal.REVOKED: "the session has ended"}
        raise Refused(ErrorCode.UNAUTHENTICATED, said.get(found, "the token is not valid"))
    return found


def trader_of(request: Request) -> Identity:
    """Who asks, if he may trade. Raises Refused."""
    identity = identity_of(request)
    if not identity.may_trade:
        raise Refused(ErrorCode.FORBIDDEN, f"a {identity.role} with scope {identity.scope} may not trade")
    return identity


def reader_of(request: Request) -> Identity:
    """Who asks, if he has an account to read. Raises Refused."""
    identity = identity_of(request)
    if identity.role is not Role.TRADER:
        raise Refused(ErrorCode.FORBIDDEN, f"a {identity.role} has no account")
    return identity


def admin_of(request: Request) -> Identity:
    identity = identity_of(request)
    if identity.role is not Role.ADMIN:
        raise Refused(ErrorCode.FORBIDDEN, "this is for admins")
    return identity


async def body_of(request: Request) -> bytes:
    """The whole body, counted while it comes in. Raises Refused BODY_TOO_LARGE."""
    size, parts = 0, []
    async for part in request.stream():
        size += len(part)
        if size > BODY_BYTES:
            raise Refused(ErrorCode.BODY_TOO_LARGE, "a body may have 64 KiB at most")
        parts.append(part)
    return b"".join(parts)


def pass_limit(limits: Limits, user: str, *, leaving: bool) -> None:
    """Raises Refused RATE_LIMITED, with the time to come back."""
    wait_s = limits.command(user, relief=leaving)
    if wait_s:
        raise Refused(ErrorCode.RATE_LIMITED, "too many commands a second", wait_s)


async def carry_out(services: Services, command: Command) -> Answer:
    """The durable answer to a command. Raises Refused."""
    try:
        answer = await services.orders.submit(command)
    except Busy:
        raise Refused(ErrorCode.RATE_LIMITED, "the server is busy", 1) from None
    except Stopping:
        raise Refused(ErrorCode.STOPPING, "the server is stopping and takes no new work") from None
    if answer.code is not None:
        raise Refused(ErrorCode(answer.code), answer.message or "", details=answer.details)
    return answer
