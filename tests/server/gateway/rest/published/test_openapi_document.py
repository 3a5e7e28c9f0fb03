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


async def test_every_answer_has_a_shape(rig: Rig) -> None:
    """Who reads of a route knows what comes back: a model, a list of one, a text, or nothing."""
    said = (await rig.client().get("http://desk/openapi.json")).json()
    for path, operations in said["paths"].items():
        for method, operation in operations.items():
            good = {status: one for status, one in operation["responses"].items() if status.startswith("2")}
            assert good, (method, path)
            for status, answer in good.items():
                content = answer.get("content", {})
                assert status == "204" or content, (method, path)
                schemas = [kind["schema"] for kind in content.values()]
                assert all("$ref" in schema or schema == {"type": "string"} for schema in schemas), (method, path)


async def test_everything_that_people_are_shown_has_a_sentence(rig: Rig) -> None:
    """Routes, their parameters and forms; models, lists and words, and every field of them."""
    said = (await rig.client().get("http://desk/openapi.json")).json()
    silent = [
        f"{method} {path} {one['name']}"
        for path, operations in said["paths"].items()
        for method, operation in operations.items()
        for one in [{"name": "", **operation}, *operation.get("parameters", [])]
        if not one.get("description", "").endswith(".")
    ]
    forms = [
        kind["schema"]
        for operations in said["paths"].values()
        for operation in operations.values()
        for kind in operation.get("requestBody", {}).get("content", {}).values()
    ]
    for name, schema in [*said["components"]["schemas"].items(), *(("a form", one) for one in forms)]:
        fields = schema.get("properties", {}).items()
        silent += [name] if "$ref" not in schema and name != "a form" and not schema.get("description") else []
        silent += [f"{name}.{field}" for field, one in fields if not one.get("description")]
    assert not silent


async def test_fields_are_described(rig: Rig) -> None:
    schemas = (await rig.client().get("http://desk/openapi.json")).json()["components"]["schemas"]
    assert schemas["OrderRequest"]["properties"]["stopPrice"]["description"].startswith("The price that triggers it")
