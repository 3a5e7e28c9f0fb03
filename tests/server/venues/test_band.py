"""Between which prices a symbol may trade."""

from decimal import Decimal

from server.venues.band import Band
from tradeterm.protocol.vocabulary import Side

BAND, TICK = Band(Decimal("90.3"), Decimal("110.4")), Decimal("0.5")


def test_both_ends_are_within() -> None:
    prices = [Decimal(one) for one in ("90.2", "90.3", "100", "110.4", "110.5")]
    assert [BAND.holds(one) for one in prices] == [False, True, True, True, False]


def test_who_presses_goes_no_further_than_the_edge() -> None:
    """On the tick, and inside: a sell no lower, a buy no higher. The other way there is no edge."""
    assert BAND.within(Side.SELL, Decimal(80), TICK) == Decimal("90.5")
    assert BAND.within(Side.BUY, Decimal(120), TICK) == Decimal("110.0")
    assert BAND.within(Side.SELL, Decimal(120), TICK) == Decimal(120)
    assert BAND.within(Side.BUY, Decimal(80), TICK) == Decimal(80)
