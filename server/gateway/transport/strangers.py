"""What strangers cost others, bounded: whoever has not signed in is charged by address, whatever they ask, with whatever header.

They are slowed down rather than refused: health checks and scrapers come a few times a second, a flood gets its answers
late. Whoever is refused hears it late too, so that asking again at once costs nobody anything. Users pay for refusals as
well, whatever they are of: what is not there, what cannot be read, what may not be.
"""

import asyncio
import math
from collections.abc import Callable, Collection, MutableMapping
from typing import Any, Final

from server.gateway.limits import Limits
from server.gateway.transport.asgi import TOO_MANY, Application, Receive, Scope, Send, address_of
from server.gateway.transport.errors import error_body
from tradeterm.protocol.vocabulary import ErrorCode

PATIENCE_S: Final = 1.0
# What any request costs of a stranger, and any refusal of a user, in bytes; a bigger answer costs its size.
STRANGER_BYTES: Final = 10_240
REFUSALS: Final = 400  # statuses from here on


class Strangers:
    """An application, and before it a wait for who has not signed in and asks too much."""

    def __init__(
        self,
        app: Application,
        limits: Limits,
        budget_of: Callable[[Scope], str | None],
        *,
        never_refused: Collection[str] = (),
        count: Callable[[str], None] = lambda code: None,
    ) -> None:
        """`budget_of(scope)` says under what a request of somebody who has signed in is counted; it is asked only where
        that was not found while it was answered. At the paths `never_refused` one can sign in: they are slow at worst."""
        self._app, self._limits, self._budget_of = app, limits, budget_of
        self._never_refused = frozenset(never_refused)
        self._count = count

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        address = address_of(scope)
        wait_s = self._limits.stranger_wait(address)
        if wait_s and self._budget_of(scope) is None:
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
            if message.get("status", 0) >= REFUSALS:
                await self._slow_down(self._budget(scope), address)
            await send(message)

        try:
            await self._app(scope, receive, sent)
        finally:
            if self._budget(scope) is None:
                self._limits.stranger(address, max(STRANGER_BYTES, size))

    def _budget(self, scope: Scope) -> str | None:
        found: str | None = scope.get("state", {}).get("budget")
        return self._budget_of(scope) if found is None else found

    async def _slow_down(self, budget: str | None, address: str) -> None:
        """A user is refused something: late, where they have read or asked too much."""
        if budget is None:
            return
        wait_s = self._limits.read_wait(budget, address)
        self._limits.read(budget, address, STRANGER_BYTES)
        if wait_s:
            await asyncio.sleep(min(PATIENCE_S, wait_s))

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
