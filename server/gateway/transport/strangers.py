"""What strangers cost others, bounded: whoever has not signed in is charged by address, whatever they ask, with whatever header.

They are slowed down rather than refused: health checks and scrapers come a few times a second, a flood gets its answers
late. Whoever is refused hears it late too, so that asking again at once costs nobody anything.
"""

import asyncio
import math
from collections.abc import Callable, Collection, MutableMapping
from typing import Any, Final

from server.gateway.limits import Limits
from server.gateway.transport.asgi import TOO_MANY, Application, Receive, Scope, Send
from server.gateway.transport.errors import error_body
from tradeterm.protocol.vocabulary import ErrorCode

PATIENCE_S: Final = 1.0
STRANGER_BYTES: Final = 10_240  # what any request costs, in bytes; a bigger answer costs its size


class Strangers:
    """An application, and before it a wait for who has not signed in and asks too much."""

    def __init__(
        self,
        app: Application,
        limits: Limits,
        is_known: Callable[[Scope], bool],
        *,
        never_refused: Collection[str] = (),
        count: Callable[[str], None] = lambda code: None,
    ) -> None:
        """`is_known(scope)` says whether a request is of somebody who has signed in; it is asked only where the request
        was not found to be while it was answered. At the paths `never_refused` one can sign in: they are slow at worst."""
        self._app, self._limits, self._is_known = app, limits, is_known
        self._never_refused = frozenset(never_refused)
        self._count = count

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        address = (scope.get("client") or ("",))[0]
        wait_s = self._limits.stranger_wait(address)
        if wait_s and not self._is_known(scope):
            await asyncio.sleep(min(PATIENCE_S, wait_s))
            if wait_s > PATIENCE_S and scope["path"] not in self._never_refused:
                self._limits.stranger(address, STRANGER_BYTES)
                await self._refuse(send, wait_s)
                return
        await self._charged(scope, receive, send, address)

    async def _charged(self, scope: Scope, receive: Receive, send: Send, address: str) -> None:
        size = 0

        async def sent(message: MutableMapping[str, Any]) -> None:
            nonlocal size
            size += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive, sent)
        finally:
            if "budget" not in scope.get("state", ()) and not self._is_known(scope):
                self._limits.stranger(address, max(STRANGER_BYTES, size))

    async def _refuse(self, send: Send, wait_s: float) -> None:
        self._count(ErrorCode.RATE_LIMITED)
        body = error_body(ErrorCode.RATE_LIMITED, "too much was asked without sign-in; come back later")
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", b"%d" % len(body)),
            (b"cache-control", b"no-store"),
            (b"retry-after", b"%d" % max(1, math.ceil(wait_s))),
        ]
        await send({"type": "http.response.start", "status": TOO_MANY, "headers": headers})
        await send({"type": "http.response.body", "body": body})
