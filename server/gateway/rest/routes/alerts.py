"""What the server looks after while nobody looks: alerts at a price, and the dead-man's switch."""

from starlette.requests import Request
from starlette.responses import Response

from server.domain.commands import DeleteAlert
from server.gateway.commands import from_body
from server.gateway.rest import openapi
from server.gateway.rest.openapi import ListOf, answers, takes
from server.gateway.rest.reading import body_of, known_id, owner_of, take_no_body, trader_of
from server.gateway.rest.responses import list_response, run
from server.gateway.rest.services import services_of
from tradeterm.protocol.alerts import Alert, AlertRequest, DeadMan, DeadManRequest

router = openapi.routes("alerts")


@router.get("/alerts", responses=answers(ListOf[Alert]))
async def find(request: Request) -> Response:
    """The own alerts that wait, oldest first."""
    user, view = owner_of(request).user, services_of(request).view
    await view.settled()
    return list_response(view.alerts(user))


@router.post("/alerts", status_code=201, responses=answers(Alert, 201, 200), openapi_extra=takes(AlertRequest))
async def create(request: Request) -> Response:
    """Be told once when a price is reached, by the event `alert:triggered`; 200 for one that waits already."""
    identity = trader_of(request)
    return await run(request, from_body.set_alert(identity.user, await body_of(request)), identity.user)


@router.delete("/alerts/{id}", responses=answers(Alert))
async def delete(request: Request) -> Response:
    """Take an alert away."""
    identity = trader_of(request)
    await take_no_body(request)
    return await run(request, DeleteAlert(identity.user, known_id(request, "alert")), identity.user)


@router.put("/dead-man", responses=answers(DeadMan), openapi_extra=takes(DeadManRequest))
async def dead_man(request: Request) -> Response:
    """Cancel the own entries when this was not said again for so many seconds; exits stay. 0 switches it off."""
    identity = trader_of(request)
    command = from_body.set_dead_man(identity.user, await body_of(request))
    return await run(request, command, identity.user, leaving=True)
