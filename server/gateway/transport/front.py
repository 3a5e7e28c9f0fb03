"""What holds for every request before anybody looks at it, and for every answer on its way out."""

import asyncio
import ipaddress
from collections.abc import Iterable, MutableMapping
from typing import Any, Final

import structlog

from server.gateway.transport.asgi import Application, Receive, Scope, Send, address_of, header
from server.gateway.transport.errors import error_body
from tradeterm.protocol.vocabulary import ErrorCode

log = structlog.get_logger(__name__)

MISDIRECTED: Final = 421
UNSUPPORTED: Final = 415
UNAVAILABLE: Final = 503
NO_STORE: Final = (b"cache-control", b"no-store")
# What every answer says unless it says something else: nothing here is to be kept, to load anything, or to be framed.
ALWAYS: Final = (
    NO_STORE,
    (b"content-security-policy", b"default-src 'none'; base-uri 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
)
JSON: Final = (b"content-type", b"application/json")


class Front:
    """An application behind a door: it is called by a name that is ours, keeps its answers out of caches, and never
    leaves a request that was broken off without an answer in the one shape."""

    def __init__(self, app: Application, hosts: Iterable[str] = ()) -> None:
        """`hosts` are names that the server goes by, beside addresses and names without a dot."""
        self._app = app
        self._hosts = frozenset(host.lower().rstrip(".") for host in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        host = header(scope, b"host")
        if host is not None and not is_ours(host, self._hosts):
            log.info("request_refused", why="host", host=host, address=address_of(scope))
            await _misdirected(scope, receive, send)
        elif scope["type"] != "http":
            await self._app(scope, receive, send)
        elif is_encoded(scope):
            await _unreadable(send)
        else:
            await self._http(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def sent(message: MutableMapping[str, Any]) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                said = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *(one for one in ALWAYS if one[0] not in said)]
            await send(message)

        try:
            await self._app(scope, receive, sent)
        except asyncio.CancelledError:
            # The server ends in the middle of it: whether it was done nobody can say any more.
            if not begun:
                body = error_body(ErrorCode.OUTCOME_UNKNOWN, "the server ended; ask again under the same id")
                await _answer(sent, "http", UNAVAILABLE, body)
            raise


def is_ours(host: str, hosts: Iterable[str]) -> bool:
    """Whether a Host may be ours. A page that makes its own name point here has a name with a dot in it: an address, a
    name without one and what ends in .localhost cannot be made to."""
    name = host.lower()
    if name.startswith("["):
        name, _, rest = name[1:].partition("]")
        if rest and not rest.startswith(":"):
            return False
    elif name.count(":") == 1:
        name, _, _ = name.partition(":")
    name = name.rstrip(".")
    if "." not in name or name.endswith(".localhost") or name in hosts:
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def is_encoded(scope: Scope) -> bool:
    """Whether a body is said to be packed: it is read as it stands, so that nothing unpacks to more than it weighs."""
    said = (value for name, value in scope["headers"] if name == b"content-encoding")
    return any(coding.strip().lower() not in (b"", b"identity") for value in said for coding in value.split(b","))


async def _unreadable(send: Send) -> None:
    body = error_body(ErrorCode.MALFORMED, "a body is taken as it is: no Content-Encoding but identity")
    await _answer(send, "http", UNSUPPORTED, body, (b"accept-encoding", b"identity"))


async def _misdirected(scope: Scope, receive: Receive, send: Send) -> None:
    body = error_body(ErrorCode.FORBIDDEN, "this server does not go by that name; --allow-host lets it")
    if scope["type"] == "websocket":
        await receive()
        await _answer(send, "websocket.http", MISDIRECTED, body)
    else:
        await _answer(send, "http", MISDIRECTED, body)


async def _answer(send: Send, kind: str, status: int, body: bytes, *more: tuple[bytes, bytes]) -> None:
    size = (b"content-length", b"%d" % len(body))
    await send({"type": f"{kind}.response.start", "status": status, "headers": [JSON, size, NO_STORE, *more]})
    await send({"type": f"{kind}.response.body", "body": body})
