"""Where orders trade, and how that stands: what a status bar shows of a real exchange."""

from decimal import Decimal

import orjson
from starlette.requests import Request
from starlette.responses import Response

from server.gateway.rest import openapi
from server.gateway.rest.errors import Refused
from server.gateway.rest.openapi import answers
from server.gateway.rest.reading import identity_of, owner_of
from server.gateway.rest.responses import json_response
from server.gateway.rest.services import services_of
from tradeterm.protocol.market import VenueStatus
from tradeterm.protocol.money import quantity_text
from tradeterm.protocol.shadow import Shadow
from tradeterm.protocol.vocabulary import ErrorCode

router = openapi.routes("venue")


@router.get("/venue", responses=answers(VenueStatus))
async def show(request: Request) -> Response:
    """The venue, whose money it is (`mode`: paper, live or test), how far a market entry goes, the leverage of accounts that
    have none of their own, and of a real exchange how it stands."""
    identity_of(request)
    services = services_of(request)
    found = {
        "venue": services.venue,
        "mode": services.mode,
        "marketReachPct": _number(services.market_reach_pct),
        "leverage": _number(services.leverage),
        **services.exchange(),
    }
    return json_response(orjson.dumps(found))


def _number(value: Decimal | None) -> str | None:
    return None if value is None else quantity_text(value)


@router.get("/venue/shadow", responses=answers(Shadow))
async def compare(request: Request) -> Response:
    """Each of the last 200 orders that went to the exchange beside its twin on paper, the newest first, and their sum; of who
    trades there. `on` is false where `[venues.NAME] shadow` is not set."""
    found = services_of(request).shadow(owner_of(request).user)
    if found is None:
        raise Refused(ErrorCode.NOT_FOUND, "no order of yours goes to an exchange from here")
    return json_response(orjson.dumps(found))
