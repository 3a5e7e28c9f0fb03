"""What a request gets back: encoded JSON put into a response, and a command carried out into one. Nothing is encoded twice."""

from collections.abc import Sequence

import orjson
from starlette.requests import Request
from starlette.responses import Response

from server.domain.commands import Command
from server.gateway.commands.ended import of_ended
from server.gateway.rest.errors import Refused, refused_by
from server.gateway.rest.services import services_of
from server.ports import Answer, Page
from tradeterm.protocol.vocabulary import ErrorCode


def json_response(body: bytes | None, status: int = 200) -> Response:
    return Response(body or b"{}", status, media_type="application/json")


def page_response(page: Page) -> Response:
    cursor = orjson.dumps(page.next_cursor)
    lost = b"" if page.lost_through is None else b',"reason":"HISTORY_LOST","lostThrough":%d' % page.lost_through
    return json_response(b'{"items":[%b],"nextCursor":%b%b}' % (b",".join(page.items), cursor, lost))


def list_response(items: Sequence[bytes]) -> Response:
    """A whole list, in the form of a page."""
    return page_response(Page(list(items), None))


async def run(request: Request, command: Command, user: str, *, leaving: bool = False) -> Response:
    """Charge the user, carry the command out, answer. `leaving` commands (cancels, exits) have a budget of their own."""
    charge(request, user, leaving=leaving)
    answer = await carried_out(request, command)
    return json_response(answer.body, answer.status)


def charge(request: Request, user: str, *, leaving: bool = False) -> None:
    """Raises Refused RATE_LIMITED, with the time to come back."""
    wait_s = services_of(request).limits.command(user, relief=leaving)
    if wait_s:
        raise Refused(ErrorCode.RATE_LIMITED, "too many commands a second", wait_s)


async def carried_out(request: Request, command: Command) -> Answer:
    """The durable answer to a command. Raises Refused, and what `refusal_of` knows."""
    services = services_of(request)
    answer = of_ended(services.history, command, await services.orders.submit(command))
    if answer.code is not None:
        raise refused_by(answer)
    services.metrics.carried_out(type(command).__name__)
    return answer
