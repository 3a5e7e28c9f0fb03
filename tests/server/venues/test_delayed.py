"""A venue that is some way off: what is sent arrives later, in order, and is answered later."""

from datetime import datetime, timedelta
from decimal import Decimal, localcontext

import pytest

from server.domain.markets import Market
from server.ports import (
    AcceptedReport,
    Cancel,
    CancelledReport,
    FillReport,
    Place,
    PrintReport,
    Report,
    Request,
)
from server.venues.delayed import DelayedVenue, Delays, DelaySpecError, delays_of
from server.venues.paper import PaperVenue
from server.venues.untold_fills import UntoldFills
from tests.builders import START, market
from tests.contracts.venue.suite import Floor, VenueContract
from tradeterm.protocol.arithmetic import MONEY
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


class FarFloor(Floor):
    """A floor some way off: a user's request is sent, and what comes of it is what has arrived when all has."""

    def __init__(self, clock: HandClock, venue: DelayedVenue, listed: Market) -> None:
        super().__init__(lambda markets: venue)
        self.clock, self.far, self.market = clock, venue, listed

    def do(self, request: Request) -> list[Report]:
        with localcontext(MONEY):
            is_flow = isinstance(request, Place) and not request.account
            seen = list(self.far.execute(request) if is_flow else self.far.send(request))
            for _ in range(2):  # there, and back
                self.clock.advance(50)
                seen += self.far.arrived()
        return _with_prints_at_their_fills(seen)


def _with_prints_at_their_fills(seen: list[Report]) -> list[Report]:
    """Prints are public at once, what is told to users comes later: put each behind the fills that made it."""
    found: list[Report] = [one for one in seen if type(one) is not PrintReport]
    for printed in (one for one in seen if type(one) is PrintReport):
        fills = [
            number
            for number, one in enumerate(found)
            if type(one) is FillReport and one.venue_trade_id == printed.venue_trade_id
        ]
        found.insert(fills[-1] + 1 if fills else len(found), printed)
    return found


def delayed(markets: dict[str, Market], delays: Delays, clock: HandClock, seed: int) -> DelayedVenue:
    """Over a paper venue on which nobody holds anything."""
    untold = UntoldFills(lambda account, symbol, fills: Decimal(0))
    return DelayedVenue(PaperVenue(markets), untold, delays, clock, seed)


class TestDelayedVenue(VenueContract):
    """The contract suite, over a paper venue that is some way off."""

    @pytest.fixture
    def floor(self) -> Floor:
        clock, listed = HandClock(), market()
        venue = delayed({"BTC/USD": listed}, delays_of("0,10,20"), clock, 1)
        return FarFloor(clock, venue, listed)


def test_a_request_and_its_answer_take_their_time() -> None:
    """10 ms there, 20 ms back."""
    clock = HandClock()
    venue = delayed({"BTC/USD": market()}, delays_of("0,10,20"), clock, 1)
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
    venue = delayed({"BTC/USD": market()}, delays_of("1-50"), clock, 7)
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
    venue = delayed({"BTC/USD": market()}, delays_of("0,0,30"), clock, 1)
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
