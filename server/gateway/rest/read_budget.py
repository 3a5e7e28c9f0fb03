"""What reading costs others, bounded: bytes a second of a user and of an address.

Whoever is refused hears it late, so that asking again at once costs nobody anything.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from server.gateway.rest.errors import Refused
from server.gateway.rest.services import services_of
from tradeterm.protocol.vocabulary import ErrorCode

PATIENCE_S: Final = 1.0
LEAST_BYTES: Final = 2_048  # what any request costs, in bytes of a page

Endpoint = Callable[[Request], Coroutine[Any, Any, Response]]


def charged(endpoint: Endpoint) -> Endpoint:
    """A route that reads, with its answer charged to who asked."""

    async def handler(request: Request) -> Response:
        services, address = services_of(request), _address(request)
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
        return response

    return handler


def too_much(wait_s: float) -> Refused:
    return Refused(ErrorCode.RATE_LIMITED, "this was read too fast; come back later", wait_s)


def _budget(request: Request) -> str | None:
    """Under what the reading of who asks is counted, `Identity.budget`; None for a stranger."""
    budget: str | None = getattr(request.state, "budget", None)
    return budget


def _address(request: Request) -> str:
    return request.client.host if request.client else ""
