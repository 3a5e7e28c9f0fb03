"""A ledger that stands in for one whose work was undone: what no row says goes over."""

from server.ports import Cancel, Place
from tests.builders import Desk
from tradeterm.protocol.vocabulary import Side, TimeInForce


def test_what_was_to_be_sent_still_is(desk: Desk) -> None:
    """An order whose place waits has been sent to nobody; one whose cancel waits has."""
    for price in ("90.0", "91.0"):
        desk.order("ann", "buy", "1", price)
    failed = desk.core.ledger
    first, second = failed.accounts["ann"].orders.values()
    again = Place(first.id, "ann", "BTC/USD", Side.BUY, first.quantity, first.price, TimeInForce.GTC)
    failed.requests.extend([again, Cancel(second.id, "BTC/USD")])
    failed.keep()
    desk.restart()
    ledger = desk.core.ledger
    ledger.take_over(failed)
    assert list(ledger.requests) == [again, Cancel(second.id, "BTC/USD")]
    assert [ledger.orders[one.id].sent for one in (first, second)] == [False, True]
