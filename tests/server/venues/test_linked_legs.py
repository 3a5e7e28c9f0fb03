"""What a venue that is some way off knows of the legs of a pair."""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from server.ports import (
    Amend,
    AmendedReport,
    Cancel,
    CancelledReport,
    ExpiredReport,
    FillReport,
    Place,
    Report,
    Request,
)
from server.venues.linked_legs import LinkedLegs
from tradeterm.protocol.vocabulary import Liquidity, Reason, Side, TimeInForce

BTC, ONE = "BTC/USD", Decimal(1)


class Answering:
    """A venue that carries out what it is asked for, and remembers it."""

    def __init__(self) -> None:
        self.asked: list[Request] = []

    def execute(self, request: Request) -> Iterator[Report]:
        self.asked.append(request)
        if isinstance(request, Amend):
            yield AmendedReport(request.order_id, request.leaves, request.price)
        else:
            yield CancelledReport(request.order_id, Reason.USER_REQUEST)


def legs(*names: str, reduce_only: bool = False) -> LinkedLegs:
    """Sent and let in, one unit each."""
    made = LinkedLegs()
    for name in names:
        order = Place(
            name, "ann", BTC, Side.SELL, ONE, Decimal(100), TimeInForce.GTC, reduce_only=reduce_only, pair="p"
        )
        made.set_out(order)
        made.let_in(name, ONE)
    return made


def fill(name: str, quantity: str = "1") -> FillReport:
    return FillReport(name, "ann", BTC, Side.SELL, Decimal(quantity), Decimal(100), Liquidity.MAKER, "1")


def happen(linked: LinkedLegs, reports: Iterable[Report]) -> tuple[list[Report], list[Request]]:
    """What is told of it, and what the venue was asked for."""
    venue = Answering()
    return list(linked.kept_by(venue, iter(reports))), venue.asked  # type: ignore[arg-type]


def test_a_fill_of_an_entry_takes_the_other_one_out_before_anything_else_happens() -> None:
    """Told as what it is: the other one has filled."""
    told, asked = happen(legs("a", "b"), [fill("a", "0.1"), fill("x")])
    assert asked == [Cancel("b", BTC)]
    assert told == [fill("a", "0.1"), CancelledReport("b", Reason.OCO_SIBLING), fill("x")]


def test_a_fill_of_an_exit_shrinks_the_other_one_until_nothing_is_left() -> None:
    """0.4, and the rest; each cut is no more than a cut."""
    linked = legs("a", "b", reduce_only=True)
    assert happen(linked, [fill("a", "0.4")])[1] == [Amend("b", BTC, Decimal("0.6"), Decimal(100), cuts=True)]
    assert happen(linked, [fill("a", "0.6")])[1] == [Cancel("b", BTC)]


def test_what_was_heard_of_when_it_was_sent_counts_once() -> None:
    """0.4 were told, 0.3 were not: those are what is taken from a leg that was sent then."""
    linked = legs("a", "b", reduce_only=True)
    happen(linked, [fill("a", "0.4")])
    linked.told(fill("a", "0.4"))
    heard = linked.heard("b")
    happen(linked, [fill("a", "0.3")])
    assert (heard, linked.taken_since("b", heard)) == (Decimal("0.4"), Decimal("0.3"))
    assert linked.taken_since("nobody's", Decimal(0)) == 0


def test_a_pair_that_is_over_and_told_is_forgotten() -> None:
    """Not before its last fill is known: a leg that comes then must find it."""
    linked = legs("a", "b")
    happen(linked, [fill("a")])
    assert linked.taken_since("b", Decimal(0)) == 1
    linked.told(fill("a"))
    assert (linked._legs, linked._pairs) == ({}, {})


def test_a_leg_that_ended_by_itself_is_asked_for_nothing() -> None:
    """Expired before the other one fills."""
    assert happen(legs("a", "b"), [ExpiredReport("b", Reason.IOC_REMAINDER), fill("a")])[1] == []


def test_what_is_undone_did_not_happen() -> None:
    """Back to the last keep."""
    linked = legs("a", "b")
    linked.keep()
    happen(linked, [fill("a")])
    linked.undo()
    assert happen(linked, [fill("b")])[1] == [Cancel("a", BTC)]
