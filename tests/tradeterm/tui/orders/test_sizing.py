"""The size that the ladder's keys send."""

from decimal import Decimal

import pytest

from tests.tradeterm.tui.desks import market
from tradeterm.tui.orders.sizing import PRESETS, Sizing

BTC, ETH = market("BTC", "0.5", "0.001", 2), market("ETH", "0.01", "0.001", 2)
EQUITY, AT = Decimal(10_000), Decimal(100)


def size(of: Sizing, symbol: str = "BTC") -> str:
    return of.quantity(BTC if symbol == "BTC" else ETH, EQUITY, AT)


def test_presets_are_shares_of_equity() -> None:
    """From the smallest to all of it, and no further."""
    sizing = Sizing()
    sizes = [size(sizing)]
    for _ in range(len(PRESETS)):
        sizing.next_preset(1)
        sizes.append(size(sizing))
    assert [Decimal(one) for one in sizes] == [Decimal(share) for share in (*PRESETS, PRESETS[-1])]
    sizing.next_preset(-99)
    assert (size(sizing), sizing.describe(BTC, EQUITY, AT)) == (sizes[0], "B S i d I D  5.000 (5%)")


def test_a_stepped_size_belongs_to_its_market_and_ends_with_the_next_preset() -> None:
    sizing, other = Sizing(), Sizing()
    sizing.step(1, BTC, EQUITY, AT)
    assert Decimal(size(sizing)) > Decimal(size(other))
    assert size(sizing, "ETH") == size(other, "ETH")
    assert "%" not in sizing.describe(BTC, EQUITY, AT)
    sizing.next_preset(0)
    assert size(sizing) == size(other)


@pytest.mark.parametrize(("wanted", "sent"), [("0.5", "0.5"), ("0.50099", "0.5"), ("0.001", "0.001")])
def test_a_size_that_is_fixed_is_whole_lots(wanted: str, sent: str) -> None:
    sizing = Sizing()
    assert sizing.fix(Decimal(wanted), BTC) is None
    assert size(sizing) == sent


def test_a_size_below_the_smallest_is_none() -> None:
    """With a word, and nothing changed."""
    sizing = Sizing()
    before = size(sizing)
    assert sizing.fix(Decimal("0.0009"), BTC) == "The smallest size is 0.001 BTC."
    assert size(sizing) == before


@pytest.mark.parametrize("at", ["45000", "45010.5", "45040", "44700"])
def test_a_preset_stays_the_same_while_the_price_moves_a_little(at: str) -> None:
    """What was bought is what is sold: no crumb is left between two presses."""
    market_of_lots = market("BTC", "0.5", "0.00001", 2)
    assert Sizing().quantity(market_of_lots, Decimal(100_000), Decimal(at)) == "0.111"


@pytest.mark.parametrize(("closes", "sent"), [("5.4", "5.4"), ("4.6", "4.6"), ("5", "5"), ("5.6", "5"), ("0", "5")])
def test_the_side_that_closes_a_position_of_about_the_preset_closes_all_of_it(closes: str, sent: str) -> None:
    """A crumb of it would be too small to be closed, and a crumb beyond it would turn it round."""
    assert Sizing().quantity(BTC, EQUITY, AT, Decimal(closes)) == sent


def test_the_size_of_each_side_is_said_where_they_differ() -> None:
    """A long of 5.4 is closed by a sell of 5.4; a size of one's own is sent as it is."""
    sizing = Sizing()
    assert sizing.describe(BTC, EQUITY, AT, Decimal("5.4")) == "B 5.000  S 5.400 (5%)"
    assert sizing.describe(BTC, EQUITY, AT, Decimal("5.4"), is_stop=True) == "STOP B 5.000  S 5.400 (5%)"
    assert sizing.describe(BTC, EQUITY, AT, is_stop=True) == "STOP B S  5.000 (5%)"
    assert sizing.describe(BTC, EQUITY, AT, Decimal("-5.4")) == "B 5.400  S 5.000 (5%)"
    assert sizing.fix(Decimal("5.1"), BTC) is None
    assert sizing.describe(BTC, EQUITY, AT, Decimal("5.4")) == "B S i d I D  5.100"


def test_what_is_no_share_of_anything_is_not_called_one() -> None:
    """Without a price or an account the keys send the least that the market takes."""
    assert "%" not in Sizing().describe(BTC, EQUITY, None)
    assert "%" not in Sizing().describe(BTC, None, AT)
