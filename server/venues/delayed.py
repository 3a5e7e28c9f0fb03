"""A venue that is some way off: requests arrive later, answers come back later. For practice; nothing else changes.

Requests of users are underway for one delay, what the venue says to them for another. All that one request brings about
arrives together, so that both sides of a trade are booked in one commit. Nothing overtakes on the same way.
"""

import heapq
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from random import Random

from server.ports import (
    AcceptedReport,
    Amend,
    AmendedReport,
    Cancel,
    CancelledReport,
    Clock,
    Expected,
    FillReport,
    Level,
    Place,
    PrintReport,
    Report,
    Request,
    Venue,
)
from server.venues.linked_legs import LinkedLegs
from server.venues.untold_fills import UntoldFills
from tradeterm.protocol.arithmetic import ZERO
from tradeterm.protocol.vocabulary import Reason

PARTS = 3


class DelaySpecError(ValueError):
    """A delay that cannot be read; the text says how one is written."""


@dataclass(frozen=True, slots=True)
class Delay:
    """Milliseconds, fixed or drawn evenly between two bounds."""

    low: float
    high: float

    def draw(self, chance: Random) -> timedelta:
        return timedelta(milliseconds=self.low if self.low == self.high else chance.uniform(self.low, self.high))


@dataclass(frozen=True, slots=True)
class Delays:
    """Of market data, of requests to the venue, and of its answers."""

    feed: Delay
    order: Delay
    answer: Delay


def delays_of(text: str) -> Delays:
    """`20`, `10-50`, or three of either: feed,order,answer. Raises DelaySpecError."""
    parts = text.split(",")
    if len(parts) not in (1, PARTS):
        raise DelaySpecError("a latency is one value or three (feed,order,answer)")
    found = [_delay_of(part.strip()) for part in parts]
    return Delays(*(found if len(found) == PARTS else found * PARTS))


def _delay_of(text: str) -> Delay:
    low, _, high = text.partition("-")
    try:
        delay = Delay(float(low), float(high or low))
    except ValueError:
        raise DelaySpecError(f"{text!r} is not a latency: write 20, or 10-50 to draw from, in milliseconds") from None
    if not 0 <= delay.low <= delay.high <= 60_000:
        raise DelaySpecError(f"{text!r} is not a latency: 0 to 60000 milliseconds, the lower bound first")
    return delay


@dataclass(frozen=True, slots=True)
class Sent:
    """A request on its way; `heard` is how much the other leg of its pair had filled by then, as far as was known."""

    request: Request
    heard: Decimal


