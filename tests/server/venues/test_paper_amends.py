"""What becomes of what rests on the paper venue when it is to be otherwise."""

from decimal import Decimal

import pytest

from server.ports import Amend, AmendedReport, AmendRejectedReport, FillReport, Place
from server.venues.paper import PaperVenue
from tests.builders import market
from tradeterm.protocol.vocabulary import Reason, Side, TimeInForce

SYMBOL = "BTC/USD"


@pytest.fixture
def venue() -> PaperVenue:
    """Ann bids 5 at 100, behind a bid of 1 of the flow's."""
    made = PaperVenue({SYMBOL: market(SYMBOL)})
    for name, account, quantity in (("flow", "", 1), ("a", "ann", 5)):
        list(made.execute(place(name, account, Side.BUY, quantity, 100)))
    return made


def place(name: str, account: str, side: Side, quantity: int, price: int) -> Place:
    return Place(name, account, SYMBOL, side, Decimal(quantity), Decimal(price), TimeInForce.GTC)


def amended(venue: PaperVenue, order_id: str, leaves: int, price: int, **more: object) -> list[object]:
    return list(venue.execute(Amend(order_id, SYMBOL, Decimal(leaves), Decimal(price), **more)))  # type: ignore[arg-type]


def test_smaller_keeps_its_place_and_larger_goes_to_the_end(venue: PaperVenue) -> None:
    list(venue.execute(place("z", "", Side.BUY, 1, 100)))
    (told,) = amended(venue, "a", 3, 100)
    assert isinstance(told, AmendedReport)
    assert (told.leaves, venue.ahead(SYMBOL, "a")) == (Decimal(3), Decimal(1))
    amended(venue, "a", 4, 100)
    assert venue.ahead(SYMBOL, "a") == 2


def test_a_new_price_is_matched_as_if_it_came_now(venue: PaperVenue) -> None:
    """That it rests where it was to is no news; that it trades is."""
    list(venue.execute(place("offer", "", Side.SELL, 2, 101)))
    told = amended(venue, "a", 5, 101)
    assert [type(one) for one in told][:1] == [AmendedReport]
    assert [one.order_id for one in told if isinstance(one, FillReport)] == ["offer", "a"]
    assert (venue.best_bid(SYMBOL), venue.depth(SYMBOL, 1)[0]) == (Decimal(101), [(Decimal(101), Decimal(3))])


def test_what_filled_meanwhile_counts(venue: PaperVenue) -> None:
    """The new size is a total: less is left of it, or nothing to change."""
    list(venue.execute(place("x", "", Side.SELL, 3, 100)))  # the flow's 1, and 2 of ann's
    (told,) = amended(venue, "a", 4, 100, filled=Decimal(0))
    assert isinstance(told, AmendedReport)
    assert told.leaves == 2
    (told,) = amended(venue, "a", 2, 100, filled=Decimal(0))
    assert isinstance(told, AmendRejectedReport)
    assert told.reason is Reason.AMENDED_TO_FILLED


def test_a_cut_is_no_larger_than_what_is_there(venue: PaperVenue) -> None:
    """At the price that it has by now, whatever was said; nobody asked for it."""
    for leaves, left in ((9, 5), (2, 2)):
        (told,) = amended(venue, "a", leaves, 77, cuts=True)
        assert isinstance(told, AmendedReport)
        assert (told.leaves, told.price, told.unasked) == (Decimal(left), Decimal(100), True)


def test_more_is_on_top_of_what_there_is_by_now(venue: PaperVenue) -> None:
    list(venue.execute(place("x", "", Side.SELL, 2, 100)))  # the flow's 1, and 1 of ann's
    told = amended(venue, "a", 0, 100, more=Decimal(3))
    assert [one.leaves for one in told if isinstance(one, AmendedReport)] == [7]


def test_what_is_refused_leaves_the_order_where_it_was(venue: PaperVenue) -> None:
    """One that is not there, and one that would trade where nothing may."""
    (told,) = amended(venue, "nobody", 1, 100)
    assert isinstance(told, AmendRejectedReport)
    list(venue.execute(place("offer", "", Side.SELL, 1, 115)))
    venue.set_band(SYMBOL, Decimal(90), Decimal(110))
    (told,) = amended(venue, "a", 5, 120)
    assert isinstance(told, AmendRejectedReport)
    assert (told.reason, venue.ahead(SYMBOL, "a")) == (Reason.PRICE_OUTSIDE_BAND, Decimal(1))
