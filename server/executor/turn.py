"""A command or a step of the flow, and everything that follows from it at a venue that answers at once.

What accounts have afterwards is told when all that is committed together is done: see `Core.settle`.
"""

from collections.abc import Iterable
from datetime import datetime

from server.domain.commands import Command
from server.executor.core import Core
from server.executor.rules.surveillance import Part
from server.executor.state.ledger import Reply
from server.ports import Report, Request, Venue


def take_command(core: Core, venue: Venue, command: Command, now: datetime) -> Reply:
    """Decide a command and carry it through; the reply shows the state after it, asked for after `settle`."""
    reply = core.handle(command, now)
    _finish(core, venue)
    return reply


def take_flow(core: Core, venue: Venue, requests: Iterable[Request], now: datetime) -> None:
    """Carry out what the flow did, and what that did to users."""
    core.ledger.at(now)
    for request in requests:
        _take(core, venue, venue.execute(request))
        if core.requests or core.urgent_requests:
            _follow(core, venue)
    _finish(core, venue)


def take_arrivals(core: Core, venue: Venue, reports: Iterable[Report], now: datetime) -> None:
    """Take what a venue that is some way off has said by now."""
    core.ledger.at(now)
    _take(core, venue, reports)
    _finish(core, venue)


def take_beat(core: Core, venue: Venue, now: datetime) -> None:
    """Carry through what the passing of time alone brings about."""
    core.ledger.at(now)
    _take(core, venue, venue.go_on())
    _follow(core, venue)
    core.beat(now)
    _finish(core, venue)


def take_part(core: Core, venue: Venue, part: Part, now: datetime) -> None:
    """Carry through one part of a beat alone."""
    core.look(part, now)
    _finish(core, venue)


def take_expiries(core: Core, venue: Venue, now: datetime) -> None:
    """End the orders whose time is over, before anything else of that moment could match them."""
    for part in core.watch.expiries(now):
        take_part(core, venue, part, now)


def _finish(core: Core, venue: Venue) -> None:
    _follow(core, venue)
    while core.next_step():
        _follow(core, venue)


def _follow(core: Core, venue: Venue) -> None:
    """Requests out, reports in, until nothing is left: what a report leads to queues, it never nests."""
    requests = core.requests
    if core.urgent_requests:
        _trim(core, venue)
    while requests:
        request = core.last_look(requests.popleft())
        if request is not None:
            _take(core, venue, venue.send(request))


def _take(core: Core, venue: Venue, reports: Iterable[Report]) -> None:
    """Trims go between two fills of one order: an exit that has lost its position must not meet the next one."""
    take, urgent = core.reports.take, core.urgent_requests
    for report in reports:
        take(report)
        if urgent:
            _trim(core, venue)


def _trim(core: Core, venue: Venue) -> None:
    urgent = core.urgent_requests
    while urgent:
        for report in venue.send(urgent.popleft()):
            core.reports.take(report)
