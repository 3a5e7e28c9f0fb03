"""What everything must do that shows a book: the paper venue, the way to one that is far off, and what stands for both."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from server.ports import Level, Place, Quotes
from server.venues.delayed import DelayedVenue, delays_of
from server.venues.paper import PaperVenue
from server.venues.untold_fills import UntoldFills
from tests.builders import market
from tests.fakes import ManualClock
from tests.server.marketdata.readers import ToldQuotes
from tradeterm.protocol.vocabulary import Side, TimeInForce

D = Decimal
SYMBOL = "BTC/USD"
BIDS, ASKS = [(D(99), D(1)), (D(98), D(3))], [(D(101), D(2)), (D(102), D(4)), (D(104), D(1))]
Shows = Callable[[list[Level], list[Level]], Quotes]


def paper(bids: list[Level], asks: list[Level]) -> PaperVenue:
    """With an order of the flow at each level, the worst first."""
    venue = PaperVenue({SYMBOL: market()})
    for side, levels in ((Side.BUY, bids), (Side.SELL, asks)):
        for price, size in reversed(levels):
            list(venue.execute(Place(f"{side}-{price}", "", SYMBOL, side, size, price, TimeInForce.GTC)))
    return venue


def far(bids: list[Level], asks: list[Level]) -> DelayedVenue:
    untold = UntoldFills(lambda account, symbol, fills: D(0))
    return DelayedVenue(paper(bids, asks), untold, delays_of("0,10,10"), ManualClock(), 1)


def told(bids: list[Level], asks: list[Level]) -> ToldQuotes:
    quotes = ToldQuotes()
    quotes.bids, quotes.asks = bids, asks
    return quotes


@pytest.fixture(params=[paper, far, told])
def shows(request: pytest.FixtureRequest) -> Shows:
    made: Shows = request.param
    return made


def test_an_empty_book_has_no_touch_and_no_depth(shows: Shows) -> None:
    quotes = shows([], [])
    assert (quotes.best_bid(SYMBOL), quotes.best_ask(SYMBOL), quotes.depth(SYMBOL, 5)) == (None, None, ([], []))


def test_a_book_of_one_side_has_a_touch_there_alone(shows: Shows) -> None:
    quotes = shows(BIDS, [])
    assert (quotes.best_bid(SYMBOL), quotes.best_ask(SYMBOL)) == (D(99), None)


@pytest.mark.parametrize("levels", [1, 2, 10])
def test_depth_is_so_many_levels_best_first_and_begins_with_the_touch(shows: Shows, levels: int) -> None:
    quotes = shows(BIDS, ASKS)
    bids, asks = quotes.depth(SYMBOL, levels)
    assert ([*bids], [*asks]) == (BIDS[:levels], ASKS[:levels])
    assert (quotes.best_bid(SYMBOL), quotes.best_ask(SYMBOL)) == (bids[0][0], asks[0][0])


def test_nobody_stands_before_an_order_that_rests_nowhere(shows: Shows) -> None:
    assert shows(BIDS, ASKS).ahead(SYMBOL, "o-unknown") is None
