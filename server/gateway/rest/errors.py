"""One shape for every refusal: a status, a code and one sentence. No stack trace, no value that was sent, no library's words."""

import math
import secrets
from collections.abc import Callable, Mapping
from typing import Any, Final

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Match

from server.gateway.commands.bodies import BadRequest
from server.gateway.commands.unanswered import RETRY_S, unanswered
from server.gateway.transport.errors import error_body
from server.ports import Answer, Busy, DatabaseAway, OutcomeUnknown, Stopping
from tradeterm.protocol.vocabulary import HTTP_STATUS, ErrorCode, status_of

log: Final = structlog.get_logger("server.gateway.rest.errors")

MAX_PATH: Final = 128  # more of it is not logged
BUSY_RETRY_S = 1.0


class Refused(Exception):
    """A request that ends here. `status` follows from the code unless it is given."""

    def __init__(
        self,
        code: str,
        message: str,
        retry_after_s: float | None = None,
        details: Any = None,
        status: int | None = None,
    ) -> None:
        super().__init__(message)
        self.code, self.message, self.retry_after_s, self.details = code, message, retry_after_s, details
        self.status = status or status_of(code)


def refused_by(answer: Answer) -> Refused:
    """The executor's refusal of a command."""
    return Refused(answer.code or "", answer.message or "", details=answer.details, status=answer.status)


def refusal_of(error: Exception, method: str, path: str) -> Refused:
    """What a request is told that ended in an exception. One that nobody knows is a fault of ours, and goes into the log."""
    if isinstance(error, Refused):
        return error
    if isinstance(error, Busy):
        return Refused(ErrorCode.RATE_LIMITED, "the server is busy", BUSY_RETRY_S)
    known = unanswered(error)
    if known is not None:
        return Refused(*known, RETRY_S)
    error_id = secrets.token_hex(8)
    log.error("request failed", error_id=error_id, method=method, path=path, exc_info=error)
    text = "the server failed to answer; the fault is in its log"
    return Refused(ErrorCode.INTERNAL, text, details={"errorId": error_id})


def note_forbidden(refused: Refused, user: str | None, path: str, address: str) -> None:
    """Who asked for what is not theirs stands in the log."""
    if refused.code == ErrorCode.FORBIDDEN:
        log.info("request_refused", why=refused.message, user=user, path=path[:MAX_PATH], address=address)


def error_response(refused: Refused, headers: Mapping[str, str] | None = None) -> Response:
    """The refusal as a response."""
    said = dict(headers or {})
    if refused.retry_after_s is not None:
        said["Retry-After"] = str(max(1, math.ceil(refused.retry_after_s)))
    if refused.status == HTTP_STATUS[ErrorCode.UNAUTHENTICATED]:
        said["WWW-Authenticate"] = "Bearer"
    if refused.status == HTTP_STATUS[ErrorCode.BODY_TOO_LARGE]:
        said["Connection"] = "close"  # the rest of the body is not read
    body = error_body(refused.code, refused.message, refused.details)
    return Response(body, refused.status, said, media_type="application/json")


# ---------------------------------------------------------------- what the application makes of exceptions


class ErrorAnswers:
    """The handlers: every exception of a request ends in the one shape, and is counted by its code."""

    def __init__(self, count: Callable[[str], None]) -> None:
        self._count = count

    def add_to(self, app: Starlette) -> None:
        app.add_exception_handler(Refused, self._refused)
        app.add_exception_handler(BadRequest, self._bad_request)
        app.add_exception_handler(HTTPException, self._http)
        app.add_exception_handler(ClientDisconnect, self._gone)
        for error in (Busy, DatabaseAway, OutcomeUnknown, Stopping):
            app.add_exception_handler(error, self._ended)
        app.add_exception_handler(Exception, self._ended)

    def _answer(self, refused: Refused, headers: Mapping[str, str] | None = None) -> Response:
        self._count(refused.code)
        return error_response(refused, headers)

    async def _refused(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, Refused)
        address = request.client.host if request.client else ""
        note_forbidden(error, getattr(request.state, "budget", None), request.url.path, address)
        return self._answer(error)

    async def _bad_request(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, BadRequest)
        return self._answer(Refused(error.code, error.text, details={"field": error.field} if error.field else None))

    async def _http(self, request: Request, error: Exception) -> Response:
        """What the router says by itself: no such path, or not with this method."""
        assert isinstance(error, HTTPException)
        headers = error.headers
        match error.status_code:
            case 404:
                refused = Refused(ErrorCode.NOT_FOUND, "there is nothing at this path")
            case 405:
                refused = Refused(ErrorCode.METHOD_NOT_ALLOWED, f"this path does not take {request.method}")
                headers = {"Allow": ", ".join(sorted(_methods_at(request)))}
            case _:
                refused = Refused(ErrorCode.MALFORMED, "the request cannot be read", status=error.status_code)
        return self._answer(refused, headers)

    async def _gone(self, request: Request, error: Exception) -> Response:
        """The client left in the middle of its body: nobody reads this."""
        return self._answer(Refused(ErrorCode.MALFORMED, "the body ended too early", status=400))

    async def _ended(self, request: Request, error: Exception) -> Response:
        return self._answer(refusal_of(error, request.method, request.url.path))


def _methods_at(request: Request) -> set[str]:
    """All that the path takes; the router knows but those of the first of its routes."""
    routes = [one for one in request.app.routes if one.matches(request.scope)[0] is not Match.NONE]
    return {method for one in routes if one.path == routes[0].path for method in one.methods}
