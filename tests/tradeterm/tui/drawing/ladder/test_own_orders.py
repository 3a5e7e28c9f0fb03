"""Own orders by price."""

from decimal import Decimal

from tests.tradeterm.tui.desks import order
from tradeterm.protocol.vocabulary import OrderType, Side
from tradeterm.tui.drawing.ladder.own_orders import own_orders
from tradeterm.tui.drawing.ladder.view import Own

D = Decimal


def test_orders_of_a_side_at_a_price_are_one_mark_with_the_place_of_the_first() -> None:
    """What has filled is off, the older one stands nearer to its turn."""
    older, newer = order(2, Side.BUY, "0.5", "45000", filled="0.1"), order(1, Side.BUY, "1", "45000")
    found = own_orders([newer, older], {older.id: D(3), newer.id: D(9)})
    assert found == {D(45_000): (Own(Side.BUY, D("1.4"), D(3)),)}


def test_what_rests_stands_before_what_waits() -> None:
    """A stop stands at its trigger until that trades, then at its limit."""
    stop = order(3, Side.SELL, "1", "44990").model_copy(update={"type": OrderType.STOP_LIMIT, "stop_price": D(45_000)})
    rests = order(1, Side.BUY, "1", "45000")
    found = own_orders([stop, rests], {})
    assert found == {D(45_000): (Own(Side.BUY, D(1)), Own(Side.SELL, D(1), waits=True))}
    assert list(own_orders([stop.model_copy(update={"triggered": True})], {})) == [D(44_990)]
