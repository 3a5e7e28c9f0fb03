"""A venue that is some way off: requests arrive later, answers come back later. For practice; nothing else changes.

Requests of users are underway for one delay, what the venue says to them for another. All that one request brings about
arrives together, so that both sides of a trade are booked in one commit. Nothing overtakes on the same way.
"""

import heapq
import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from random import Random

from tests.oracle.arithmetic import ZERO
from tests.oracle.ports import (
    AcceptedReport,
    Amend,
    AmendedReport,
    Cancel,
    CancelledReport,
    Clock,
    Expected,
    ExpiredReport,
    FillReport,
    Level,
    Place,
    Positions,
    PrintReport,
    RejectedReport,
    Report,
    Request,
    Venue,
)
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


@dataclass(frozen=True)
class Chapter:
    """One thing that happened to a pair: a leg was sent or let in, it filled, its owner heard of that, it changed or ended."""

    order_id: str
    what: str
    quantity: Decimal = ZERO
    place: Place | None = None
    price: Decimal | None = None


class Pairs:
    """The whole history of each pair, read again from the start whenever something is asked."""

    def __init__(self) -> None:
        self.chapters: dict[str, list[Chapter]] = {}

    def copy(self) -> "Pairs":
        other = Pairs()
        other.chapters = {pair: list(told) for pair, told in self.chapters.items()}
        return other

    def pair_of(self, order_id: str) -> str | None:
        for pair, told in self.chapters.items():
            if any(one.order_id == order_id for one in told):
                return pair
        return None

    def note(self, chapter: Chapter) -> None:
        pair = self.pair_of(chapter.order_id)
        if pair is not None:
            self.chapters[pair].append(chapter)

    def others(self, order_id: str) -> list[str]:
        pair = self.pair_of(order_id)
        if pair is None:
            return []
        found: list[str] = []
        for one in self.chapters[pair]:
            if one.order_id not in (order_id, *found):
                found.append(one.order_id)
        return found

    def total(self, order_id: str, what: str) -> Decimal:
        pair = self.pair_of(order_id)
        told = [] if pair is None else self.chapters[pair]
        return sum((one.quantity for one in told if one.order_id == order_id and one.what == what), ZERO)

    def leaves(self, order_id: str) -> Decimal:
        pair = self.pair_of(order_id)
        left = ZERO
        for one in [] if pair is None else self.chapters[pair]:
            if one.order_id == order_id and one.what in ("let in", "changed", "ended"):
                left = one.quantity
            elif one.order_id == order_id and one.what == "filled":
                left -= one.quantity
        return left

    def yielding(self, order_id: str, quantity: Decimal) -> Request:
        pair = self.pair_of(order_id)
        assert pair is not None
        mine = [one for one in self.chapters[pair] if one.order_id == order_id]
        sent = next(one.place for one in mine if one.place is not None)
        price = next((one.price for one in reversed(mine) if one.what == "changed"), sent.price)
        left = self.leaves(order_id) - quantity if sent.reduce_only else ZERO
        if left <= 0:
            return Cancel(order_id, sent.symbol)
        assert price is not None
        return Amend(order_id, sent.symbol, left, price, cuts=True)