class DelayedVenue:
    """ports.Venue over another one. What has arrived is asked for with `arrived`."""

    def __init__(self, venue: Venue, untold: UntoldFills, delays: Delays, clock: Clock, seed: int) -> None:
        """`untold` is what `venue` knows positions by."""
        self._venue, self._untold, self._delays, self._clock = venue, untold, delays, clock
        self._chance = Random(f"{seed}:latency")  # noqa: S311
        self._underway: list[tuple[float, int, Sent | list[Report]]] = []
        self._order = itertools.count()
        self._latest: dict[str, float] = {}
        self._legs = LinkedLegs()
        self.keep()

    # ------------------------------------------------------------ quotes are the market's own

    def best_bid(self, symbol: str) -> Decimal | None:
        return self._venue.best_bid(symbol)

    def best_ask(self, symbol: str) -> Decimal | None:
        return self._venue.best_ask(symbol)

    def depth(self, symbol: str, levels: int) -> tuple[list[Level], list[Level]]:
        return self._venue.depth(symbol, levels)

    def expected(self, order: Place) -> Expected:
        return self._venue.expected(order)

    def ahead(self, symbol: str, order_id: str) -> Decimal | None:
        return self._venue.ahead(symbol, order_id)

    def take_touched(self) -> set[str]:
        return self._venue.take_touched()

    @property
    def outlives_us(self) -> bool:
        return self._venue.outlives_us

    def restore(self, order: Place) -> None:
        self._legs.set_out(order)
        self._legs.let_in(order.order_id, order.quantity)
        self._venue.restore(order)

    # ------------------------------------------------------------ requests and answers

    def execute(self, request: Request) -> Iterator[Report]:
        """The market's own requests happen now; what they do to users is told later."""
        return iter(self._answered(self._venue.execute(request)))

    def send(self, request: Request) -> Iterator[Report]:
        """Put a user's request on its way; nothing is known yet. That an order's time is over needs no way."""
        if isinstance(request, Cancel) and request.time_over:
            return iter(self._over(request))
        if isinstance(request, Place):
            self._legs.set_out(request)
        self._post("order", self._delays.order, Sent(request, self._legs.heard(request.order_id)))
        return iter(())

    def _over(self, cancel: Cancel) -> list[Report]:
        coming = next((entry for entry in self._underway if _places(entry[2], cancel.order_id)), None)
        if coming is None:
            return self._answered(self._venue.execute(cancel))
        self._underway.remove(coming)
        heapq.heapify(self._underway)
        return self._answered(iter((CancelledReport(cancel.order_id, Reason.USER_REQUEST),)))

    def keep(self) -> None:
        self._venue.keep()
        self._legs.keep()
        self._kept = self._underway.copy(), self._latest.copy()

    def undo(self) -> None:
        self._venue.undo()
        self._legs.undo()
        self._underway, self._latest = self._kept[0].copy(), self._kept[1].copy()
        self._untold.clear()
        for _, _, item in sorted(self._underway, key=lambda entry: entry[:2]):
            self._untold.note(item if isinstance(item, list) else [])

    def arrived(self) -> Iterator[Report]:
        """What has come by now: at the venue, and back from it."""
        while self.is_due():
            yield from self.first_arrived()

    def first_arrived(self) -> Iterator[Report]:
        """As `arrived`, but of what has come the first thing alone."""
        if self.is_due():
            item = heapq.heappop(self._underway)[2]
            if isinstance(item, list):
                yield from self._told(item)
            else:
                yield from self._answered(self._carry_out(item))

    def _carry_out(self, sent: Sent) -> Iterator[Report]:
        """What a request brings about on arrival; that of a pair's leg as far as the other one has left it anything."""
        request = sent.request
        taken = self._legs.taken_since(request.order_id, sent.heard)
        if isinstance(request, Place):
            return self._let_in(request, taken)
        if isinstance(request, Amend) and request.filled is not None:
            request = replace(request, filled=request.filled - taken)
        return self._venue.execute(request)

    def _let_in(self, order: Place, taken: Decimal) -> Iterator[Report]:
        """The other leg has taken so much: an entry has lost its point, an exit is that much smaller."""
        left = order.quantity - taken if order.reduce_only or not taken else ZERO
        if left <= 0:
            return iter((CancelledReport(order.order_id, Reason.OCO_SIBLING),))
        self._legs.let_in(order.order_id, left)
        return self._let_in_cut(order, left) if taken else self._venue.execute(order)

    def _let_in_cut(self, order: Place, left: Decimal) -> Iterator[Report]:
        """Its owner hears that it is smaller when it rests, or that the rest of it is gone when it has filled."""
        for report in self._venue.execute(replace(order, quantity=left)):
            yield report
            if isinstance(report, AcceptedReport):
                assert order.price is not None, "what rests has a price"
                at, place = report.rests_at, report.place
                yield AmendedReport(order.order_id, left, order.price, at, place, unasked=True)
            elif isinstance(report, FillReport) and report.order_id == order.order_id:
                left -= report.quantity
                if not left:
                    yield CancelledReport(order.order_id, Reason.OCO_SIBLING)

    def _told(self, reports: list[Report]) -> Iterator[Report]:
        for report in reports:
            if type(report) is FillReport:
                self._untold.tell(report)
                self._legs.told(report)
            yield report

    def put_off(self, seconds: float) -> None:
        """The first thing that has come cannot be taken: it comes again later, what is behind it does not wait."""
        _, number, item = heapq.heappop(self._underway)
        heapq.heappush(self._underway, (self._clock.monotonic() + seconds, number, item))
        self.keep()

    def due(self) -> int:
        """How many things have come."""
        now = self._clock.monotonic()
        return sum(1 for entry in self._underway if entry[0] <= now)

    def is_due(self) -> bool:
        return bool(self._underway) and self._underway[0][0] <= self._clock.monotonic()

    def go_on(self) -> Iterator[Report]:
        return iter(self._answered(self._venue.go_on()))

    def _answered(self, happening: Iterator[Report]) -> list[Report]:
        """What happens at the venue: prints are seen at once, the rest is told to those whom it concerns later."""
        reports = []
        for report in self._legs.kept_by(self._venue, happening):
            self._untold.note([report])
            reports.append(report)
        told = [report for report in reports if type(report) is not PrintReport]
        if told:
            self._post("answer", self._delays.answer, told)
        return [report for report in reports if type(report) is PrintReport]

    def _post(self, way: str, delay: Delay, item: Sent | list[Report]) -> None:
        now = self._clock.monotonic()
        due = max(now + delay.draw(self._chance).total_seconds(), self._latest.get(way, now))
        self._latest[way] = due
        heapq.heappush(self._underway, (due, next(self._order), item))


def _places(item: Sent | list[Report], order_id: str) -> bool:
    return isinstance(item, Sent) and isinstance(item.request, Place) and item.request.order_id == order_id
