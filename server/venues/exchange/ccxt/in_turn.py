"""Requests of one key that must arrive in the order of their numbers (nonces), whichever client sends them.

Kraken refuses a request whose number is not above the last one of its key. Two clients that count by themselves would have
each other's orders refused; so they count together, and one sends when the other's request must have arrived.
"""

import asyncio
from typing import Any

ARRIVED_S = 1.0  # a request that is not answered for so long has arrived: the next one does not wait for its answer


class InTurn:
    """The turns of one key."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._last = 0

    def bind(self, client: Any) -> None:
        """Have a client of ccxt's send its signed requests in turn; its own pace is kept before, so that nobody waits for it."""
        paced, client.enableRateLimit = client.enableRateLimit, False

        async def request(
            path: str, api: Any = ("public",), method: str = "GET", params: Any = None, config: Any = None
        ) -> Any:
            asked = (path, api, method, params or {}, config or {})
            if paced:
                cost = client.calculate_rate_limiter_cost(api, method, path, params or {}, config or {})
                await client.throttle(cost)
            return await (self._sent(client, asked) if "private" in api else client.fetch2(*asked))

        client.request = request
        client.incrementing_nonce = lambda: self._next(client.nonce())

    async def _sent(self, client: Any, asked: tuple[Any, ...]) -> Any:
        async with self._turn:
            task = asyncio.ensure_future(client.fetch2(*asked))
            try:
                await asyncio.wait({task}, timeout=ARRIVED_S)
            except asyncio.CancelledError:
                task.cancel()
                raise
        return await task

    def _next(self, now: float) -> int:
        self._last = max(self._last + 1, int(now))
        return self._last