class DelayedVenue:
    """ports.Venue over another one. What has arrived is asked for with `arrived`."""

    def __init__(self, venue: Venue, delays: Delays, clock: Clock, seed: int) -> None:
        self._venue, self._delays, self._clock = venue, delays, clock
        self._chance = Random(f"{seed}:latency")
        self._underway: list[tuple[float, int, tuple[Request, Decimal] | list[Report]]] = []
        self._order = itertools.count()
        self._latest: dict[str, float] = {}
        self._untold: dict[tuple[str, str], list[FillReport]] = {}  # by account and symbol, fills on their way back
        self._pairs = Pairs()
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

    def take_touched(self) -> set[str]:
        return self._venue.take_touched()

    def restore(self, order: Place) -> None:
        self._send_leg(order)
        self._pairs.note(Chapter(order.order_id, "let in", order.quantity))
        self._venue.restore(order)

    def _send_leg(self, order: Place) -> None:
        if order.pair is not None:
            self._pairs.chapters.setdefault(order.pair, []).append(Chapter(order.order_id, "sent", place=order))

    # ------------------------------------------------------------ requests and answers

    def execute(self, request: Request) -> Iterator[Report]:
        """The market's own requests happen now; what they do to users is told later."""
        return iter(self._answered(self._venue.execute(request)))

    def send(self, request: Request) -> Iterator[Report]:
        """Put a user's request on its way; nothing is known yet. That an order's time is over needs no way."""
        if isinstance(request, Cancel) and request.time_over:
            return iter(self._over(request))
        if isinstance(request, Place):
            self._send_leg(request)
        heard = sum((self._pairs.total(one, "told") for one in self._pairs.others(request.order_id)), ZERO)
        self._post("order", self._delays.order, (request, heard))
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
        self._kept = self._underway.copy(), self._latest.copy()
        self._kept_pairs = self._pairs.copy()

    def undo(self) -> None:
        self._venue.undo()
        self._pairs = self._kept_pairs.copy()
        self._underway, self._latest = self._kept[0].copy(), self._kept[1].copy()
        self._untold.clear()
        for _, _, item in sorted(self._underway, key=lambda entry: entry[:2]):
            self._note_untold(item if isinstance(item, list) else [])

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
                yield from self._answered(self._carry_out(*item))

    def _carry_out(self, request: Request, heard: Decimal) -> Iterator[Report]:
        taken = sum((self._pairs.total(one, "filled") for one in self._pairs.others(request.order_id)), ZERO) - heard
        if isinstance(request, Amend) and request.filled is not None:
            yield from self._venue.execute(replace(request, filled=request.filled - taken))
        elif not isinstance(request, Place):
            yield from self._venue.execute(request)
        elif taken and (not request.reduce_only or taken >= request.quantity):
            yield CancelledReport(request.order_id, Reason.OCO_SIBLING)
        else:
            yield from self._let_in(request, request.quantity - taken)

    def _let_in(self, order: Place, left: Decimal) -> Iterator[Report]:
        self._pairs.note(Chapter(order.order_id, "let in", left))
        is_cut = left < order.quantity
        for report in self._venue.execute(replace(order, quantity=left)):
            yield report
            if is_cut and isinstance(report, AcceptedReport):
                assert order.price is not None
                yield AmendedReport(order.order_id, left, order.price, report.rests_at, report.place, unasked=True)
            elif is_cut and isinstance(report, FillReport) and report.order_id == order.order_id:
                left -= report.quantity
                if not left:
                    yield CancelledReport(order.order_id, Reason.OCO_SIBLING)

    def _told(self, reports: list[Report]) -> Iterator[Report]:
        for report in reports:
            if type(report) is FillReport:
                self._untold[report.account, report.symbol].remove(report)
                self._pairs.note(Chapter(report.order_id, "told", report.quantity))
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

    def know_positions(self, positions: Positions) -> None:
        """What is held here is what accounts know of, and what is on its way to them: reduce-only looks at both."""

        def here(account: str, symbol: str, fills: Sequence[FillReport]) -> Decimal:
            return positions(account, symbol, [*self._untold.get((account, symbol), ()), *fills])

        self._venue.know_positions(here)

    def _answered(self, happening: Iterator[Report]) -> list[Report]:
        """What happens at the venue: prints are seen at once, the rest is told to those whom it concerns later."""
        reports = []
        for report in self._with_pairs(happening):
            self._note_untold([report])
            reports.append(report)
        told = [report for report in reports if type(report) is not PrintReport]
        if told:
            self._post("answer", self._delays.answer, told)
        return [report for report in reports if type(report) is PrintReport]

    def _with_pairs(self, happening: Iterator[Report]) -> Iterator[Report]:
        """Right after each fill the other leg gives way: an entry is gone, an exit smaller."""
        for report in happening:
            yield report
            self._note_leg(report)
            if not isinstance(report, FillReport):
                continue
            for other in self._pairs.others(report.order_id):
                if self._pairs.leaves(other):
                    for answer in self._venue.execute(self._pairs.yielding(other, report.quantity)):
                        self._note_leg(answer)
                        ended = isinstance(answer, CancelledReport)
                        yield CancelledReport(other, Reason.OCO_SIBLING) if ended else answer

    def _note_leg(self, report: Report) -> None:
        if isinstance(report, FillReport):
            self._pairs.note(Chapter(report.order_id, "filled", report.quantity))
        elif isinstance(report, AmendedReport):
            self._pairs.note(Chapter(report.order_id, "changed", report.leaves, price=report.price))
        elif isinstance(report, CancelledReport | ExpiredReport | RejectedReport):
            self._pairs.note(Chapter(report.order_id, "ended"))

    def _note_untold(self, reports: Iterable[Report]) -> None:
        for report in reports:
            if type(report) is FillReport:
                self._untold.setdefault((report.account, report.symbol), []).append(report)

    def _post(self, way: str, delay: Delay, item: tuple[Request, Decimal] | list[Report]) -> None:
        now = self._clock.monotonic()
        due = max(now + delay.draw(self._chance).total_seconds(), self._latest.get(way, now))
        self._latest[way] = due
        heapq.heappush(self._underway, (due, next(self._order), item))


def _places(item: tuple[Request, Decimal] | list[Report], order_id: str) -> bool:
    return isinstance(item, tuple) and isinstance(item[0], Place) and item[0].order_id == order_id
