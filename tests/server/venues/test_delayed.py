"""A venue that is some way off: what is sent arrives later, in order, and is answered later."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from server.ports import AcceptedReport, Cancel, CancelledReport, FillReport, Place, PrintReport
from server.venues.delayed import DelayedVenue, DelaySpecError, delays_of
from server.venues.paper import PaperVenue
from tests.builders import START, market
from tradeterm.protocol.vocabulary import Side, TimeInForce


class HandClock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.at = START

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return (self.at - START).total_seconds()

    def advance(self, milliseconds: float) -> None:
        self.at += timedelta(milliseconds=milliseconds)


def place(order_id: str, account: str, side: Side = Side.BUY) -> Place:
    return Place(order_id, account, "BTC/USD", side, Decimal(1), Decimal(100), TimeInForce.GTC)


def test_a_request_and_its_answer_take_their_time() -> None:
    """10 ms there, 20 ms back."""
    clock = HandClock()
    venue = DelayedVenue(PaperVenue({"BTC/USD": market()}), delays_of("0,10,20"), clock, 1)
    assert list(venue.send(place("a", "ann"))) == []
    clock.advance(9)
    assert (list(venue.arrived()), venue.best_bid("BTC/USD")) == ([], None)
    clock.advance(1)
    assert (list(venue.arrived()), venue.best_bid("BTC/USD")) == ([], Decimal(100))
    clock.advance(20)
    assert list(venue.arrived()) == [AcceptedReport("a", "a")]


def test_nothing_overtakes_on_the_way() -> None:
    """A cancel that drew a shorter delay still comes after its order."""
    clock = HandClock()
    venue = DelayedVenue(PaperVenue({"BTC/USD": market()}), delays_of("1-50"), clock, 7)
    for number in range(20):
        venue.send(place(str(number), "ann"))
        venue.send(Cancel(str(number), "BTC/USD"))
    clock.advance(1000)
    list(venue.arrived())
    clock.advance(1000)
    kinds = [type(report) for report in venue.arrived()]
    assert kinds == [AcceptedReport, CancelledReport] * 20


def test_the_market_sees_its_trade_at_once_and_both_sides_hear_together() -> None:
    """The flow trades with a user: the print is public now, the fills of one trade arrive as one."""
    clock = HandClock()
    venue = DelayedVenue(PaperVenue({"BTC/USD": market()}), delays_of("0,0,30"), clock, 1)
    venue.send(place("a", "ann"))
    list(venue.arrived())
    seen = list(venue.execute(place("f", "", Side.SELL)))
    assert [type(report) for report in seen] == [PrintReport]
    clock.advance(30)
    assert [type(report) for report in venue.arrived()] == [AcceptedReport, FillReport, FillReport]


@pytest.mark.parametrize("text", ["", "x", "-5", "5-1", "1,2", "nan", "1e9"])
def test_a_latency_that_cannot_be_read_is_refused(text: str) -> None:
    """With a sentence that says how one is written."""
    with pytest.raises(DelaySpecError):
        delays_of(text)
