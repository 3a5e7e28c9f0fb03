"""`/openapi.json`, made by FastAPI from what the routes say of themselves.

FastAPI serves nothing here: it costs the half of a start, and is imported by whoever asks for the document first.
"""

import re
from collections.abc import Iterable
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from server.gateway.commands.from_body import DepositRequest, LimitsRequest
from server.gateway.rest.openapi import COMPONENT, ListOf, Operation
from tradeterm import __version__
from tradeterm.protocol.alerts import AlertRequest, DeadManRequest
from tradeterm.protocol.errors import ErrorAnswer
from tradeterm.protocol.orders import AmendRequest, CloseRequest, OcoRequest, OrderRequest, ProtectionRequest
from tradeterm.protocol.sign_in import PasswordRequest

BODIES: Final[tuple[type[BaseModel], ...]] = (
    OrderRequest,
    OcoRequest,
    AmendRequest,
    ProtectionRequest,
    CloseRequest,
    DepositRequest,
    LimitsRequest,
    AlertRequest,
    DeadManRequest,
    PasswordRequest,
)
IN_PATHS: Final = {
    "id": ("The id, as it was answered.", {"type": "string", "pattern": "^[A-Za-z0-9_.:-]{1,64}$"}),
    "symbol": ("A market, with a dash for the slash: BTC-USD.", {"type": "string", "minLength": 1}),
    "name": ("The user's name.", {"type": "string", "pattern": "^[a-z0-9_.-]{1,32}$"}),
}
SECURITY: Final = {
    "bearer": {"type": "oauth2", "flows": {"password": {"tokenUrl": "/api/v1/auth/token", "scopes": {}}}},
}
REFUSALS: Final[dict[int | str, dict[str, Any]]] = {
    "4XX": {"model": ErrorAnswer, "description": "Refused: one code, one sentence."},
    "5XX": {"model": ErrorAnswer, "description": "The server could not, or cannot say whether it could."},
}
# Whose answer holds an id, where it stands in it, and what can be done with it.
LEADS_TO: Final = (
    ("post", "/orders", "/id", (("get", "/orders/{id}"), ("patch", "/orders/{id}"), ("delete", "/orders/{id}"))),
    ("get", "/orders", "/items/0/id", (("get", "/orders/{id}"),)),
    ("post", "/positions/{symbol}/close", "/id", (("get", "/orders/{id}"),)),
    ("post", "/alerts", "/id", (("delete", "/alerts/{id}"),)),
    ("get", "/auth/sessions", "/items/0/id", (("delete", "/auth/sessions/{id}"),)),
)
_NAMES: Final = re.compile(r"{(\w+)}")


def document(routes: Iterable[tuple[str, Operation]]) -> dict[str, Any]:
    """The whole of `/openapi.json`, from routes and what their paths begin with."""
    app = FastAPI(title="tradeterm", version=__version__, openapi_url=None)
    for prefix, one in routes:
        said = {**one.described, "responses": {**REFUSALS, **one.described.get("responses", {})}}
        app.add_api_route(prefix + one.path, one.endpoint, methods=[one.method], tags=[one.tag], **said)
    made = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
    _, bodies = models_json_schema([(model, "validation") for model in BODIES], ref_template=COMPONENT)
    components = made.setdefault("components", {})
    components["schemas"] = {**components.get("schemas", {}), **bodies["$defs"]}
    for name, schema in components["schemas"].items():
        if name.startswith(ListOf.__name__):  # pydantic gives a list of something no word of what a list is
            schema["description"] = ListOf.__doc__
    components["securitySchemes"] = SECURITY
    made["security"] = [{"bearer": []}]
    for path, operations in made["paths"].items():
        for operation in operations.values():
            _complete(operation, path)
    _link(made["paths"])
    return made


def _link(paths: dict[str, dict[str, Any]]) -> None:
    """Say which answers lead on to which operations."""

    def found(method: str, path: str) -> dict[str, Any]:
        at = next((one for name, one in paths.items() if name.endswith(f"/v1{path}")), {})
        operation: dict[str, Any] = at.get(method, {})
        return operation

    for method, path, place, others in LEADS_TO:
        for status, answer in found(method, path).get("responses", {}).items():
            if status.startswith("2"):
                answer["links"] = {
                    f"{verb} {name}": {
                        "operationId": found(verb, name)["operationId"],
                        "parameters": {"id": f"$response.body#{place}"},
                    }
                    for verb, name in others
                }


def _complete(operation: dict[str, Any], path: str) -> None:
    """What FastAPI would learn from a signature: what stands in the path."""
    stands = [
        {"name": name, "in": "path", "required": True, "description": said, "schema": schema}
        for name in _NAMES.findall(path)
        for said, schema in [IN_PATHS[name]]
    ]
    if stands:
        operation["parameters"] = [*stands, *operation.get("parameters", [])]
