"""How routes are described: a route class that leaves the work to its endpoint, and the pieces of `/openapi.json`."""

import re
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
IN_PATHS: Final = {
    "id": {"type": "string", "pattern": "^[A-Za-z0-9_.:-]{1,64}$"},
    "symbol": {"type": "string", "description": "A market, with a dash for the slash: BTC-USD.", "minLength": 1},
    "name": {"type": "string", "pattern": "^[a-z0-9_.-]{1,32}$"},
}
PHRASES: Final = {200: "Done, or done before.", 201: "Made, and durable."}
_NAMES: Final = re.compile(r"{(\w+)}")
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
        responses={
            "4XX": {"model": ErrorAnswer, "description": "Refused: one code, one sentence."},
            "5XX": {"model": ErrorAnswer, "description": "The server could not, or cannot say whether it could."},
        },
    )


def answers(model: Any, *statuses: int) -> dict[int | str, dict[str, Any]]:
    """What a route answers with when it does not refuse; 200 where no status is said."""
    return {status: {"model": model, "description": PHRASES[status]} for status in statuses or (200,)}


def says(kind: str, description: str) -> dict[int | str, dict[str, Any]]:
    """A route's answer that is no JSON."""
    return {200: {"content": {kind: {"schema": {"type": "string"}}}, "description": description}}


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
    for path, operations in made["paths"].items():
        for operation in operations.values():
            _complete(operation, path)
    return made


def _complete(operation: dict[str, Any], path: str) -> None:
    """What FastAPI would learn from a signature: what stands in the path; and that any JSON answer is an object."""
    stands = [{"name": name, "in": "path", "required": True, "schema": IN_PATHS[name]} for name in _NAMES.findall(path)]
    if stands:
        operation["parameters"] = [*stands, *operation.get("parameters", [])]
    for answer in operation["responses"].values():
        kind = answer.get("content", {}).get("application/json")
        if kind is not None and not kind.get("schema"):
            kind["schema"] = {"type": "object"}
