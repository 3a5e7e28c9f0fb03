"""The REST application: every group of routes, the one error shape, CORS and the documentation."""

from collections.abc import Mapping
from functools import cache

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Route

from server.gateway.rest import (
    account,
    admin,
    asyncapi,
    docs_page,
    health,
    markets,
    openapi,
    orders,
    positions,
    sessions,
    sign_in,
)
from server.gateway.rest.documents import Document
from server.gateway.rest.errors import ErrorAnswers
from server.gateway.rest.read_budget import charged
from server.gateway.rest.services import Services
from tradeterm import __version__

PREFIX = "/api/v1"
SIGN_IN_PATHS = (f"{PREFIX}/auth/token", f"{PREFIX}/auth/refresh")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def build_api(services: Services) -> FastAPI:
    """The application for everything that is not a socket."""
    app = _routes()
    app.state.services = services
    for path, document in _documents().items():
        app.router.routes.append(Route(path, charged(document), methods=["GET"]))
    ErrorAnswers(services.metrics.refused).add_to(app)
    if services.allow_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(services.allow_origins),
            allow_methods=METHODS,
            allow_headers=("Authorization", "Content-Type"),
            expose_headers=("Retry-After",),
        )
    return app


def _routes() -> FastAPI:
    app = FastAPI(title="tradeterm", version=__version__, redirect_slashes=False, openapi_url=None)
    _add_busy_routes(app)
    for group in (sign_in, sessions, orders, positions, account, markets, admin):
        app.include_router(group.router, prefix=PREFIX)
    app.include_router(health.router)
    return app


@cache
def _documents() -> Mapping[str, Document]:
    """The descriptions of every route, which are no part of what they describe. They are the same for every server, and
    take a quarter of a second to make: once a process."""
    return {
        "/openapi.json": Document.of(openapi.document(_routes())),
        "/asyncapi.json": Document.of(asyncapi.document()),
        "/docs": docs_page.PAGE,
    }


def _add_busy_routes(app: FastAPI) -> None:
    """Plain routes, met first: FastAPI's wrapping of the same endpoints, which describes them, costs 6 µs a request."""
    app.router.routes.append(Route(f"{PREFIX}/orders", orders.create, methods=["POST"]))
    app.router.routes.append(Route(f"{PREFIX}/orders/{{id}}", orders.cancel, methods=["DELETE"]))
