"""One shape for every refusal: a status, a code and one sentence. No stack trace, no value that was sent, no library's words."""

from typing import Any

import orjson
from starlette.responses import Response

from tradeterm.protocol.vocabulary import ErrorCode

STATUS = {
    ErrorCode.UNAUTHENTICATED: 401,
    ErrorCode.FORBIDDEN: 403,
    ErrorCode.NOT_FOUND: 404,
    ErrorCode.METHOD_NOT_ALLOWED: 405,
    ErrorCode.IDEMPOTENCY_CONFLICT: 409,
    ErrorCode.CONFLICT: 409,
    ErrorCode.BODY_TOO_LARGE: 413,
    ErrorCode.RATE_LIMITED: 429,
    ErrorCode.INTERNAL: 500,
    ErrorCode.STOPPING: 503,
}


class Refused(Exception):
    """A request that ends here."""

    def __init__(self, code: ErrorCode, message: str, retry_after_s: float | None = None, details: Any = None) -> None:
        super().__init__(message)
        self.code, self.message, self.retry_after_s, self.details = code, message, retry_after_s, details


def error_body(code: str, message: str, details: Any = None) -> bytes:
    return orjson.dumps({"error": {"code": code, "message": message, "details": details}})


def error_response(refused: Refused) -> Response:
    """The response of a refusal; everything that is wrong with a body is 422."""
    headers = {}
    if refused.retry_after_s is not None:
        headers["Retry-After"] = str(max(1, round(refused.retry_after_s + 0.5)))
    if refused.code is ErrorCode.UNAUTHENTICATED:
        headers["WWW-Authenticate"] = "Bearer"
    return Response(
        error_body(refused.code, refused.message, refused.details),
        STATUS.get(refused.code, 422),
        headers,
        media_type="application/json",
    )
