"""What may be done to a working order, and why not."""

from decimal import Decimal

import pytest

from tests.tradeterm.tui.desks import FakeDesk, in_the_middle, order
from tradeterm.protocol.orders import Order, OrderRequest
from tradeterm.protocol.vocabulary import OrderStatus, OrderType, Side
from tradeterm.tui.orders.amending import amendable, amended, cancelable, moved, nudged
from tradeterm.tui.orders.draft import FieldFault
from tradeterm.tui.orders.intent import Trading
from tradeterm.tui.orders.sendable import Amend

D = Decimal
WORKING = order(1, Side.BUY, "0.5", "45000", filled="0.1")


def trading_of(*orders: Order, ended: tuple[Order, ...] = ()) -> Trading:
    desk = FakeDesk(orders=list(orders), ended=list(ended))
    return Trading(desk, desk.clock.clocks())


def test_the_order_of_a_row_can_be_cancelled_by_either_id() -> None:
    """A row is called by what the console gave the order, or by the server's id where another program placed it."""
    trading = trading_of(WORKING)
    assert cancelable(trading, WORKING.id) == WORKING
    assert cancelable(trading, WORKING.client_order_id) == WORKING


def test_why_nothing_is_cancelled() -> None:
    """No cursor, no such order any more, one that has ended, one that may never have arrived."""
    filled = WORKING.model_copy(update={"status": OrderStatus.FILLED})
    trading = trading_of(ended=(filled,))
    assert "j and k move it" in str(cancelable(trading, None))
    assert cancelable(trading, "gone") == "That order has ended: nothing to cancel."
    assert amendable(trading, "gone") == "That order has ended: nothing to change."
    assert "has ended (filled)" in str(cancelable(trading, filled.id))
    doubtful = OrderRequest(symbol="BTC/USD", side=Side.BUY, type=OrderType.MARKET, quantity=D(1), client_order_id="x")
    trading.sender.take(doubtful)
    assert "outcome is not known yet" in str(cancelable(trading, "x"))


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({"type": OrderType.MARKET, "price": None}, "stands at a price"),
        ({"type": OrderType.TRAILING_STOP, "stop_price": D(44_000)}, "stands at a price"),
        ({"pending_replace": True}, "being changed already"),
        ({"pending_cancel": True}, "being changed already"),
    ],
)
def test_why_nothing_is_amended(changed: dict[str, object], word: str) -> None:
    """What has no price of its own, and what is under way."""
    other = WORKING.model_copy(update=changed)
    assert word in str(amendable(trading_of(other), other.id))


def test_nudges_add_up_and_stop_above_zero() -> None:
    """From where it stands, or from where it was nudged to."""
    trading = trading_of(WORKING)
    once = nudged(trading, Amend(WORKING), 3)
    assert once == Amend(WORKING, D("45001.5"))
    assert isinstance(once, Amend)
    assert nudged(trading, once, -1) == Amend(WORKING, D("45001.0"))
    assert nudged(trading, once, -100_000) == "A price is above zero."


def test_a_move_to_where_it_stands_is_none() -> None:
    """And says so."""
    trading = trading_of(WORKING)
    assert moved(trading, WORKING.id, D(45_000)) == "It stands there already."
    assert moved(trading, WORKING.id, D(44_999)) == Amend(WORKING, D(44_999))


def test_new_totals_are_only_what_is_another_one() -> None:
    """Below what has filled there is none, and what is the same is no change."""
    trading = trading_of(WORKING)
    assert amended(trading, WORKING, "0.4", "45000.0") == Amend(WORKING, None, D("0.4"))
    assert amended(trading, WORKING, "0.5", "44999.5") == Amend(WORKING, D("44999.5"), None)
    for quantity, price, part in (("0.1", "45000", "quantity"), ("0.5", "45000", ""), ("0.5", "x", "price")):
        fault = amended(trading, WORKING, quantity, price)
        assert isinstance(fault, FieldFault)
        assert fault.field == part


def test_a_stop_is_moved_by_its_trigger() -> None:
    """Where it stands is where it waits."""
    desk = in_the_middle()
    trading, stop = Trading(desk, desk.clock.clocks()), desk.orders[-1]
    assert moved(trading, stop.id, D(44_000)) == "It stands there already."
    assert moved(trading, stop.id, D(43_999)) == Amend(stop, D(43_999))
