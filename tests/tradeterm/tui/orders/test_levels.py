"""Where an order stands."""

from decimal import Decimal

from tests.tradeterm.tui.desks import order
from tradeterm.protocol.vocabulary import OrderType, Side
from tradeterm.tui.orders.levels import level_of, waits


def test_a_limit_stands_at_its_price_and_a_stop_at_its_trigger() -> None:
    """Until the trigger has traded."""
    limit = order(1, Side.BUY, "1", "45000")
    stop = limit.model_copy(update={"type": OrderType.STOP_LIMIT, "stop_price": Decimal(44_000)})
    assert (waits(limit), level_of(limit)) == (False, Decimal(45_000))
    assert (waits(stop), level_of(stop)) == (True, Decimal(44_000))
    assert level_of(stop.model_copy(update={"triggered": True})) == Decimal(45_000)
