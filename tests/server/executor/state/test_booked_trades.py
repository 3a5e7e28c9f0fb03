"""Each trade of a venue counts once, and one whose turn was undone counts when it comes again."""

from server.executor.state.booked_trades import BookedTrades


def test_a_trade_is_taken_once_and_another_orders_beside_it() -> None:
    booked = BookedTrades()
    assert booked.take("o-1", "t-1")
    assert not booked.take("o-1", "t-1")
    assert booked.take("o-1", "t-2")
    assert booked.take("o-2", "t-1")


def test_what_is_undone_comes_again_and_what_was_kept_does_not() -> None:
    booked = BookedTrades()
    booked.take("o-1", "t-1")
    booked.keep()
    booked.take("o-1", "t-2")
    booked.take("o-2", "t-9")
    booked.undo()
    assert not booked.take("o-1", "t-1")
    assert booked.take("o-1", "t-2")
    assert booked.take("o-2", "t-9")


def test_an_order_is_forgotten_when_its_end_is_kept() -> None:
    booked = BookedTrades()
    booked.take("o-1", "t-1")
    booked.keep()
    booked.end("o-1")
    assert not booked.take("o-1", "t-1"), "its end may still be undone"
    booked.keep()
    assert booked.take("o-1", "t-1")


def test_an_end_that_is_undone_forgets_nothing() -> None:
    booked = BookedTrades()
    booked.take("o-1", "t-1")
    booked.keep()
    booked.end("o-1")
    booked.undo()
    booked.keep()
    assert not booked.take("o-1", "t-1")
