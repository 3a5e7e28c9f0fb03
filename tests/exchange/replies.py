"""How an answer goes back to who asked: whole, half of it, or not at all, as the fault says that the request met."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

from aiohttp import web

from tests.exchange.faults import Fault


async def reply(request: web.Request, work: Coroutine[Any, Any, tuple[int, bytes]], fault: Fault) -> web.StreamResponse:
    """`work` gives status and body."""
    # It goes on when the asker has hung up: what has been sent is on its way.
    status, body = await asyncio.shield(asyncio.ensure_future(work))
    if fault.is_dropped:
        assert request.transport is not None
        request.transport.close()
        return web.Response()
    if fault.is_truncated:
        return await _half(request, body)
    return web.Response(status=status, body=body, content_type="application/json")


async def _half(request: web.Request, body: bytes) -> web.StreamResponse:
    response = web.StreamResponse()
    response.content_length = len(body)
    response.content_type = "application/json"
    await response.prepare(request)
    with suppress(ConnectionError):
        await response.write(body[: len(body) // 2])
    assert request.transport is not None
    request.transport.close()
    return response
