"""Pairs at a venue that is some way off: what is heard there of one leg comes too late for the other.

So the venue keeps them itself. A fill of one leg cancels a resting entry and shrinks a resting exit at once; a leg that
arrives after a fill which nobody had heard of when it was sent finds that much less to do.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from server.ports import (
    Amend,
    AmendedReport,
    Cancel,
    CancelledReport,
    ExpiredReport,
    FillReport,
    Place,
    RejectedReport,
    Report,
    Request,
    Venue,
)
from tradeterm.protocol.arithmetic import ZERO
from tradeterm.protocol.vocabulary import Reason


@dataclass(frozen=True, slots=True)
class Leg:
    """One order of a pair, from when it is sent. `leaves` is what the venue has of it: nothing before it arrives."""

    order_id: str
    symbol: str
    pair: str
    reduce_only: bool
    price: Decimal | None
    leaves: Decimal = ZERO
    filled: Decimal = ZERO  # since it was sent, or since the start of this process
    told: Decimal = ZERO  # of that, what its owner has heard of
    is_over: bool = False

    @property
    def is_settled(self) -> bool:
        """Nothing more comes of it, and everything that came is known."""
        return self.is_over and self.told == self.filled


class LinkedLegs:
    """The legs that are at the venue, or on their way, and what has filled of each."""

    def __init__(self) -> None:
        self._legs: dict[str, Leg] = {}
        self._pairs: dict[str, tuple[str, ...]] = {}  # the ids of each pair's legs
        self.keep()

    def keep(self) -> None:
        self._kept = self._legs.copy(), self._pairs.copy()

    def undo(self) -> None:
        self._legs, self._pairs = self._kept[0].copy(), self._kept[1].copy()

    # ------------------------------------------------------------ on the way, and in

    def set_out(self, order: Place) -> None:
        """An order is sent: it is looked after from here on if it is one of a pair."""
        if order.pair is not None:
            leg = Leg(order.order_id, order.symbol, order.pair, order.reduce_only, order.price)
            self._legs[order.order_id] = leg
            self._pairs[order.pair] = (*self._pairs.get(order.pair, ()), order.order_id)

    def let_in(self, order_id: str, quantity: Decimal) -> None:
        """The venue has so much of it."""
        leg = self._legs.get(order_id)
        if leg is not None:
            self._legs[order_id] = replace(leg, leaves=quantity)

    def heard(self, order_id: str) -> Decimal:
        """How much of the other leg has filled, as far as its owner knows."""
        return sum((leg.told for leg in self._others(order_id)), ZERO)

    def taken_since(self, order_id: str, heard: Decimal) -> Decimal:
        """How much the other leg has filled beyond what had been `heard` of it."""
        return sum((leg.filled for leg in self._others(order_id)), ZERO) - heard

    def _others(self, order_id: str) -> list[Leg]:
        mine = self._legs.get(order_id)
        return [] if mine is None else [self._legs[one] for one in self._pairs[mine.pair] if one != order_id]

    # ------------------------------------------------------------ what happens

    def kept_by(self, venue: Venue, happening: Iterator[Report]) -> Iterator[Report]:
        """What happens at the venue, and right after each fill what that does to the other leg."""
        for report in happening:
            yield report
            for request in self._follow(report):
                for answer in venue.execute(request):
                    self._follow(answer)
                    is_end = type(answer) is CancelledReport
                    yield CancelledReport(request.order_id, Reason.OCO_SIBLING) if is_end else answer

    def told(self, fill: FillReport) -> None:
        """Its owner hears of it."""
        leg = self._legs.get(fill.order_id)
        if leg is not None:
            self._change(replace(leg, told=leg.told + fill.quantity))

    def _follow(self, report: Report) -> list[Request]:
        """Note what became of a leg; what that asks of the other one."""
        match report:
            case FillReport():
                return self._filled(report)
            case AmendedReport():
                leg = self._legs.get(report.order_id)
                if leg is not None:
                    self._change(replace(leg, leaves=report.leaves, price=report.price))
            case CancelledReport() | ExpiredReport() | RejectedReport():
                leg = self._legs.get(report.order_id)
                if leg is not None:
                    self._change(replace(leg, leaves=ZERO, is_over=True))
        return []

    def _filled(self, fill: FillReport) -> list[Request]:
        leg = self._legs.get(fill.order_id)
        if leg is None:
            return []
        leaves = leg.leaves - fill.quantity
        self._change(replace(leg, leaves=leaves, filled=leg.filled + fill.quantity, is_over=not leaves))
        return [_yielding(other, fill.quantity) for other in self._others(fill.order_id) if other.leaves]

    def _change(self, leg: Leg) -> None:
        """Note it; a pair of which nothing more can come is forgotten."""
        self._legs[leg.order_id] = leg
        legs = self._pairs[leg.pair]
        if all(self._legs[one].is_settled for one in legs):
            del self._pairs[leg.pair]
            for one in legs:
                del self._legs[one]


def _yielding(leg: Leg, quantity: Decimal) -> Request:
    """The other one has filled: an entry goes, an exit shrinks by as much."""
    left = leg.leaves - quantity if leg.reduce_only else ZERO
    if left <= 0:
        return Cancel(leg.order_id, leg.symbol)
    assert leg.price is not None, "what rests has a price"
    return Amend(leg.order_id, leg.symbol, left, leg.price, cuts=True)
