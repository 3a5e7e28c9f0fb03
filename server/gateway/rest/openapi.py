"""Routes and how they are described: an endpoint, and the pieces of what `/openapi.json` says of it.

Starlette serves them. What FastAPI makes of the descriptions is made when somebody asks: see `openapi_document`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from pydantic import BaseModel
from starlette.routing import Route

from server.gateway.rest.read_budget import Endpoint, charged
from server.gateway.rest.reading import all_read
from tradeterm.protocol.wire import WireOut

Item = TypeVar("Item")
PHRASES: Final = {200: "Done, or done before.", 201: "Made, and durable."}
COMPONENT = "#/components/schemas/{model}"


class ListOf(WireOut, Generic[Item]):
    """The form of every list. `nextCursor` is null at the end."""

    items: list[Item]
    """One page, in the order that the route says."""
    next_cursor: str | None = None
    """For the next page; null at the end."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One route: what answers it, and what FastAPI is told of it."""

    tag: str
    method: str
    path: str
    endpoint: Endpoint
    described: dict[str, Any]

    def route(self, prefix: str = "") -> Route:
        """To be served, with HEAD where there is GET. What only reads is charged for what it reads, and lives with
        parameters that are newer than itself; what changes something refuses them."""
        described = self.described.get("openapi_extra", {}).get("parameters", ())
        known = {one["name"] for one in described}
        endpoint = charged(self.endpoint) if self.method == "GET" else all_read(self.endpoint, known)
        return Route(prefix + self.path, endpoint, methods=[self.method])


class Routes:
    """A group of routes under one tag."""

    def __init__(self, tag: str) -> None:
        self._tag = tag
        self.operations: list[Operation] = []

    def get(self, path: str, **described: Any) -> Callable[[Endpoint], Endpoint]:
        return self._adding("GET", path, described)

    def post(self, path: str, **described: Any) -> Callable[[Endpoint], Endpoint]:
        return self._adding("POST", path, described)

    def put(self, path: str, **described: Any) -> Callable[[Endpoint], Endpoint]:
        return self._adding("PUT", path, described)

    def patch(self, path: str, **described: Any) -> Callable[[Endpoint], Endpoint]:
        return self._adding("PATCH", path, described)

    def delete(self, path: str, **described: Any) -> Callable[[Endpoint], Endpoint]:
        return self._adding("DELETE", path, described)

    def _adding(self, method: str, path: str, described: dict[str, Any]) -> Callable[[Endpoint], Endpoint]:
        def add(endpoint: Endpoint) -> Endpoint:
            self.operations.append(Operation(self._tag, method, path, endpoint, described))
            return endpoint

        return add


def routes(tag: str) -> Routes:
    """An empty group of routes."""
    return Routes(tag)


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
            {"name": name.rstrip("_"), "in": "query", "required": False, **one} for name, one in query.items()
        ]
    return said


def text(sentence: str) -> dict[str, Any]:
    """A parameter, and a sentence about it; so are those that follow."""
    return {"description": sentence, "schema": {"type": "string"}}


def time(sentence: str) -> dict[str, Any]:
    return {"description": sentence, "schema": {"type": "string", "format": "date-time"}}


def number(sentence: str, least: int, most: int, default: int) -> dict[str, Any]:
    schema = {"type": "integer", "minimum": least, "maximum": most, "default": default}
    return {"description": sentence, "schema": schema}


def word(sentence: str, words: Any) -> dict[str, Any]:
    return {"description": sentence, "schema": {"type": "string", "enum": [str(one) for one in words]}}


ONE_MARKET: Final = text("Of this market alone, such as `BTC/USD`.")
NEXT_PAGE: Final = text("The `nextCursor` of the page before; absent for the first.")
MOST_ITEMS: Final = "So many at most."
