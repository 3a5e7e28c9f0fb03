"""Fills on their way: what may be closed at a venue that is some way off counts them."""

from collections.abc import Sequence
from decimal import Decimal

from server.ports import AcceptedReport, FillReport
from server.venues.untold_fills import UntoldFills
from tradeterm.protocol.vocabulary import Liquidity, Side


def fill(number: int, account: str = "ann", symbol: str = "BTC/USD") -> FillReport:
    return FillReport("o", account, symbol, Side.BUY, Decimal(number), Decimal(100), Liquidity.TAKER, str(number))


def held(account: str, symbol: str, fills: Sequence[FillReport]) -> Decimal:
    """Everybody is known to hold 10."""
    return sum((one.quantity * one.side.sign for one in fills), Decimal(10))


def test_what_is_on_its_way_counts_at_the_venue() -> None:
    """Each account's in its market, and what the caller adds; nothing else that was said is a fill."""
    untold = UntoldFills(held)
    untold.note([fill(1), fill(2, "bob"), fill(4, symbol="ETH/USD"), AcceptedReport("o", "o")])
    assert untold.positions("ann", "BTC/USD", [fill(8)]) == 19
    assert untold.positions("bob", "BTC/USD", ()) == 12
    assert untold.positions("eve", "BTC/USD", ()) == 10


def test_what_has_come_home_counts_no_more() -> None:
    """Its owner's own books have it then."""
    untold = UntoldFills(held)
    untold.note([fill(1), fill(2)])
    untold.tell(fill(1))
    assert untold.positions("ann", "BTC/USD", ()) == 12
    untold.clear()
    assert untold.positions("ann", "BTC/USD", ()) == 10
