"""What reading costs others, bounded: bytes a second of a user and of an address.

Who has no sign-in is slowed down rather than refused: health checks and scrapers come a few times a second, a flood
gets its answers late. Whoever is refused hears it late too, so that asking again at once costs nobody anything.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from server.gateway.rest.errors import Refused
from server.gateway.rest.services import Services, services_of
from tradeterm.protocol.vocabulary import ErrorCode

PATIENCE_S: Final = 1.0
LEAST_BYTES: Final = 2_048  # what any request costs, in bytes of a page
STRANGER_BYTES: Final = 10_240  # what any request without sign-in costs; a bigger answer costs its size

Endpoint = Callable[[Request], Coroutine[Any, Any, Response]]


def charged(endpoint: Endpoint) -> Endpoint:
    """A route that reads, with its answer charged to who asked."""

    async def handler(request: Request) -> Response:
        services, address = services_of(request), _address(request)
        await _wait_as_a_stranger(request, services, address)
        wait_s = services.limits.read_wait(None, address)
        try:
            if wait_s:
                raise too_much(wait_s)
            response = await endpoint(request)
        except Refused as refused:
            services.limits.read(_budget(request), address, LEAST_BYTES)
            await asyncio.sleep(min(PATIENCE_S, refused.retry_after_s or 0.0))
            raise
        services.limits.read(_budget(request), address, max(LEAST_BYTES, len(response.body)))
        if _is_stranger(request):
            services.limits.stranger_read(address, max(0, len(response.body) - STRANGER_BYTES))
        return response

    return handler


async def _wait_as_a_stranger(request: Request, services: Services, address: str) -> None:
    if not _is_stranger(request):
        return
    wait_s = services.limits.stranger(address, STRANGER_BYTES)
    if wait_s:
        await asyncio.sleep(min(PATIENCE_S, wait_s))
    if wait_s > PATIENCE_S:
        raise too_much(wait_s)


def _is_stranger(request: Request) -> bool:
    return "authorization" not in request.headers


def too_much(wait_s: float) -> Refused:
    return Refused(ErrorCode.RATE_LIMITED, "this was read too fast; come back later", wait_s)


def _budget(request: Request) -> str | None:
    """Under what the reading of who asks is counted, `Identity.budget`; None for a stranger."""
    budget: str | None = getattr(request.state, "budget", None)
    return budget


def _address(request: Request) -> str:
    return request.client.host if request.client else ""
