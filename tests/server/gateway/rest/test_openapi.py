"""Routes are served as they are described, and with no method more."""

from starlette.requests import Request
from starlette.responses import Response

from server.gateway.rest.openapi import Routes
from server.gateway.rest.published.openapi_document import document
from tests.server.gateway.rest.rig import Rig

routes = Routes("things")


@routes.post("/things/{id}", status_code=201, openapi_extra={"x-more": True})
async def make(request: Request) -> Response:
    """Make a thing."""
    return Response(request.path_params["id"], 201)


def test_a_route_is_described_with_all_that_it_says() -> None:
    (operation,) = routes.operations
    said = document([("/v", operation)])["paths"]["/v/things/{id}"]["post"]
    assert (said["tags"], said["summary"], said["description"]) == (["things"], "Make", "Make a thing.")
    assert said["x-more"] is True
    assert {"201", "4XX", "5XX"} <= set(said["responses"])
    assert [one["name"] for one in said["parameters"]] == ["id"]


async def test_what_is_described_is_served_and_nothing_beside_it(rig: Rig) -> None:
    """Every path of the document knows its methods, HEAD where there is GET, and refuses all others by naming them all."""
    client = rig.client()
    paths = (await client.get("http://desk/openapi.json")).json()["paths"]
    for path, operations in paths.items():
        refused = await client.request("PROPFIND", f"http://desk{path}")
        assert refused.status_code == 405, path
        allowed = {method.upper() for method in operations} | ({"HEAD"} if "get" in operations else set())
        assert set(refused.headers["allow"].split(", ")) == allowed, path
