"""One turn: a command or a step of the flow, and everything that follows from it at a venue that answers at once."""

from collections.abc import Iterable
from datetime import datetime

from server.domain.commands import Command
from server.executor.core import Core, Reply
from server.ports import Request, Venue


def take_command(core: Core, venue: Venue, command: Command, now: datetime) -> Reply:
    """Decide a command and carry it through; the reply shows the state after it."""
    reply = core.handle(command, now)
    follow(core, venue, now)
    core.settle(now)
    return reply


def take_flow(core: Core, venue: Venue, requests: Iterable[Request], now: datetime) -> None:
    """Carry out what the flow did, and what that did to users."""
    for request in requests:
        for report in venue.execute(request):
            core.report(report, now)
        follow(core, venue, now)
    core.settle(now)


def follow(core: Core, venue: Venue, now: datetime) -> None:
    """Requests out, reports in, until nothing is left: what a report leads to queues, it never nests."""
    requests = core.requests
    while requests:
        for report in venue.execute(requests.popleft()):
            core.report(report, now)


def take_beat(core: Core, venue: Venue, now: datetime) -> None:
    """Carry through what the passing of time alone brings about."""
    core.beat(now)
    follow(core, venue, now)
    core.settle(now)
