"""What stands in the inbox: commands, steps of the flow, arrivals and beats, each of which can be carried out.

When a turn of several fails, each is tried alone; when one alone fails, what it is made of is. What cannot be divided
any further has failed: it is undone, and only it.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import structlog

from server.domain.commands import Command
from server.executor import turn
from server.executor.core import Core
from server.executor.rules.surveillance import Look, Part
from server.executor.state.ledger import Reply
from server.ports import Answer, FlowStep, Report, Request, Told, Venue
from tradeterm.protocol.vocabulary import ErrorCode

log = structlog.get_logger(__name__)


class Arriving(Protocol):
    """A venue that is some way off, as far as what it says is concerned."""

    def arrived(self) -> Iterator[Report]:
        """What has come by now."""
        ...

    def first_arrived(self) -> Iterator[Report]:
        """Of what has come the first thing alone."""
        ...

    def due(self) -> int:
        """How many things have come."""
        ...

    def put_off(self, seconds: float) -> None:
        """Have the first thing that has come come again later."""
        ...


class Item(Protocol):
    """Something to carry out within a turn."""

    @property
    def name(self) -> str:
        """What it is, for the log."""
        ...

    def take(self, core: Core, venue: Venue, now: datetime) -> None:
        """Carry it out."""
        ...

    def settle(self) -> None:
        """All that is committed together was carried out: make the answer from it."""
        ...

    def tell(self) -> None:
        """It is committed."""
        ...

    def pieces(self, core: Core, now: datetime) -> list["Item"]:
        """What it is made of; nothing when it cannot be divided."""
        ...

    def fail(self, core: Core, error_id: str) -> float | None:
        """It failed and was undone. What comes by itself is put off: for how many seconds; a command's sender is told."""
        ...


class _Silent:
    """Nobody waits for its answer: where it cannot be divided, and fails, it is left out."""

    def settle(self) -> None: ...

    def tell(self) -> None: ...

    def pieces(self, core: Core, now: datetime) -> list[Item]:
        return []

    def fail(self, core: Core, error_id: str) -> float | None:
        return None


class Waiting:
    """A command, and who waits for its answer. Whoever it is, they are told once."""

    __slots__ = ("_made", "_reply", "_told", "command")

    def __init__(self, command: Command, told: Told) -> None:
        self.command = command
        self._told: Told | None = told
        self._reply: Reply | None = None
        self._made: Answer | None = None

    @property
    def name(self) -> str:
        return f"{type(self.command).__name__} of {self.command.account}"

    @property
    def is_told(self) -> bool:
        return self._told is None

    def take(self, core: Core, venue: Venue, now: datetime) -> None:
        self._reply = turn.take_command(core, venue, self.command, now)

    def settle(self) -> None:
        assert self._reply is not None
        self._made = self._reply()

    def tell(self) -> None:
        if self._made is not None:
            self._tell(self._made)

    def refuse(self, error: Exception) -> None:
        """There will be no answer, unless there was one."""
        self._tell(error)

    def _tell(self, outcome: Answer | Exception) -> None:
        told, self._told = self._told, None
        if told is None:
            return
        try:
            told(outcome)
        except Exception:
            # It is decided and durable: whoever cannot take that in changes nothing about it, and stops nobody.
            log.exception("an answer could not be given", what=self.name)

    def pieces(self, core: Core, now: datetime) -> list[Item]:
        return []

    def fail(self, core: Core, error_id: str) -> float | None:
        text = "the server failed at this command; nothing of it was done"
        self._made = Answer(500, code=ErrorCode.INTERNAL, message=text, details={"errorId": error_id})
        self.tell()
        return None


class Flow(_Silent):
    """A step of the feed, and the feed that waits for it to be carried out."""

    def __init__(self, step: FlowStep, done: "asyncio.Future[None]") -> None:
        self._step, self._done = step, done

    @property
    def name(self) -> str:
        return "step of the flow"

    def take(self, core: Core, venue: Venue, now: datetime) -> None:
        turn.take_flow(core, venue, self._step.requests, now)

    def pieces(self, core: Core, now: datetime) -> list[Item]:
        return [FlowRequest(request) for request in self._step.requests]

    def free(self) -> None:
        """The feed may go on."""
        if not self._done.done():
            self._done.set_result(None)


@dataclass(slots=True)
class FlowRequest(_Silent):
    """One request of the flow alone. One that fails never was: the feed meets an order that is not there any more."""

    request: Request

    @property
    def name(self) -> str:
        return f"the flow's {type(self.request).__name__} in {self.request.symbol}"

    def take(self, core: Core, venue: Venue, now: datetime) -> None:
        turn.take_flow(core, venue, [self.request], now)


@dataclass(slots=True)
class Arrivals(_Silent):
    """What has come from a venue that is some way off; drawn when its turn is."""

    source: Arriving
    name: str = "arrivals"

    def take(self, core: Core, venue: Venue, now: datetime) -> None:
        turn.take_arrivals(core, venue, self.source.arrived(), now)

    def pieces(self, core: Core, now: datetime) -> list[Item]:
        return [Arrival(self.source) for _ in range(self.source.due())]


@dataclass(slots=True)
class Arrival(_Silent):
    """The first thing alone. It is not lost when it cannot be taken: the books of both sides would never agree again."""

    source: Arriving
    name: str = "arrival"

    def take(self, core: Core, venue: Venue, now: datetime) -> None:
        turn.take_arrivals(core, venue, self.source.first_arrived(), now)

    def fail(self, core: Core, error_id: str) -> float | None:
        seconds = core.watch.setbacks.add("arrival", core.ledger.seconds)
        self.source.put_off(seconds)
        return seconds


@dataclass(slots=True)
class Beat(_Silent):
    """Time has passed: what it alone brings about is looked at."""

    name: str = "beat"

    def take(self, core: Core, venue: Venue, now: datetime) -> None:
        turn.take_beat(core, venue, now)

    def pieces(self, core: Core, now: datetime) -> list[Item]:
        return [BeatPart(part) for part in core.watch.parts(now)]


@dataclass(slots=True)
class Expiries(_Silent):
    """The time of orders is over: they end before anything else of that moment could match them."""

    name: str = "expiries"

    def take(self, core: Core, venue: Venue, now: datetime) -> None:
        turn.take_expiries(core, venue, now)

    def pieces(self, core: Core, now: datetime) -> list[Item]:
        return [BeatPart(part) for part in core.watch.expiries(now)]


@dataclass(slots=True)
class BeatPart(_Silent):
    """One part of a beat alone. It is left alone for a while when it fails, so that the others have their turn."""

    part: Part

    @property
    def name(self) -> str:
        return f"look at {self.part.look.name.lower()} {self.part.name}".rstrip()

    def take(self, core: Core, venue: Venue, now: datetime) -> None:
        turn.take_part(core, venue, self.part, now)

    def pieces(self, core: Core, now: datetime) -> list[Item]:
        if self.part.look is not Look.ACCOUNTS:
            return []
        return [BeatPart(part) for part in core.watch.accounts()]

    def fail(self, core: Core, error_id: str) -> float | None:
        return core.watch.put_off(self.part)
