"""The REST application: every group of routes, the one error shape, CORS and the documentation."""

from collections.abc import Iterator, Mapping
from functools import cache

from starlette.applications import Starlette
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Route

from server.gateway.rest.errors import ErrorAnswers
from server.gateway.rest.openapi import Operation
from server.gateway.rest.published import docs_page
from server.gateway.rest.published.documents import Document, LateDocument
from server.gateway.rest.read_budget import Endpoint, charged
from server.gateway.rest.routes import (
    account,
    admin,
    alerts,
    health,
    markets,
    orders,
    positions,
    sessions,
    sign_in,
    venue,
)
from server.gateway.rest.services import Services

PREFIX = "/api/v1"
SIGN_IN_PATHS = (f"{PREFIX}/auth/token", f"{PREFIX}/auth/refresh")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


GROUPS = (
    orders,
    sign_in,
    sessions,
    positions,
    account,
    alerts,
    markets,
    venue,
    admin,
)  # a router looks through them in their order


def build_api(services: Services) -> Starlette:
    """The application for everything that is not a socket."""
    app = Starlette(routes=[operation.route(prefix) for prefix, operation in _operations()])
    app.router.redirect_slashes = False
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


def _documents() -> Mapping[str, Endpoint]:
    """The descriptions of every route, which are no part of what they describe."""
    return {
        "/openapi.json": LateDocument(_openapi),
        "/asyncapi.json": LateDocument(_asyncapi),
        "/docs": docs_page.PAGE,
    }


@cache
def _openapi() -> Document:
    from server.gateway.rest.published import openapi_document  # FastAPI, which serves nothing else

    return Document.of(openapi_document.document(_operations()))


@cache
def _asyncapi() -> Document:
    from server.gateway.rest.published import asyncapi

    return Document.of(asyncapi.document())


def _operations() -> Iterator[tuple[str, Operation]]:
    """Every route, and what its path begins with."""
    for group in GROUPS:
        for operation in group.router.operations:
            yield PREFIX, operation
    for operation in health.router.operations:
        yield "", operation
