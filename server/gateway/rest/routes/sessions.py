"""The own sign-ins, listed and ended one by one, and the own password."""

import orjson
from starlette.requests import Request
from starlette.responses import Response

from server.gateway.commands.bodies import parse
from server.gateway.rest import openapi
from server.gateway.rest.errors import Refused
from server.gateway.rest.openapi import ListOf, answers, takes
from server.gateway.rest.reading import address_of, body_of, identity_of
from server.gateway.rest.responses import list_response
from server.gateway.rest.routes.sign_in import sign_in_refused
from server.gateway.rest.services import services_of
from server.identity.authenticator import Identity, PasswordRefused
from server.identity.proofs import Fault
from server.ports import SignInSession
from tradeterm.protocol import sign_in as wire
from tradeterm.protocol.times import time_text
from tradeterm.protocol.vocabulary import ErrorCode, Scope

router = openapi.routes("sign-in")


@router.get("/auth/sessions", responses=answers(ListOf[wire.SignInSession]))
async def sessions(request: Request) -> Response:
    """The own sign-ins that have not ended, the oldest first."""
    identity = identity_of(request)
    found = services_of(request).authenticator.sessions(identity.user)
    return list_response([_as_wire(one, identity) for one in found])


@router.delete("/auth/sessions/{id}", status_code=204)
async def end(request: Request) -> Response:
    """End one of the own sign-ins: its tokens stop counting, its sockets are closed."""
    identity, session_id = identity_of(request), request.path_params["id"]
    authenticator = services_of(request).authenticator
    if session_id not in {one.id for one in authenticator.sessions(identity.user)}:
        raise Refused(ErrorCode.NOT_FOUND, "there is no sign-in of that id")
    if session_id != identity.session_id:
        _refuse_readers(identity)
    await authenticator.logout(session_id)
    return Response(status_code=204)


@router.post("/auth/password", status_code=204, openapi_extra=takes(wire.PasswordRequest))
async def password(request: Request) -> Response:
    """Change the own password; the user's other sign-ins end."""
    identity = identity_of(request)
    _refuse_readers(identity)
    said = parse(wire.PasswordRequest, await body_of(request))
    refused = await services_of(request).authenticator.change_password(
        identity, said.old_password, said.new_password, address_of(request)
    )
    if isinstance(refused, PasswordRefused):
        raise Refused(ErrorCode.VALIDATION_FAILED, refused.why, details={"field": "newPassword"})
    if refused is not None and refused.fault is Fault.WRONG:
        # Not 401: the token is good, and another one would change nothing.
        raise Refused(ErrorCode.FORBIDDEN, "the old password is wrong", details={"field": "oldPassword"})
    if refused is not None:
        raise sign_in_refused(refused)
    return Response(status_code=204)


def _refuse_readers(identity: Identity) -> None:
    """Raises Refused FORBIDDEN for a token that may change nothing but its own session."""
    if identity.scope is not Scope.TRADE:
        raise Refused(ErrorCode.FORBIDDEN, "a token with scope read changes nothing")


def _as_wire(session: SignInSession, identity: Identity) -> bytes:
    return orjson.dumps(
        {
            "id": session.id,
            "scope": session.scope,
            "address": session.address,
            "openedAt": time_text(session.opened_at),
            "renewedAt": None if session.renewed_at is None else time_text(session.renewed_at),
            "expiresAt": time_text(session.expires_at),
            "current": session.id == identity.session_id,
        }
    )
