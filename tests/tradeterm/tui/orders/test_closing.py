"""What ends positions and orders, and what is said where there is nothing to end."""

from tests.tradeterm.tui.desks import FakeDesk, in_the_middle
from tradeterm.tui.desk.port import DeskLink, DeskLinkState
from tradeterm.tui.orders.closing import cancel_entries, close, close_all, kill, reverse
from tradeterm.tui.orders.intent import Trading
from tradeterm.tui.orders.sendable import CancelEntries, Close, CloseAll, Kill, Reverse


def trading_of(desk: FakeDesk) -> Trading:
    return Trading(desk, desk.clock.clocks())


def test_each_is_a_value_to_review() -> None:
    """An order that closes or turns a position has an id of its own, so that a retry is the same order."""
    trading = trading_of(in_the_middle())
    closing, turning = close(trading, "BTC/USD"), reverse(trading, "SOL/USD")
    assert isinstance(closing, Close)
    assert isinstance(turning, Reverse)
    assert (closing.symbol, turning.symbol) == ("BTC/USD", "SOL/USD")
    assert closing.client_order_id != turning.client_order_id
    assert close_all(trading) == CloseAll()
    assert cancel_entries(trading, "BTC/USD") == CancelEntries("BTC/USD")
    assert cancel_entries(trading, None) == CancelEntries()
    assert kill(trading) == Kill()


def test_nothing_to_end_is_said() -> None:
    """In the market that was meant. A kill is never refused for want of something: it halts."""
    trading = trading_of(FakeDesk())
    assert close(trading, "BTC/USD") == "No position in BTC/USD: nothing to flatten."
    assert reverse(trading, "BTC/USD") == "No position in BTC/USD: nothing to reverse."
    assert close_all(trading) == "No position: nothing to flatten."
    assert cancel_entries(trading, "BTC/USD") == "No entry works in BTC/USD: nothing to cancel."
    assert cancel_entries(trading, None) == "No entry works: nothing to cancel."
    assert kill(trading) == Kill()


def test_exits_are_no_entries() -> None:
    """What protects a position stays where entries go."""
    desk = in_the_middle()
    desk.orders = [order for order in desk.orders if order.reduce_only]
    assert desk.orders
    assert isinstance(cancel_entries(trading_of(desk), None), str)


def test_without_a_link_none_can_be_sent() -> None:
    """Not a kill either, and it says so."""
    desk = in_the_middle()
    desk.line = DeskLink(DeskLinkState.DOWN)
    trading = trading_of(desk)
    for said in (
        close(trading, "BTC/USD"),
        reverse(trading, "BTC/USD"),
        close_all(trading),
        cancel_entries(trading, None),
        kill(trading),
    ):
        assert "no link" in str(said)
