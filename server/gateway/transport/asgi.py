"""What is needed of ASGI: its types, headers, origins, and refusing a handshake."""

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, Final

from server.gateway.transport.errors import error_body
from tradeterm.protocol.vocabulary import ErrorCode

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
BAD_REQUEST: Final = 400
FORBIDDEN: Final = 403
NOT_FOUND: Final = 404
TOO_MANY: Final = 429
_WHY: Final = {
    BAD_REQUEST: (ErrorCode.MALFORMED, "this is no request of a session that there is"),
    FORBIDDEN: (ErrorCode.FORBIDDEN, "pages of that origin may not come in; --allow-origin lets them"),
    NOT_FOUND: (ErrorCode.NOT_FOUND, "there is nothing at this path"),
    TOO_MANY: (ErrorCode.RATE_LIMITED, "too much was asked; come back later"),
}


def header(scope: Scope, name: bytes) -> str | None:
    """The first header of that name, which is given in lower case."""
    for key, value in scope["headers"]:
        if key.lower() == name:
            text: str = value.decode("latin-1")
            return text
    return None


def is_allowed_origin(scope: Scope, allowed: Iterable[str]) -> bool:
    """A page says where it comes from and must be on the list; programs say nothing and may pass."""
    origin = header(scope, b"origin")
    return origin is None or origin.rstrip("/").lower() in {one.rstrip("/").lower() for one in allowed}


def bearer_token(scope: Scope) -> str | None:
    """The token of the header Authorization."""
    kind, _, token = (header(scope, b"authorization") or "").partition(" ")
    return token.strip() if kind.lower() == "bearer" and token else None


def address_of(scope: Scope) -> str:
    """Of who asks; empty where the server was not told."""
    client = scope.get("client")
    return str(client[0]) if client else ""


async def refuse(send: Send, status: int, kind: str = "websocket.http") -> None:
    """Answer a handshake, or where `kind` is `http` a request, with a refusal in the one shape."""
    body = error_body(*_WHY[status])
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": f"{kind}.response.start", "status": status, "headers": headers})
    await send({"type": f"{kind}.response.body", "body": body})
