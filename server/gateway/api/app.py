"""The REST application: routes, the one error shape, CORS, health and the documentation."""

import structlog
from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server.gateway.api import orders, reads, sign_in
from server.gateway.api.orders import json_response
from server.gateway.api.services import Services, services_of
from server.gateway.errors import Refused, error_response
from server.gateway.requests import BadRequest
from tradeterm import __version__
from tradeterm.protocol.vocabulary import ErrorCode

log = structlog.get_logger(__name__)


def build_api(services: Services) -> FastAPI:
    """The application for everything that is not a socket."""
    app = FastAPI(title="tradeterm", version=__version__, redirect_slashes=False)
    app.state.services = services
    for route in (*orders.ROUTES, *reads.ROUTES, *sign_in.ROUTES):
        app.router.routes.append(Route(f"/api/v1{route.path}", route.endpoint, methods=list(route.methods or ())))
    app.router.routes.append(Route("/healthz", health))
    app.router.routes.append(Route("/readyz", ready))
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(BadRequest, _bad_request)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _internal)
    if services.allow_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(services.allow_origins),
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["authorization", "content-type"],
        )
    return app


async def health(request: Request) -> Response:
    return json_response(b'{"status":"ok","app":"tradeterm"}')


async def ready(request: Request) -> Response:
    if services_of(request).is_ready():
        return json_response(b'{"status":"ready"}')
    return json_response(b'{"status":"starting"}', 503)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    return error_response(error)


async def _bad_request(request: Request, error: Exception) -> Response:
    return error_response(Refused(ErrorCode.VALIDATION_FAILED, str(error)))


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 405:
        return error_response(Refused(ErrorCode.METHOD_NOT_ALLOWED, f"{request.method} is not for this path"))
    return error_response(Refused(ErrorCode.NOT_FOUND, "there is nothing at this path"))


async def _internal(request: Request, error: Exception) -> Response:
    log.error("request_failed", path=request.url.path, exc_info=error)
    return error_response(Refused(ErrorCode.INTERNAL, "the server failed to answer; the fault is in its log"))
