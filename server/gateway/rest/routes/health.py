"""Whether the server lives, whether it is ready, and what it counts: for whoever watches it, without sign-in."""

import orjson
from starlette.requests import Request
from starlette.responses import Response

from server.gateway.rest import openapi
from server.gateway.rest.responses import json_response
from server.gateway.rest.services import services_of
from tradeterm.protocol.answers import Health, Readiness

METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"

router = openapi.routes("health")


@router.get("/healthz", responses=openapi.answers(Health), openapi_extra={"security": []})
async def health(request: Request) -> Response:
    """The process answers, and says what it trades on: `venue`, the kind of `feed`, and whose money it is: `mode` is paper,
    live or test."""
    services = services_of(request)
    about = {"status": "ok", "app": "tradeterm", "venue": services.venue, "feed": services.feed, "mode": services.mode}
    return json_response(orjson.dumps(about))


@router.get(
    "/readyz",
    openapi_extra={"security": []},
    responses={
        **openapi.answers(Readiness),
        503: {"model": Readiness, "description": "Starting, stopping or waiting."},
    },
)
async def ready(request: Request) -> Response:
    """200 when orders are taken, 503 while starting or stopping. `behind` is how far the tables are behind the journal; too
    far is 503 as well, with a `reason`."""
    services = services_of(request)
    behind, reason = services.behind(), services.overdue()
    told = {"commits": behind.commits, "bytes": behind.bytes, "seconds": round(behind.seconds, 3)}
    if reason is not None:
        return json_response(orjson.dumps({"status": "unavailable", "reason": reason, "behind": told}), 503)
    is_ready = services.is_ready()
    status = "ready" if is_ready else "unavailable"
    return json_response(orjson.dumps({"status": status, "behind": told}), 200 if is_ready else 503)


@router.get(
    "/metrics",
    response_class=Response,
    responses=openapi.says("text/plain", "Prometheus' text form."),
    openapi_extra={"security": []},
)
async def metrics(request: Request) -> Response:
    """The counters, in Prometheus' text form."""
    return Response(services_of(request).metrics.text(), headers={"Content-Type": METRICS_TYPE})
