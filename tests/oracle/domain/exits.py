"""How much of a position each order that only closes may close: functions of the position and of the orders.

Stops and targets each have the whole position as room, for only one of the two kinds can come about at a time; of a
linked pair the larger one counts. A plain order that only closes (a cash account's sell, one taken while the account may
only reduce) takes its room from both kinds.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum, auto

from tests.oracle.arithmetic import ZERO
from tests.oracle.domain.orders import Order


class Kind(Enum):
    """Which room of the position an order closes from."""

    PLAIN = auto()
    STOP = auto()
    TARGET = auto()

    @classmethod
    def of(cls, order: Order) -> "Kind":
        if not order.reduce_only:
            return cls.PLAIN
        return cls.STOP if order.is_stop else cls.TARGET


@dataclass(slots=True)
class Rooms:
    """What is spoken for so far, by kind."""

    used: dict[Kind, Decimal] = field(default_factory=lambda: dict.fromkeys(Kind, ZERO))
    largest: dict[tuple[Kind, str], Decimal] = field(default_factory=dict)  # of each pair

    def spoken(self, kind: Kind) -> Decimal:
        """How much of the position an order of `kind` finds taken."""
        beside = self.used[kind] if kind is not Kind.PLAIN else max(self.used[Kind.STOP], self.used[Kind.TARGET])
        return beside + self.used[Kind.PLAIN]

    def shared(self, order: Order) -> Decimal:
        """What the other of its pair has taken already, if both are of one kind: that much is free to it."""
        return self.largest.get((Kind.of(order), order.oco_id), ZERO) if order.oco_id else ZERO

    def take(self, order: Order, size: Decimal) -> None:
        kind, shared = Kind.of(order), self.shared(order)
        self.used[kind] += max(ZERO, size - shared)
        if order.oco_id:
            self.largest[kind, order.oco_id] = max(shared, size)


def spoken_for(others: Iterable[Order], order: Order) -> Decimal:
    """How much of the position `others` close before `order` may: those that are ending, and the other of its pair
    where both are of one kind, do not count."""
    rooms = Rooms()
    for other in others:
        if other.id != order.id and other.cancel_reason is None:
            rooms.take(other, other.leaves)
    return rooms.spoken(Kind.of(order)) - rooms.shared(order)


def fitted(orders: Iterable[Order], held: Decimal, closable: Decimal) -> Iterator[tuple[Order, Decimal]]:
    """Each of the orders, oldest first, with the size that it may have: the newest are cut first, and those of a
    position that is gone, or on the other side now, get nothing. Those that are ending take no room from the others."""
    rooms = Rooms()
    for order in sorted(orders, key=lambda one: one.priority):
        if order.cancel_reason is not None:
            continue
        if held * order.side.sign >= 0:
            yield order, ZERO
            continue
        want = closable if order.tracks_position else order.leaves
        size = min(want, max(ZERO, closable - rooms.spoken(Kind.of(order)) + rooms.shared(order)))
        rooms.take(order, size)
        yield order, size
