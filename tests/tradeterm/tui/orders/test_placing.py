"""What each of the ladder's six keys means: which side, at which price, and how it may rest."""

from decimal import Decimal

import pytest

from tests.tradeterm.tui.desks import ticker
from tradeterm.protocol.vocabulary import Side, TimeInForce
from tradeterm.tui.orders.placing import Placing

CURSOR, BID, ASK = Decimal("44990"), Decimal("45012.5"), Decimal("45013.0")
QUOTES = ticker("BTC/USD", str(BID), "0", "0.5")


@pytest.mark.parametrize(
    ("placing", "side", "price"),
    [
        (Placing.BUY_HERE, Side.BUY, CURSOR),
        (Placing.SELL_HERE, Side.SELL, CURSOR),
        (Placing.BUY_STOP, Side.BUY, CURSOR),
        (Placing.SELL_STOP, Side.SELL, CURSOR),
        (Placing.JOIN_BID, Side.BUY, BID),
        (Placing.JOIN_OFFER, Side.SELL, ASK),
        (Placing.TAKE_OFFER, Side.BUY, ASK),
        (Placing.HIT_BID, Side.SELL, BID),
    ],
)
def test_every_way_has_its_side_and_its_price(placing: Placing, side: Side, price: Decimal) -> None:
    """Who joins stands with their own side, who takes pays the other's price."""
    assert (placing.side, placing.price(CURSOR, QUOTES)) == (side, price)


def test_who_joins_never_takes_and_who_takes_never_rests() -> None:
    """A price that has gone meanwhile makes no other order of it."""
    assert {one for one in Placing if one.post_only} == {Placing.JOIN_BID, Placing.JOIN_OFFER}
    assert {one for one in Placing if one.time_in_force is TimeInForce.IOC} == {Placing.TAKE_OFFER, Placing.HIT_BID}


def test_only_what_stands_at_the_cursor_becomes_a_stop() -> None:
    """Joining and taking are about the market as it is."""
    assert [one.as_stop for one in (Placing.BUY_HERE, Placing.SELL_HERE)] == [Placing.BUY_STOP, Placing.SELL_STOP]
    assert {one for one in Placing if one.is_stop} == {Placing.BUY_STOP, Placing.SELL_STOP}
    assert Placing.JOIN_BID.as_stop is Placing.JOIN_BID


def test_without_a_price_nothing_is_meant() -> None:
    """No cursor, no quotes, or a side that nobody quotes."""
    assert [one.price(None, QUOTES) for one in Placing if one.is_at_cursor] == [None] * 4
    assert {one.price(CURSOR, None) for one in Placing if not one.is_at_cursor} == {None}
    one_sided = QUOTES.model_copy(update={"ask": None})
    assert Placing.TAKE_OFFER.price(CURSOR, one_sided) is None
    assert Placing.HIT_BID.price(CURSOR, one_sided) == BID
