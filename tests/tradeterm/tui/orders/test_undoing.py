"""A cancelled order can be written again as it was, whatever a ticket can write."""

from decimal import Decimal
from typing import Any

import pytest

from tests.tradeterm.tui.desks import FakeDesk, order
from tradeterm.protocol.orders import OrderRequest, StopLoss, TakeProfit
from tradeterm.protocol.vocabulary import OrderType, Side
from tradeterm.tui.orders.draft import checked
from tradeterm.tui.orders.undoing import draft_again

D = Decimal
BTC = FakeDesk().markets()["BTC/USD"]
LIMIT = order(1, Side.BUY, "0.5", "44000")
BRACKET = {"stop_loss": StopLoss(stop_price=D(43_000)), "take_profit": TakeProfit(price=D(46_000))}


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"post_only": True},
        {"reduce_only": True, "side": Side.SELL},
        BRACKET,
        {"type": OrderType.STOP, "price": None, "stop_price": D(46_000)},
        {"type": OrderType.STOP, "price": None, "stop_price": D(46_000), **BRACKET, "take_profit": None},
        {"type": OrderType.STOP_LIMIT, "stop_price": D(46_000), "price": D("46_010.5")},
        {"type": OrderType.TRAILING_STOP, "price": None, "stop_price": D(46_000), "trail_percent": D("1.5")},
        {"type": OrderType.TRAILING_STOP, "price": None, "stop_price": D(46_000), "trail_amount": D(250)},
    ],
)
def test_what_the_ticket_then_asks_for_is_the_order_that_was_cancelled(told: dict[str, Any]) -> None:
    """Word for word; of one that trails it is not asked where it stood."""
    was = LIMIT.model_copy(update=told)
    draft = draft_again(was, BTC)
    assert draft is not None
    asked = checked(draft, BTC, "0" * 32)
    assert isinstance(asked, OrderRequest), asked
    names = ("symbol", "side", "type", "quantity", "price", "time_in_force", "post_only", "reduce_only")
    levels = ("trail_amount", "trail_percent", "stop_loss", "take_profit")
    expected = [getattr(was, name) or None for name in (*names, *levels)]
    assert [getattr(asked, name) or None for name in (*names, *levels)] == expected
    assert asked.stop_price == (None if was.type is OrderType.TRAILING_STOP else was.stop_price)


def test_only_what_was_left_is_written_again() -> None:
    """The rest was filled."""
    part = draft_again(LIMIT.model_copy(update={"filled_quantity": D("0.2")}), BTC)
    assert part is not None
    assert part.quantity == "0.3"


def test_what_no_ticket_can_write_is_not_written() -> None:
    """An exit at a profit is a pair's half: `p` writes those."""
    assert draft_again(LIMIT.model_copy(update={"type": OrderType.TAKE_PROFIT}), BTC) is None
