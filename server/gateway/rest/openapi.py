"""How routes are described: a route class that leaves the work to its endpoint, and the pieces of `/openapi.json`."""

from collections.abc import Callable, Coroutine
from typing import Any, Final, Generic, TypeVar

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from starlette.requests import Request
from starlette.responses import Response

from server.gateway.commands.from_body import DepositRequest, LimitsRequest
from server.gateway.rest.read_budget import charged
from tradeterm.protocol.errors import ErrorAnswer
from tradeterm.protocol.orders import AmendRequest, CloseRequest, OcoRequest, OrderRequest, ProtectionRequest
from tradeterm.protocol.sign_in import PasswordRequest
from tradeterm.protocol.wire import WireOut

Item = TypeVar("Item")
BODIES: Final[tuple[type[BaseModel], ...]] = (
    OrderRequest,
    OcoRequest,
    AmendRequest,
    ProtectionRequest,
    CloseRequest,
    DepositRequest,
    LimitsRequest,
    PasswordRequest,
)
COMPONENT = "#/components/schemas/{model}"
SECURITY: Final = {
    "bearer": {"type": "oauth2", "flows": {"password": {"tokenUrl": "/api/v1/auth/token", "scopes": {}}}},
}


class ListOf(WireOut, Generic[Item]):
    """The form of every list. `nextCursor` is null at the end."""

    items: list[Item]
    """One page, in the order that the route says."""
    next_cursor: str | None = None
    """For the next page; null at the end."""


class DirectRoute(APIRoute):
    """A route whose endpoint takes the request and gives the response; FastAPI only describes it.

    Its own way (dependencies, validation, encoding) costs more than an order does, and words its faults in its own terms.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler: Callable[[Request], Coroutine[Any, Any, Response]] = self.endpoint
        return charged(handler) if (self.methods or set()) <= {"GET", "HEAD"} else handler


def routes(tag: str) -> APIRouter:
    """An empty group of routes."""
    return APIRouter(
        route_class=DirectRoute,
        tags=[tag],
        responses={"4XX": {"model": ErrorAnswer, "description": "Refused: one code, one sentence."}},
    )


def answers(model: Any, status: int = 200) -> dict[int | str, dict[str, Any]]:
    """What a route answers with when it does not refuse."""
    return {status: {"model": model}}


def takes(model: type[BaseModel] | None = None, *, required: bool = True, **query: dict[str, Any]) -> dict[str, Any]:
    """The part of a route's description that its signature does not show: its body, and its query parameters by name."""
    said: dict[str, Any] = {}
    if model is not None:
        schema = {"$ref": COMPONENT.format(model=model.__name__)}
        said["requestBody"] = {"required": required, "content": {"application/json": {"schema": schema}}}
    if query:
        said["parameters"] = [
            {"name": name.rstrip("_"), "in": "query", "required": False, "schema": schema}
            for name, schema in query.items()
        ]
    return said


TEXT: Final = {"type": "string"}
TIME: Final = {"type": "string", "format": "date-time"}


def number(least: int, most: int, default: int) -> dict[str, Any]:
    return {"type": "integer", "minimum": least, "maximum": most, "default": default}


def word(words: Any) -> dict[str, Any]:
    return {"type": "string", "enum": [str(one) for one in words]}


def document(app: FastAPI) -> dict[str, Any]:
    """The whole of `/openapi.json`."""
    made = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
    _, bodies = models_json_schema([(model, "validation") for model in BODIES], ref_template=COMPONENT)
    components = made.setdefault("components", {})
    components["schemas"] = {**components.get("schemas", {}), **bodies["$defs"]}
    components["securitySchemes"] = SECURITY
    made["security"] = [{"bearer": []}]
    return made
