"""Sign-in, refresh, sign-out, and who one is."""

from typing import Any
from urllib.parse import parse_qsl

import orjson
from starlette.requests import Request
from starlette.responses import Response

from server.domain.commands import OpenAccount
from server.gateway.rest import openapi
from server.gateway.rest.errors import Refused
from server.gateway.rest.openapi import answers
from server.gateway.rest.reading import address_of, body_of, identity_of, unauthenticated
from server.gateway.rest.responses import carried_out, json_response
from server.gateway.rest.services import services_of
from server.identity.authenticator import Grant
from server.identity.proofs import Fault, SignInRefused
from server.identity.tokens import Refusal
from tradeterm.protocol.answers import Whose
from tradeterm.protocol.auth import Tokens
from tradeterm.protocol.times import time_text
from tradeterm.protocol.vocabulary import ErrorCode, Role, Scope

MAX_FIELDS = 20
FORM = "application/x-www-form-urlencoded"
_FORM_SCHEMA = {
    "type": "object",
    "required": ["username", "password"],
    "properties": {
        "grant_type": {"type": "string", "const": "password", "description": "As OAuth2 has it; need not be said."},
        "username": {"type": "string", "description": "Who signs in."},
        "password": {"type": "string", "format": "password", "description": "The user's password."},
        "otp": {"type": "string", "description": "The code of the second factor, where the user has one."},
        "scope": {
            "type": "string",
            "enum": [scope.value for scope in Scope],
            "default": Scope.TRADE.value,
            "description": "`read` makes tokens that cannot trade.",
        },
    },
}
_REFRESH_TOKEN = {"type": "string", "description": "The one that came last; it works once."}
_REFRESH_SCHEMA = {"type": "object", "required": ["refreshToken"], "properties": {"refreshToken": _REFRESH_TOKEN}}

router = openapi.routes("sign-in")


def _open_to_all(kind: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"security": [], "requestBody": {"required": True, "content": {kind: {"schema": schema}}}}


@router.post("/auth/token", responses=answers(Tokens), openapi_extra=_open_to_all(FORM, _FORM_SCHEMA))
async def token(request: Request) -> Response:
    """Sign in with the OAuth2 password form; `scope=read` makes tokens that cannot trade. Who has a second factor sends its
    code as `otp`; without it the answer to a right password is 401 OTP_REQUIRED."""
    form = _form(await body_of(request))
    name, password = form.get("username"), form.get("password")
    if not name or not password:
        missing = "password" if name else "username"
        raise Refused(ErrorCode.VALIDATION_FAILED, f"{missing} is missing", details={"field": missing})
    answer = await services_of(request).authenticator.sign_in(
        name, password, address_of(request), _scope(form), form.get("otp")
    )
    if isinstance(answer, SignInRefused):
        raise sign_in_refused(answer)
    if answer.identity.role is Role.TRADER:
        await carried_out(request, OpenAccount(answer.identity.user))
    return _tokens_response(answer)


@router.post(
    "/auth/refresh", responses=answers(Tokens), openapi_extra=_open_to_all("application/json", _REFRESH_SCHEMA)
)
async def refresh(request: Request) -> Response:
    """New tokens for a refresh token, which works once: a JSON body, or the OAuth2 form with refresh_token."""
    answer = await services_of(request).authenticator.refresh(_refresh_token(await body_of(request)))
    if isinstance(answer, Refusal):
        ended = answer is not Refusal.BAD
        raise unauthenticated(answer, "the session has ended" if ended else "the refresh token is not valid")
    return _tokens_response(answer)


@router.post("/auth/logout", status_code=204)
async def logout(request: Request) -> Response:
    """End the session: its tokens stop counting, its sockets are closed."""
    await services_of(request).authenticator.logout(identity_of(request).session_id)
    return Response(status_code=204)


@router.get("/auth/me", responses=answers(Whose))
async def me(request: Request) -> Response:
    """Whose token this is."""
    identity = identity_of(request)
    return json_response(
        orjson.dumps(
            {
                "user": identity.user,
                "role": identity.role,
                "scope": identity.scope,
                "sessionId": identity.session_id,
                "expiresAt": time_text(identity.expires_at),
            }
        )
    )


def _form(body: bytes) -> dict[str, str]:
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="strict"))
    except ValueError:
        raise Refused(ErrorCode.MALFORMED, f"the body is not a form ({FORM})") from None


def _scope(form: dict[str, str]) -> Scope:
    said = form.get("scope") or Scope.TRADE.value
    if said not in set(Scope):
        raise Refused(ErrorCode.VALIDATION_FAILED, "scope is trade or read", details={"field": "scope"})
    return Scope(said)


def _refresh_token(body: bytes) -> str:
    try:
        sent = orjson.loads(body)
        given = sent.get("refreshToken", sent.get("refresh_token")) if isinstance(sent, dict) else None
    except orjson.JSONDecodeError:
        given = _form(body).get("refresh_token")
    if not isinstance(given, str) or not given:
        raise Refused(ErrorCode.VALIDATION_FAILED, "refreshToken is missing", details={"field": "refreshToken"})
    return given


def sign_in_refused(refused: SignInRefused) -> Refused:
    """The refusal of a name, a password or a code."""
    match refused.fault:
        case Fault.HELD_BACK:
            return Refused(ErrorCode.RATE_LIMITED, "too many sign-ins; wait a while", refused.retry_after_s)
        case Fault.CODE_MISSING:
            return Refused(ErrorCode.OTP_REQUIRED, "a code of the second factor is wanted: otp")
        case Fault.CODE_WRONG:
            return Refused(ErrorCode.OTP_INVALID, "the code is wrong, or was used before")
        case _:
            return Refused(ErrorCode.UNAUTHENTICATED, "user name or password is wrong")


def _tokens_response(grant: Grant) -> Response:
    """Under our names and under OAuth2's; never to be kept by a cache."""
    tokens = {
        "accessToken": grant.access_token,
        "refreshToken": grant.refresh_token,
        "tokenType": "bearer",
        "expiresIn": grant.expires_in_s,
    }
    oauth2 = {
        "access_token": grant.access_token,
        "refresh_token": grant.refresh_token,
        "token_type": "bearer",
        "expires_in": grant.expires_in_s,
    }
    response = json_response(orjson.dumps({**tokens, **oauth2}))
    response.headers["Cache-Control"] = "no-store"
    return response
