"""What a review can be about: each names the market that it is of, since ARMED holds for one market alone."""

from decimal import Decimal

import pytest

from tests.tradeterm.tui.desks import order
from tradeterm.protocol.vocabulary import Side
from tradeterm.tui.orders.sendable import Amend, CancelEntries, Close, CloseAll, Kill, Protect, Reverse, Sendable

EVERY = "ALL"


@pytest.mark.parametrize(
    ("thing", "symbol"),
    [
        (Close("ETH/USD", "id"), "ETH/USD"),
        (Reverse("ETH/USD", "id"), "ETH/USD"),
        (Protect("ETH/USD", Decimal(1), None), "ETH/USD"),
        (Amend(order(1, Side.BUY, "1", "2400", symbol="ETH/USD"), Decimal(2401)), "ETH/USD"),
        (CancelEntries("ETH/USD"), "ETH/USD"),
        (CancelEntries(), EVERY),
        (CloseAll(), EVERY),
        (Kill(), EVERY),
    ],
)
def test_everything_says_which_market_it_is_of(thing: Sendable, symbol: str) -> None:
    """What is of all of them is of no single one, whatever is armed."""
    assert thing.symbol == symbol


def test_entries_are_cancelled_in_one_market_or_in_all() -> None:
    """To the desk, all is no symbol."""
    assert (CancelEntries("ETH/USD").only, CancelEntries().only) == ("ETH/USD", None)
