"""What is needed of ASGI: its types, headers, origins, and refusing a handshake."""

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, Final

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
FORBIDDEN: Final = 403
TOO_MANY: Final = 429


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


async def refuse(send: Send, status: int) -> None:
    """Answer the handshake with HTTP."""
    await send({"type": "websocket.http.response.start", "status": status, "headers": []})
    await send({"type": "websocket.http.response.body", "body": b""})
