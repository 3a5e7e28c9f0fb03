"""`/openapi.json` as a whole: what no signature says is there, and every name that it points to."""

import re

import orjson

from server.gateway.rest.published.openapi_document import BODIES, SECURITY
from tests.server.gateway.rest.rig import Rig


async def test_every_reference_leads_somewhere(rig: Rig) -> None:
    text = (await rig.client().get("http://desk/openapi.json")).text
    schemas = orjson.loads(text)["components"]["schemas"]
    assert set(re.findall(r'"#/components/schemas/([^"]+)"', text)) <= set(schemas)
    assert {model.__name__ for model in BODIES} <= set(schemas)


async def test_it_says_how_to_sign_in_and_what_stands_in_paths(rig: Rig) -> None:
    said = (await rig.client().get("http://desk/openapi.json")).json()
    assert said["components"]["securitySchemes"] == SECURITY
    for path, operations in said["paths"].items():
        for operation in operations.values():
            named = [one["name"] for one in operation.get("parameters", []) if one["in"] == "path"]
            assert named == re.findall(r"{(\w+)}", path), path


async def test_answers_lead_on_to_operations_that_there_are(rig: Rig) -> None:
    """An order that was placed is looked at, amended and cancelled by its id."""
    paths = (await rig.client().get("http://desk/openapi.json")).json()["paths"]
    operations = [one for path in paths.values() for one in path.values()]
    known = {one["operationId"] for one in operations}
    links = [
        link for one in operations for answer in one["responses"].values() for link in answer.get("links", {}).items()
    ]
    assert {link["operationId"] for _, link in links} <= known
    assert set(paths["/api/v1/orders"]["post"]["responses"]["201"]["links"]) == {
        f"{verb} /orders/{{id}}" for verb in ("get", "patch", "delete")
    }


async def test_fields_are_described(rig: Rig) -> None:
    schemas = (await rig.client().get("http://desk/openapi.json")).json()["components"]["schemas"]
    assert schemas["OrderRequest"]["properties"]["stopPrice"]["description"].startswith("The price that triggers it")
