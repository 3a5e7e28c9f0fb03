"""Sign-in, refresh, sign-out."""

from urllib.parse import parse_qsl

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server.gateway.api.orders import json_response
from server.gateway.api.services import body_of, identity_of, services_of
from server.gateway.auth import Grant, SignInRefused
from server.gateway.errors import Refused
from server.gateway.tokens import Refusal
from tradeterm.protocol.times import time_text
from tradeterm.protocol.vocabulary import ErrorCode, Scope


async def token(request: Request) -> Response:
    """The OAuth2 password form."""
    services = services_of(request)
    form = dict(parse_qsl((await body_of(request)).decode("utf-8", "replace"), keep_blank_values=True))
    name, password = form.get("username", ""), form.get("password", "")
    if not name or not password:
        raise Refused(ErrorCode.VALIDATION_FAILED, "the form needs username and password")
    scope = form.get("scope") or Scope.TRADE
    if scope not in set(Scope):
        raise Refused(ErrorCode.VALIDATION_FAILED, "scope is trade or read")
    address = request.client.host if request.client else ""
    answer = await services.authenticator.sign_in(name, password, address, Scope(scope))
    if isinstance(answer, Grant):
        return tokens_response(answer)
    return _refuse(answer)


def _refuse(refused: SignInRefused) -> Response:
    if refused.retry_after_s is not None:
        raise Refused(ErrorCode.RATE_LIMITED, "too many failed sign-ins; wait a while", refused.retry_after_s)
    raise Refused(ErrorCode.UNAUTHENTICATED, "user name or password is wrong")


async def refresh(request: Request) -> Response:
    """A JSON body {"refreshToken": …}, or the OAuth2 form with refresh_token."""
    body = await body_of(request)
    try:
        sent = orjson.loads(body)
        given = sent.get("refreshToken") if isinstance(sent, dict) else None
    except orjson.JSONDecodeError:
        given = dict(parse_qsl(body.decode("utf-8", "replace"))).get("refresh_token")
    if not isinstance(given, str) or not given:
        raise Refused(ErrorCode.VALIDATION_FAILED, "refreshToken is missing")
    tokens = services_of(request).authenticator.refresh(given)
    if isinstance(tokens, Refusal):
        raise Refused(ErrorCode.UNAUTHENTICATED, "the refresh token is not valid any more")
    return tokens_response(tokens)


async def logout(request: Request) -> Response:
    identity = identity_of(request)
    services_of(request).authenticator.logout(identity.session_id)
    return Response(status_code=204)


async def me(request: Request) -> Response:
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


def tokens_response(tokens: Grant) -> Response:
    """Under our names and under OAuth2's; never to be kept by a cache."""
    response = json_response(
        orjson.dumps(
            {
                "accessToken": tokens.access_token,
                "refreshToken": tokens.refresh_token,
                "tokenType": "bearer",
                "expiresIn": tokens.expires_in_s,
                "access_token": tokens.access_token,
                "refresh_token": tokens.refresh_token,
                "token_type": "bearer",
                "expires_in": tokens.expires_in_s,
            }
        )
    )
    response.headers["Cache-Control"] = "no-store"
    return response


ROUTES = [
    Route("/auth/token", token, methods=["POST"]),
    Route("/auth/refresh", refresh, methods=["POST"]),
    Route("/auth/logout", logout, methods=["POST"]),
    Route("/auth/me", me, methods=["GET"]),
]
