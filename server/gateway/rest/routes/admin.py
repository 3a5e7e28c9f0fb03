"""What an admin does: users, limits and halts of accounts, and who is connected. An admin trades nothing."""

import orjson
import structlog
from starlette.requests import Request
from starlette.responses import Response

from server.domain.commands import Kill, Resume
from server.gateway.commands import from_body
from server.gateway.rest import openapi
from server.gateway.rest.errors import Refused
from server.gateway.rest.openapi import ListOf, answers, takes
from server.gateway.rest.reading import admin_of, body_of, take_no_body
from server.gateway.rest.responses import json_response, list_response, run
from server.gateway.rest.services import services_of
from server.identity.user_names import is_user_name
from server.ports import User
from tradeterm.protocol.answers import SocketEntry, UserEntry, WhatIsLeft
from tradeterm.protocol.balances import Account
from tradeterm.protocol.times import time_text
from tradeterm.protocol.vocabulary import ErrorCode, Role

log = structlog.get_logger("server.gateway.rest.routes.admin")

router = openapi.routes("admin")


@router.put("/admin/accounts/{name}/limits", responses=answers(Account), openapi_extra=takes(from_body.LimitsRequest))
async def set_limits(request: Request) -> Response:
    """Set some of an account's risk limits; null takes one away."""
    admin, name = admin_of(request, changes=True), _account(request)
    command = from_body.set_limits(name, await body_of(request))
    answer = await run(request, command, admin.user)
    log.info("limits set", admin=admin.user, account=name, limits=sorted(command.limits))
    return answer


@router.post("/admin/accounts/{name}/kill", responses=answers(WhatIsLeft))
async def kill(request: Request) -> Response:
    """Halt an account: its orders are cancelled and its positions closed."""
    admin, name = admin_of(request, changes=True), _account(request)
    await take_no_body(request)
    answer = await run(request, Kill(name), admin.user, leaving=True)
    log.info("account halted", admin=admin.user, account=name)
    return answer


@router.post("/admin/accounts/{name}/resume", responses=answers(Account))
async def resume(request: Request) -> Response:
    """End an account's halt."""
    admin, name = admin_of(request, changes=True), _account(request)
    await take_no_body(request)
    answer = await run(request, Resume(name), admin.user)
    log.info("account resumed", admin=admin.user, account=name)
    return answer


@router.get("/admin/users", responses=answers(ListOf[UserEntry]))
async def users(request: Request) -> Response:
    """Everybody who can sign in, or could once."""
    admin_of(request)
    return list_response([_user_bytes(one) for one in services_of(request).users.list()])


@router.post("/admin/users/{name}/disable", responses=answers(UserEntry))
async def disable(request: Request) -> Response:
    """Sign a user out everywhere and for good; their sockets close."""
    return await _switch(request, disabled=True)


@router.post("/admin/users/{name}/enable", responses=answers(UserEntry))
async def enable(request: Request) -> Response:
    """Let a disabled user sign in again."""
    return await _switch(request, disabled=False)


@router.get("/admin/sockets", responses=answers(ListOf[SocketEntry]))
async def sockets(request: Request) -> Response:
    """Who is connected, over what, and how far behind."""
    admin_of(request)
    return list_response([orjson.dumps(one) for one in services_of(request).sockets()])


async def _switch(request: Request, *, disabled: bool) -> Response:
    admin, services, user = admin_of(request, changes=True), services_of(request), _user(request)
    if disabled and user.name == admin.user:
        raise Refused(ErrorCode.CONFLICT, "admins do not disable themselves")
    await services.authenticator.set_disabled(user.name, disabled=disabled)
    log.info("user disabled" if disabled else "user enabled", admin=admin.user, user=user.name)
    return json_response(_user_bytes(_user(request)))


def _user(request: Request) -> User:
    name = request.path_params["name"]
    found = services_of(request).users.get(name) if is_user_name(name) else None
    if found is None:
        raise Refused(ErrorCode.NOT_FOUND, "there is no such user")
    return found


def _account(request: Request) -> str:
    user = _user(request)
    if user.role is not Role.TRADER:
        raise Refused(ErrorCode.NOT_FOUND, "that user has no account")
    return user.name


def _user_bytes(user: User) -> bytes:
    return orjson.dumps(
        {"name": user.name, "role": user.role, "disabled": user.disabled, "createdAt": time_text(user.created_at)}
    )
